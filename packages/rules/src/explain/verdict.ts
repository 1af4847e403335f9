import type { Truth } from "../condition/truth.ts";

/** What became of a condition: `rejected` is what json-rules-engine would throw at. */
export type Verdict = "true" | "false" | "undecided" | "rejected";

export const VERDICTS: readonly Verdict[] = ["true", "false", "undecided", "rejected"];

export function verdictOf(truth: Truth): Verdict {
  return truth === undefined ? "undecided" : truth ? "true" : "false";
}

export function negated(verdict: Verdict): Verdict {
  return verdict === "true" ? "false" : verdict === "false" ? "true" : verdict;
}
