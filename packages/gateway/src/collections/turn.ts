import { setImmediate } from "node:timers/promises";

/** Others wait for so long at most. */
const TURN_MS = 10;

/** A stretch of work on which nothing waits: rows that are decided one after another. */
export interface Turn {
  isOver(): boolean;
  /** Serves others, and begins the next. */
  next(): Promise<void>;
}

export function createTurn(): Turn {
  let until = performance.now() + TURN_MS;
  return {
    isOver: () => performance.now() >= until,
    async next() {
      await setImmediate();
      until = performance.now() + TURN_MS;
    },
  };
}
