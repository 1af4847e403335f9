import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { Journal, Pause } from "../journal/journal.ts";
import type { Observer } from "./observer.ts";

/** What people have paused, as this process last saw it. The journal claims nothing of it; this is for what was claimed before. */
export interface Pauses {
  /** Asks the journal, at most once a second. Returns the services that were paused and go on now. */
  look(): Promise<readonly string[]>;
  isPaused(delivery: ClaimedDelivery): boolean;
}

const LOOK_EVERY_MS = 1_000;

/** @param steady Milliseconds that pass evenly. */
export function createPauses(journal: Journal, observer: Observer, steady: () => number): Pauses {
  let pauses: readonly Pause[] = [];
  let lookedAt = -Infinity;
  return {
    async look() {
      if (steady() - lookedAt < LOOK_EVERY_MS) return [];
      lookedAt = steady();
      const now = await journal.paused();
      const isNews = JSON.stringify(now) !== JSON.stringify(pauses);
      const before = pauses;
      pauses = now;
      if (isNews) observer.paused?.(now);
      const goOn = before.filter(({ of, name }) => of === "service" && !now.some((one) => one.of === of && one.name === name));
      return goOn.map(({ name }) => name);
    },
    isPaused: ({ rule, service }) => pauses.some(({ of, name }) => name === (of === "rule" ? rule : service)),
  };
}
