import type { Batch, Positions } from "@backstitch/core/source";
import { createRing, type Ring, type RingBounds } from "./ring.ts";

/** Where whoever reads the database's log tells what the journal has of it. */
export interface LiveIntake {
  /** The log is read from there on, by this process. */
  begin(from: Positions): void;
  /** The journal has the batch. */
  accepted(batch: Batch): void;
  /** It is not read any more, or not by this process. */
  end(): void;
}

/** The changes of the log, for all that follow them. */
export interface LiveHub extends LiveIntake, Pick<Ring, "newest" | "has" | "after"> {
  /** Whether this process is told of changes. */
  isRead(): boolean;
  /** Calls back whenever there is more, or it is all of another epoch. @returns what ends that */
  watch(more: () => void): () => void;
}

/** @param isFollowed Whether anybody may follow a table: others are not remembered. */
export function createHub(bounds: RingBounds, isFollowed: (table: string) => boolean): LiveHub {
  const ring = createRing(bounds);
  let positions = new Map<string, string>();
  let isRead = false;
  const watching = new Set<() => void>();
  const wake = (): void => watching.forEach((more) => more());

  function breakOff(): void {
    ring.breakOff();
    wake();
  }

  return {
    newest: ring.newest,
    has: ring.has,
    after: ring.after,
    isRead: () => isRead,
    watch(more) {
      watching.add(more);
      return () => void watching.delete(more);
    },
    begin(from) {
      isRead = true;
      // Another process may have read on meanwhile; or the journal has what this one was not told that it has.
      if (positions.size !== from.size || [...from].some(([partition, position]) => positions.get(partition) !== position)) breakOff();
      positions = new Map(from);
    },
    accepted({ partition, from, to, events }) {
      if (positions.get(partition) !== from) breakOff();
      positions.set(partition, to);
      const followed = events.filter(({ origin, collection }) => origin === "log" && isFollowed(collection));
      followed.forEach(ring.add);
      if (followed.length > 0) wake();
    },
    end: () => void (isRead = false),
  };
}
