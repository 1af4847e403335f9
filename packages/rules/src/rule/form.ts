import type { IfUncertain, RetryPolicy, RuleLimits } from "@backstitch/core/rules";
import type { ArgumentForm } from "../arguments/form.ts";
import type { Condition } from "../condition/form.ts";
import type { Path } from "../path/resolve-path.ts";
import type { RuleSummary } from "./compiled-rule.ts";

/** The intermediate form of a rule: what it was lowered to once it was checked. */
export interface RuleForm {
  readonly summary: RuleSummary;
  readonly when: Condition;
  readonly then: readonly ThenForm[];
}

/** The intermediate form of a `then` entry; what its rule says for all of them is in it. */
export interface ThenForm {
  readonly name: string;
  readonly service: string;
  readonly action: string;
  readonly ifUncertain: IfUncertain;
  readonly retry: RetryPolicy | undefined;
  /** How long after the event was committed its deliveries may be attempted. Milliseconds; undefined: for ever. */
  readonly expiresMs: number | undefined;
  readonly order: OrderForm;
  /** Undefined: it has none. */
  readonly limits: RuleLimits | undefined;
  /** Undefined: whenever the rule matches. */
  readonly when: Condition | undefined;
  /** The list whose elements it happens for; undefined: it happens once. */
  readonly each: Path | undefined;
  readonly args: ArgumentForm;
  /** Undefined: it has none. */
  readonly links: readonly LinkForm[] | undefined;
}

/** A link that an entry puts into its arguments. */
export interface LinkForm {
  readonly name: string;
  /** Which service makes it. */
  readonly service: string;
  /** What it is made of. */
  readonly args: ArgumentForm;
}

/** What goes in order: the deliveries of a row, nothing, or what shares the value at a path. */
export type OrderForm = "lane" | "none" | { readonly by: Path };
