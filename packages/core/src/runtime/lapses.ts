import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { Journal, Settlement } from "../journal/journal.ts";
import type { Observer } from "./observer.ts";
import { unlessFull } from "./patience.ts";
import { nextDelayMs, passedSince } from "./retry.ts";
import type { Services } from "./service.ts";

export interface LapseOptions {
  readonly journal: Journal;
  readonly services: () => Services;
  readonly observer: Observer;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/**
 * Tells of attempts whose process ended, or whose claim lapsed: nobody was there to tell of them. What would be repeated blindly is put off as after
 * any other failure; what can be looked up, or is held, need not wait. Returns what may be attempted now.
 */
export async function afterLapses(claimed: readonly ClaimedDelivery[], options: LapseOptions): Promise<readonly ClaimedDelivery[]> {
  const putOff = new Map<ClaimedDelivery, Settlement>();
  const now = options.now();
  for (const delivery of claimed) {
    const { lapse, claim, attempts } = delivery;
    if (lapse === undefined) continue;
    const next = { state: "uncertain", dueAt: againAt(delivery, now, options) } as const;
    options.observer.settled?.({ ...delivery, attempts: attempts - 1 }, lapse, next, undefined);
    if (next.dueAt > now) putOff.set(delivery, { claim, attempts, next });
  }
  if (putOff.size === 0) return claimed;
  await options.journal.settle([...putOff.values()]).catch(unlessFull);
  return claimed.filter((delivery) => !putOff.has(delivery));
}

/** When it is attempted again, by the policy that it has; where there are no attempts left, that is found out now. */
function againAt(delivery: ClaimedDelivery, now: number, { services, random }: LapseOptions): number {
  const service = services().get(delivery.service);
  const action = service?.action(delivery.action);
  if (service === undefined || action === undefined || action.reconcile !== undefined || delivery.ifUncertain === "hold") return now;
  const { attempts, triedAt, retry = service.retry, expiresAt = Infinity } = delivery;
  const delay = nextDelayMs(retry, { attempts, passedMs: passedSince(triedAt, now) }, 0, random());
  return Math.min(now + (delay ?? 0), expiresAt);
}
