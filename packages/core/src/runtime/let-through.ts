import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { Admission, AdmitRequest, Settlement } from "../journal/journal.ts";
import type { Observer } from "./observer.ts";
import { endOfKeptBack, quiet, quotasOf, refused } from "./rule-limits.ts";
import type { ServiceAction } from "./service.ts";

export interface LettingThrough {
  readonly admit: (request: AdmitRequest) => Promise<Admission | undefined>;
  /** Answers whether the claim was still the latest. */
  readonly settle: (settlement: Settlement) => Promise<boolean>;
  readonly observer: Observer;
  readonly now: () => number;
}

/**
 * Asks the limits of a delivery's rule whether it may be attempted now, and counts it if so. Where it may not, it is settled as they say:
 * it waits, is dropped or is held. Nothing is counted of what quiet hours keep back.
 */
export async function letThrough(
  delivery: ClaimedDelivery,
  action: ServiceAction | undefined,
  { admit, settle, observer, now }: LettingThrough,
): Promise<boolean> {
  const { limits, claim, attempts, args } = delivery;
  if (limits === undefined || action === undefined) return true;
  const resting = quiet(limits, now());
  const quotas = resting === undefined ? quotasOf(limits, args, action.args) : [];
  if (resting === undefined && quotas.length === 0) return true;
  const admission = await admit({ claim, quotas });
  if (admission === undefined) return false;
  const keptBack = resting ?? refused(quotas, admission);
  const end = keptBack && endOfKeptBack(delivery, keptBack, admission.codes);
  if (end === undefined) return true;
  const { next, outcome, again } = end;
  const latest = await settle({ claim, attempts, next, ...(again ? {} : { outcome }) });
  if (latest && !again) observer.settled?.(delivery, outcome, next, undefined);
  return false;
}
