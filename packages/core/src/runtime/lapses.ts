import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { Observer } from "./observer.ts";

/** Tells of attempts whose process ended, or whose claim lapsed: nobody was there to tell of them. @param now Epoch milliseconds. */
export function tellLapses(claimed: readonly ClaimedDelivery[], observer: Observer, now: number): void {
  for (const delivery of claimed) {
    const { lapse, attempts } = delivery;
    if (lapse === undefined) continue;
    observer.settled?.({ ...delivery, attempts: attempts - 1 }, lapse, { state: "uncertain", dueAt: now }, undefined);
  }
}
