import type { ClaimedDelivery, ClaimToken } from "../journal/delivery.ts";
import type { Admission, AdmitRequest, Settlement } from "../journal/journal.ts";
import type { RuleLimits } from "../rules/limits.ts";
import type { RuleSet } from "../rules/rule-set.ts";
import type { Observer } from "./observer.ts";
import { endOfKeptBack, type KeptBack, type KeptBackEnd, quiet, quotasOf, refused, type RuleQuota, tooFar } from "./rule-limits.ts";
import type { ServiceAction } from "./service.ts";

interface Asked {
  /** The rule set in force. */
  readonly rules: () => RuleSet;
  readonly observer: Observer;
  readonly now: () => number;
}

export interface LettingThrough extends Asked {
  readonly admit: (request: AdmitRequest) => Promise<Admission | undefined>;
  /** Answers whether the claim was still the latest. */
  readonly settle: (settlement: Settlement) => Promise<boolean>;
}

/**
 * Asks the limits of a delivery's rule whether it may be attempted now, and counts it if so. Where it may not, it is settled as they say:
 * it waits, is dropped or is held. Nothing is counted of what quiet hours keep back, or came through too many deliveries.
 */
export async function letThrough(
  delivery: ClaimedDelivery,
  action: ServiceAction | undefined,
  { admit, settle, ...asked }: LettingThrough,
): Promise<boolean> {
  const asking = askingFor(delivery, () => action, asked);
  if (asking === undefined) return true;
  const admission = await admit(requestOf(asking));
  if (admission === undefined) return false;
  const end = endOf(asking, admission);
  if (end === undefined) return true;
  if (await settle(settlementOf(delivery, end))) tell(asked.observer, delivery, end);
  return false;
}

type ActionOf = (delivery: ClaimedDelivery) => ServiceAction | undefined;

export interface Sifting extends Asked {
  readonly admit: (requests: readonly AdmitRequest[]) => Promise<readonly (Admission | undefined)[]>;
  /** Answers with the claims that were no longer the latest. */
  readonly settle: (settlements: readonly Settlement[]) => Promise<readonly ClaimToken[]>;
}

/**
 * Of what was just claimed, what its limits may let through: it is asked about again before it is attempted, and only then counted. What they keep back
 * is settled as {@link letThrough} would, but together: one by one, thousands that have no room would hold up what is claimed behind them.
 */
export async function sift(
  claimed: readonly ClaimedDelivery[],
  actionOf: ActionOf,
  { admit, settle, ...asked }: Sifting,
): Promise<readonly ClaimedDelivery[]> {
  const limited = claimed.flatMap((delivery) => askingFor(delivery, actionOf, asked) ?? []);
  if (limited.length === 0) return claimed;
  const admissions = await admit(limited.map((asking) => ({ ...requestOf(asking), peek: true })));
  const kept = limited.flatMap((asking, index) => {
    const admission = admissions[index];
    const end = admission && endOf(asking, admission);
    return end === undefined ? [] : [{ delivery: asking.delivery, end }];
  });
  if (kept.length === 0) return claimed;
  const stale = new Set((await settle(kept.map(({ delivery, end }) => settlementOf(delivery, end)))).map(({ id }) => id));
  for (const { delivery, end } of kept) if (!stale.has(delivery.id)) tell(asked.observer, delivery, end);
  const gone = new Set(kept.map(({ delivery }) => delivery.id));
  return claimed.filter(({ id }) => !gone.has(id));
}

interface Asking {
  readonly delivery: ClaimedDelivery;
  readonly quotas: readonly RuleQuota[];
  readonly resting: KeptBack | undefined;
}

const NONE: RuleLimits = { of: [], exceeded: "delay" };

/** Undefined: nothing limits it, which is so of most. */
function askingFor(recorded: ClaimedDelivery, actionOf: ActionOf, { rules, now }: Asked): Asking | undefined {
  const { args, keptBack = false, redriven = false } = recorded;
  const limits = limitsInForce(recorded, rules()) ?? NONE;
  const far = tooFar(limits, recorded);
  if (redriven || (limits === NONE && !keptBack && far === undefined)) return undefined;
  const action = actionOf(recorded);
  if (action === undefined) return undefined;
  const resting = far ?? quiet(limits, now());
  const quotas = quotasOf(limits, args, action.args);
  return resting === undefined && quotas.length === 0 && !keptBack ? undefined : { delivery: { ...recorded, limits }, quotas, resting };
}

/** Those of its rule as it is written now. Where that is gone, those that it had. */
function limitsInForce({ rule, then, limits }: ClaimedDelivery, rules: RuleSet): RuleLimits | undefined {
  const entry = rules.entry(rule, then);
  return entry === undefined ? limits : entry.limits;
}

function requestOf({ delivery: { claim }, quotas, resting }: Asking): AdmitRequest {
  return { claim, quotas: resting === undefined ? quotas : undefined };
}

function endOf({ delivery, quotas, resting }: Asking, admission: Admission): KeptBackEnd | undefined {
  const keptBack = resting ?? refused(quotas, admission);
  return keptBack && endOfKeptBack(delivery, keptBack, admission.codes);
}

function settlementOf({ claim, attempts }: ClaimedDelivery, { next, outcome, again }: KeptBackEnd): Settlement {
  return { claim, attempts, next, ...(again ? {} : { outcome }) };
}

function tell(observer: Observer, delivery: ClaimedDelivery, { next, outcome, again }: KeptBackEnd): void {
  if (!again) observer.settled?.(delivery, outcome, next, undefined);
}
