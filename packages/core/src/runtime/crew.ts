import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { ClaimRequest } from "../journal/journal.ts";
import type { Desks, Task } from "./desks.ts";

/** Keeps as many deliveries under way as the services take. */
export interface Crew {
  /** Puts claimed deliveries on their desks and begins what may begin. */
  accept(claimed: readonly ClaimedDelivery[], request: ClaimRequest): void;
  /** Begins what may begin now: a service's rest may have ended. */
  resume(): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export interface CrewOptions {
  readonly desks: Desks;
  /** Rejects only where the journal failed. */
  readonly perform: (task: Task) => Promise<void>;
  /** A delivery ended: there is room again, and its lane may have moved on. */
  readonly onFinished: () => void;
  /** The journal failed a delivery. */
  readonly onFailed: (error: unknown) => void;
}

export function createCrew({ desks, perform, onFinished, onFailed }: CrewOptions): Crew {
  const underWay = new Set<Promise<void>>();

  function pump(name: string): void {
    for (let task = desks.take(name); task !== undefined; task = desks.take(name)) {
      const done = perform(task)
        .catch(onFailed)
        .finally(() => {
          desks.finished(name);
          underWay.delete(done);
          pump(name);
          onFinished();
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
  };
}
