import { setTimeout as wait } from "node:timers/promises";
import { JournalFull } from "../journal/journal.ts";
import type { Observer } from "./observer.ts";

/** How often a full journal is tried again. */
const RETRY_MS = 1_000;

/** Waits, or less if the signal aborts; never rejects. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}

/**
 * Calls the journal until it has room: a full disk or `maxBytes` pauses what needs the journal and loses nothing.
 * @throws what the call throws, JournalFull only once the signal has aborted.
 */
export async function whenThereIsRoom<Result>(call: () => Promise<Result>, observer: Observer, signal: AbortSignal): Promise<Result> {
  let wasFull = false;
  for (;;) {
    try {
      const result = await call();
      if (wasFull) observer.journalFull?.(undefined);
      return result;
    } catch (error) {
      if (!(error instanceof JournalFull) || signal.aborted) throw error;
      if (!wasFull) observer.journalFull?.(error.message);
      wasFull = true;
    }
    await sleep(RETRY_MS, signal);
  }
}
