import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { ClaimRequest } from "../journal/journal.ts";
import type { Desks } from "./desks.ts";
import type { createPerform } from "./perform.ts";

/** Keeps as many deliveries under way as the services take. */
export interface Crew {
  /** Puts claimed deliveries on their desks and begins what may begin. */
  accept(claimed: readonly ClaimedDelivery[], request: ClaimRequest): void;
  /** Begins what may begin now: a service's rest may have ended. */
  resume(): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Rejects when the journal failed a delivery; never resolves. */
  readonly broken: Promise<never>;
}

/** @param finished Called after each delivery: there is room again, and its lane may have moved on. */
export function createCrew(desks: Desks, perform: ReturnType<typeof createPerform>, finished: () => void): Crew {
  const underWay = new Set<Promise<void>>();
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);

  function pump(name: string): void {
    for (let next = desks.take(name); next !== undefined; next = desks.take(name)) {
      const done = perform(next.delivery, next.service, next.desk)
        .catch(broken.reject)
        .finally(() => {
          desks.finished(name);
          underWay.delete(done);
          pump(name);
          finished();
        });
      underWay.add(done);
    }
  }

  return {
    accept(claimed, request) {
      desks.put(claimed, request);
      for (const name of new Set(claimed.map(({ service }) => service))) pump(name);
    },
    resume() {
      for (const name of desks.names()) pump(name);
    },
    async idle() {
      await Promise.all(underWay);
    },
    broken: broken.promise,
  };
}
