export { deliveryId, deliveryKey, laneBy, laneId, turnKey } from "./delivery-key.ts";
export type { FailedMatch, IfUncertain, NewDelivery, RetryPolicy } from "./new-delivery.ts";
export type { QuietHours, Quota, RuleLimits } from "./limits.ts";
export { formatProblem, type Place, type Problem } from "./problem.ts";
export type { EntryInForce, Guard, Matched, RuleSet, Undecided } from "./rule-set.ts";
