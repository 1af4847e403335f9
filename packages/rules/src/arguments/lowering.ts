import type { Value } from "@backstitch/core/values";
import type { Located, LocatedPath } from "../json/index.ts";
import type { Path, Scope } from "../path/resolve-path.ts";
import type { Finding, Report } from "../problems/report.ts";
import type { ParsedTemplate, TemplateText } from "../template/parse-template.ts";
import type { ArgumentPlace } from "./argument.ts";
import type { ArgumentForm } from "./form.ts";

/** What lowering arguments needs to know, and gathers. */
export interface ArgumentContext {
  readonly located: Located;
  readonly scope: Scope;
  readonly report: Report;
  readonly parse: (source: TemplateText, scope: Scope) => ParsedTemplate | undefined;
  /** Text of the files in `templates/`. */
  readonly templates: ReadonlyMap<string, string>;
  /** Every path that the arguments read. */
  readonly reads: Path[];
  /** Where in the arguments something is known only once there is an event. */
  readonly dynamic: LocatedPath[];
}

/** One part of the arguments: what is written, and where. */
export interface Written extends ArgumentPlace {
  readonly value: Value;
  /** Where in the file. */
  readonly at: LocatedPath;
}

export const NULL_ARGUMENT: ArgumentForm = { kind: "constant", value: null };

export function complain(context: ArgumentContext, finding: Finding): ArgumentForm {
  context.report.in(context.located, finding);
  return NULL_ARGUMENT;
}
