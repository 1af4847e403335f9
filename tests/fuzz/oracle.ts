import type { ChangeEvent } from "@backstitch/core/source";
import type { Value } from "@backstitch/core/values";
import type { Random } from "../support/random.ts";

/** Random conditions, and events to try each of them with. */
export interface Trial {
  /** The `when` of each rule. A `Decimal` in it is printed as it is spelled: that is how any number is written to the file. */
  readonly whens: readonly Value[];
  /** The files of `conditions/`, by name. */
  readonly conditions: Readonly<Record<string, Value>>;
  /** What differs from an update of shop's orders. */
  readonly events: readonly Partial<ChangeEvent>[];
}

/** What became of one event. */
export type Verdict = "match" | "nothing" | "undecided" | "failed";

/** By rule, then by event. */
export type Verdicts = readonly (readonly Verdict[])[];

/** Somebody else's implementation of what a dialect means. */
export interface Oracle {
  /** As `--against` names it. */
  readonly name: string;
  trial(random: Random): Trial;
  /** For each rule, one verdict for each event. */
  verdicts(trial: Trial): Verdicts | Promise<Verdicts>;
}
