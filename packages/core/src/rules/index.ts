export { deliveryId, deliveryKey, laneBy, laneId, turnKey, UNREADABLE } from "./delivery-key.ts";
export { argsBeforehand, argsForPeople, linkMark, LINKS } from "./links.ts";
export type { FailedMatch, IfUncertain, NewDelivery, RetryPolicy } from "./new-delivery.ts";
export { needsJournal, type QuietHours, type Quota, type RuleLimits } from "./limits.ts";
export { formatProblem, type Place, type Problem } from "./problem.ts";
export type { EntryInForce, Guard, Matched, RuleSet, Undecided } from "./rule-set.ts";
