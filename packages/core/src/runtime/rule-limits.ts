import { addresseesOf } from "../connector/recipients.ts";
import type { Failure, Outcome } from "../connector/outcome.ts";
import type { JsonSchema } from "../connector/schema.ts";
import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { Admission, CountedQuota, NextState } from "../journal/journal.ts";
import type { Quota, RuleLimits } from "../rules/limits.ts";
import { quietUntil } from "./quiet-hours.ts";

/** Codes of what a rule's limits did. */
const CODES = { delay: "DELAYED_BY_LIMIT", drop: "DROPPED_BY_LIMIT", hold: "HELD_BY_LIMIT" } as const;

/** The code of what ended since its event came through too many deliveries. */
const HOP_LIMIT = "HOP_LIMIT";

/** Where a rule does not say how many. */
const USUAL_HOPS = 8;

const ALL_CODES: ReadonlySet<string> = new Set([...Object.values(CODES), HOP_LIMIT]);

/** Whether the outcome is not that of an attempt, but of a limit of its rule. */
export function isByLimit(outcome: Outcome): boolean {
  return outcome.kind !== "accepted" && ALL_CODES.has(outcome.code);
}

/** Why a delivery may not be attempted now, and until when. */
export interface KeptBack {
  /** Epoch milliseconds; undefined: for ever. */
  readonly until: number | undefined;
  readonly reason: string;
  /** In whose queue it waits; undefined: it is due then. */
  readonly quota?: CountedQuota | undefined;
}

/** What the hour says, whatever was delivered. */
export function quiet({ quietHours }: RuleLimits, now: number): KeptBack | undefined {
  const until = quietHours && quietUntil(quietHours, now);
  return until === undefined ? undefined : { until, reason: `Its rule has quiet hours until ${new Date(until).toISOString()}.` };
}

/** What was attempted before was let through once: it is neither dropped nor held. */
function wasLetThrough({ attempts, uncertain }: Pick<ClaimedDelivery, "attempts" | "uncertain">): boolean {
  return attempts > 0 || uncertain;
}

/** What its event tells, whatever the hour. */
export function tooFar({ hops: most = USUAL_HOPS }: RuleLimits, delivery: ClaimedDelivery): KeptBack | undefined {
  const { hops = 0 } = delivery;
  if (hops <= most || wasLetThrough(delivery)) return undefined;
  const reason = `Its event came to be through ${hops} deliveries, and its rule acts on what came through ${most} at the most.`;
  return { until: undefined, reason };
}

/** A quota of a rule's, by which a delivery is counted before it is attempted. */
export interface RuleQuota extends CountedQuota {
  readonly whom: string;
}

/** @param schema Of the action's arguments */
export function quotasOf({ of, total, perRecipient }: RuleLimits, args: ClaimedDelivery["args"], schema: JsonSchema): readonly RuleQuota[] {
  const counted = (quota: Quota, ...who: readonly string[]): string => JSON.stringify([of, quota.most, quota.perMs, ...who]);
  const all = total === undefined ? [] : [{ ...total, of: counted(total), whom: "in all" }];
  if (perRecipient === undefined) return all;
  const each = { ...perRecipient, limit: JSON.stringify(["each", counted(perRecipient)]), whom: "to each recipient" };
  return [...all, ...addresseesOf(args, schema).map((who) => ({ ...each, of: counted(perRecipient, who) }))];
}

/** What the journal counted. */
export function refused(quotas: readonly RuleQuota[], { refusal }: Admission): KeptBack | undefined {
  const quota = refusal && quotas[refusal.quota];
  if (refusal === undefined || quota === undefined) return undefined;
  const { whom, ...counted } = quota;
  const reason = `Its rule lets ${quota.most} per ${wordsOf(quota.perMs)} through ${whom}.`;
  return { until: refusal.roomAt, reason, quota: counted };
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

function wordsOf(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms % size === 0) ?? ["ms", 1];
  return `${ms / size}${unit}`;
}

/** What becomes of a delivery that is kept back. */
export interface KeptBackEnd {
  readonly next: NextState;
  readonly outcome: Failure;
  /** It waits once more, which was said before. */
  readonly again: boolean;
}

/** Undefined: it is attempted all the same. @param codes Of the outcomes that it had */
export function endOfKeptBack(
  delivery: ClaimedDelivery,
  { until, reason, quota }: KeptBack,
  codes: readonly string[],
): KeptBackEnd | undefined {
  const { limits, expiresAt = Infinity } = delivery;
  // What was held and is claimed again was released by a person.
  if (codes.includes(CODES.hold) || codes.includes(HOP_LIMIT)) return undefined;
  // To wait would help nobody: it came through no fewer deliveries later.
  if (until === undefined) return ended(limits?.exceeded === "hold" ? "hold" : "drop", { code: HOP_LIMIT, reason });
  const does = wasLetThrough(delivery) ? "delay" : (limits?.exceeded ?? "delay");
  const code = CODES[does];
  if (does !== "delay") return ended(does, { code, reason });
  const next = { state: "waiting", dueAt: Math.min(until, expiresAt), quota } as const;
  return { next, outcome: { kind: "throttled", code, reason }, again: codes.includes(code) };
}

function ended(does: "drop" | "hold", told: Pick<Failure, "code" | "reason">): KeptBackEnd {
  if (does === "hold") return { next: { state: "held" }, outcome: { kind: "throttled", ...told }, again: false };
  return { next: { state: "dropped" }, outcome: { kind: "rejected", ...told }, again: false };
}
