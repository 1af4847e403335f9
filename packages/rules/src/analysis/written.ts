import type { JsonSchema } from "@backstitch/core/connector";
import type { Value } from "@backstitch/core/values";
import type { Condition } from "../condition/form.ts";
import type { Mark } from "../condition/marks.ts";
import type { Caller } from "../guard/make-guard.ts";
import type { Located } from "../json/index.ts";
import type { RuleSummary } from "../rule/compiled-rule.ts";

/** A rule as it was written and lowered: what the analysis looks at. */
export interface WrittenRule {
  readonly located: Located;
  readonly summary: RuleSummary;
  readonly condition: Condition;
  readonly entries: readonly WrittenEntry[];
}

/** A guard as it was written and lowered; the mark is that of the guard. */
export interface WrittenGuard extends Mark {
  readonly name: string;
  readonly condition: Condition;
  /** Whose calls it permits. */
  readonly callers: readonly Caller[];
  /** Those that it lists, with the schema of their arguments. */
  readonly actions: ReadonlyMap<string, JsonSchema | undefined>;
}

/** A `then` entry as it was written; the mark is that of the entry. */
export interface WrittenEntry extends Mark {
  readonly service: string;
  readonly action: string;
  /** Undefined: whenever the rule matches. */
  readonly when: Condition | undefined;
  /** The path of the list whose elements it is for, as it was written. */
  readonly each: Value | undefined;
  readonly args: Value;
  /** Of the arguments. */
  readonly schema: JsonSchema | undefined;
  readonly links: readonly WrittenLink[];
}

/** A link as it was written; the mark is that of the link. */
export interface WrittenLink extends Mark {
  readonly name: string;
  readonly service: string;
  readonly args: Value;
  readonly schema: JsonSchema | undefined;
}
