import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { Admission, AdmitRequest, Settlement } from "../journal/journal.ts";
import type { RuleLimits } from "../rules/limits.ts";
import type { RuleSet } from "../rules/rule-set.ts";
import type { Observer } from "./observer.ts";
import { endOfKeptBack, quiet, quotasOf, refused } from "./rule-limits.ts";
import type { ServiceAction } from "./service.ts";

export interface LettingThrough {
  /** The rule set in force. */
  readonly rules: () => RuleSet;
  readonly admit: (request: AdmitRequest) => Promise<Admission | undefined>;
  /** Answers whether the claim was still the latest. */
  readonly settle: (settlement: Settlement) => Promise<boolean>;
  readonly observer: Observer;
  readonly now: () => number;
}

const NONE: RuleLimits = { of: [], exceeded: "delay" };

/**
 * Asks the limits of a delivery's rule whether it may be attempted now, and counts it if so. Where it may not, it is settled as they say:
 * it waits, is dropped or is held. Nothing is counted of what quiet hours keep back.
 */
export async function letThrough(
  recorded: ClaimedDelivery,
  action: ServiceAction | undefined,
  { rules, admit, settle, observer, now }: LettingThrough,
): Promise<boolean> {
  const limits = limitsInForce(recorded, rules()) ?? NONE;
  if (action === undefined) return true;
  const delivery = { ...recorded, limits };
  const { claim, attempts, args, keptBack: waited = false } = delivery;
  const resting = quiet(limits, now());
  const quotas = quotasOf(limits, args, action.args);
  if (resting === undefined && quotas.length === 0 && !waited) return true;
  const admission = await admit({ claim, quotas: resting === undefined ? quotas : undefined });
  if (admission === undefined) return false;
  const keptBack = resting ?? refused(quotas, admission);
  const end = keptBack && endOfKeptBack(delivery, keptBack, admission.codes);
  if (end === undefined) return true;
  const { next, outcome, again } = end;
  const latest = await settle({ claim, attempts, next, ...(again ? {} : { outcome }) });
  if (latest && !again) observer.settled?.(delivery, outcome, next, undefined);
  return false;
}

/** Those of its rule as it is written now. Where that is gone, those that it had. */
function limitsInForce({ rule, then, limits, redriven }: ClaimedDelivery, rules: RuleSet): RuleLimits | undefined {
  if (redriven === true) return undefined;
  const entry = rules.entry(rule, then);
  return entry === undefined ? limits : entry.limits;
}
