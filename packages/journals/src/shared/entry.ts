import type { IfUncertain, RetryPolicy, RuleLimits } from "@backstitch/core/rules";

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
