import { setTimeout as wait } from "node:timers/promises";
import { JournalFull } from "../journal/journal.ts";
import type { Observer } from "./observer.ts";

/** Waits so many milliseconds, or less if the signal aborts. Never rejects. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export const sleepByTimer: Sleep = async (ms, signal) => {
  await wait(ms, undefined, { signal }).catch(() => undefined);
};

/** Waits for room in the journal on behalf of all who need it: the outside is told once that it is full, and once that it is not. */
export interface Patience {
  /**
   * Calls the journal until it has room: a full disk or `maxBytes` pauses what needs the journal and loses nothing.
   * @throws what the call throws, JournalFull only once the signal has aborted.
   */
  whenThereIsRoom<Result>(call: () => Promise<Result>, signal: AbortSignal): Promise<Result>;
}

/** How often a full journal is tried again. */
const RETRY_MS = 1_000;

export function createPatience(observer: Observer, sleep: Sleep): Patience {
  const waiting = new Set<symbol>();
  return {
    async whenThereIsRoom(call, signal) {
      const self = Symbol("caller");
      try {
        for (;;) {
          try {
            const result = await call();
            if (waiting.delete(self) && waiting.size === 0) observer.journalFull?.(undefined);
            return result;
          } catch (error) {
            if (!(error instanceof JournalFull) || signal.aborted) throw error;
            if (waiting.size === 0) observer.journalFull?.(error.message);
            waiting.add(self);
          }
          await sleep(RETRY_MS, signal);
        }
      } finally {
        waiting.delete(self);
      }
    },
  };
}

/** A full journal was told of already, and passes. */
export function unlessFull(error: unknown): void {
  if (!(error instanceof JournalFull)) throw error;
}
