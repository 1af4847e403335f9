import type { Validate } from "@backstitch/core/connector";
import type { AnalysisInput } from "../analysis/input.ts";
import { newMarks } from "../condition/marks.ts";
import { NO_EXTENSIONS, type EngineExtensions } from "../condition/extensions.ts";
import type { Report } from "../problems/report.ts";
import type { Surroundings } from "../surroundings.ts";
import { parseTemplate } from "../template/parse-template.ts";
import { newAlike } from "./alike.ts";
import type { RuleContext } from "./lower-rule.ts";
import type { CatalogueAction, CatalogueLink } from "./then-context.ts";
import { turnsOf } from "./turn.ts";

/** What rules may refer to, and what services want of their deliveries. */
export interface Catalogue {
  /** Names of the project's sources. */
  readonly sources: readonly string[];
  /** Service name → action name → what rules must know of it. Undefined: what is wrong with the service was said elsewhere. */
  readonly services: ReadonlyMap<string, ReadonlyMap<string, CatalogueAction> | undefined>;
  /** Service → the path into the event that its deliveries take turns by. @default none */
  readonly turns?: ReadonlyMap<string, readonly string[]>;
  /** Service → what rules must know of the links that it makes; of those that make none, nothing. @default none */
  readonly links?: ReadonlyMap<string, CatalogueLink>;
  readonly validate: Validate;
  /** Facts and operators of a developer's own, for conditions of json-rules-engine. @default none */
  readonly extensions?: EngineExtensions;
  /** Also looks for what is probably not meant, and warns of it. @default not looked for */
  readonly analysis?: AnalysisInput;
}

/** What compiling a rule needs to know of everything around it. */
export function contextOf({ named, scope, templates, liquids }: Surroundings, catalogue: Catalogue, report: Report): RuleContext {
  const parse: RuleContext["parse"] = (source, readable) => parseTemplate({ liquids, scope: readable, report }, source);
  const namedInEach = { ...named, lowered: new Map() };
  const gathered = catalogue.analysis && { marks: newMarks(), written: [] };
  const around = { named, namedInEach, scope, report, templates, parse, alike: newAlike(), turns: turnsOf(catalogue.turns, scope) };
  return { extensions: NO_EXTENSIONS, ...catalogue, ...gathered, ...around };
}
