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
  /** Takes a delivery to its outcome; calls `attempted` once the attempt has ended, or it waits for others. Rejects only where the journal failed. */
  readonly perform: (task: Task, attempted: () => void) => Promise<void>;
  /** Whether more may be begun: not while outcomes cannot be kept. */
  readonly mayBegin: () => boolean;
  /** A delivery ended: there is room again, and its lane may have moved on. */
  readonly onFinished: () => void;
  /** The journal failed a delivery. */
  readonly onFailed: (error: unknown) => void;
}

export function createCrew({ desks, perform, mayBegin, onFinished, onFailed }: CrewOptions): Crew {
  const underWay = new Set<Promise<void>>();

  /** The place of an attempt that ended is free at once; only its outcome waits to be durable. So is that of a delivery which waits for others. */
  function begin(name: string, task: Task): void {
    let isFree = false;
    const free = (): void => {
      if (isFree) return;
      isFree = true;
      desks.finished(task);
      pump(name);
    };
    const end = (): void => {
      underWay.delete(done);
      const othersWaited = desks.ended(task);
      free();
      if (othersWaited) resume();
      onFinished();
    };
    // Thousands may be under way, and wait for long: no more promises than that.
    const done = perform(task, free).then(end, (error: unknown) => {
      onFailed(error);
      end();
    });
    underWay.add(done);
  }

  function pump(name: string): void {
    while (mayBegin()) {
      const task = desks.take(name);
      if (task === undefined) return;
      begin(name, task);
    }
  }

  function resume(): void {
    for (const name of desks.names()) pump(name);
  }

  return {
    resume,
    accept(claimed, request) {
      desks.put(claimed, request);
      for (const name of new Set(claimed.map(({ service }) => service))) pump(name);
    },
    async idle() {
      await Promise.all(underWay);
    },
  };
}
