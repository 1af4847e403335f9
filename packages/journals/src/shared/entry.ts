import type { IfUncertain, RetryPolicy, RuleLimits } from "@backstitch/core/rules";
import { readRow } from "./readable.ts";

/** What deliveries of one `then` entry under one rule set have in common: stored once, not with each. */
export interface Entry {
  readonly rule: string;
  readonly then?: string | undefined;
  readonly action?: string | undefined;
  readonly ifUncertain: IfUncertain;
  readonly retry?: RetryPolicy | undefined;
  readonly limits?: RuleLimits | undefined;
  readonly ruleSetHash: string;
}

/** Stands for one that is not there, or cannot be read. */
export const NO_ENTRY: Entry = { rule: "", ifUncertain: "retry", ruleSetHash: "" };

/** An entry as it was stored; null: it is not there. */
export function readEntry(body: string | null): Entry {
  const entry = readRow(body) as Entry | undefined;
  return entry ?? NO_ENTRY;
}
