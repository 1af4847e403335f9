import type { JsonSchema } from "@backstitch/core/connector";
import type { Value } from "@backstitch/core/values";
import type { Facts } from "../facts/facts.ts";
import type { Located, LocatedPath } from "../json/index.ts";
import type { Path, Scope } from "../path/resolve-path.ts";
import type { Finding, Report } from "../problems/report.ts";
import type { ParsedTemplate, TemplateText } from "../template/parse-template.ts";

/** An argument, or a part of one: known now, or made of the event. */
export type Argument = { readonly kind: "constant"; readonly value: Value } | DynamicArgument;

export interface DynamicArgument {
  readonly kind: "dynamic";
  /** @throws ArgumentFault */
  render(facts: Facts): Value;
}

/** What compiling arguments needs to know, and gathers. */
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

/** One part of the arguments: what is written, where, and what the action's schema says of it. */
export interface Written {
  readonly value: Value;
  /** Where in the file. */
  readonly at: LocatedPath;
  /** Where in the arguments. */
  readonly path: LocatedPath;
  readonly schema: JsonSchema | undefined;
}

export function complain(context: ArgumentContext, finding: Finding): Argument {
  context.report.in(context.located, finding);
  return { kind: "constant", value: null };
}
