import { setTimeout as wait } from "node:timers/promises";
import type { Place } from "./connect.ts";
import { tryLock } from "./lock.ts";

export interface ReadAloneOptions {
  readonly signal: AbortSignal;
  /** Another process reads the source: this one waits. Called once a wait. */
  readonly onStandBy: () => void;
}

/** How often one that stands by tries to take over. */
const TRY_EVERY_MS = 1_000;

/**
 * Reads a source while no other process of this journal does: waits until it may, and is told by the signal given to `read` when another may.
 * What keeps a change from being recorded twice is the position alone, which only moves on from where it is.
 * @throws Error where the lock was lost.
 */
export async function readAlone(
  place: Place,
  source: string,
  read: (signal: AbortSignal) => Promise<void>,
  { signal, onStandBy }: ReadAloneOptions,
): Promise<void> {
  let lock = await tryLock(place, `source/${source}`);
  if (lock === undefined) onStandBy();
  while (lock === undefined && !signal.aborted) {
    await wait(TRY_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) lock = await tryLock(place, `source/${source}`);
  }
  if (lock === undefined) return;
  try {
    await read(AbortSignal.any([signal, lock.lost]));
    if (lock.lost.aborted && !signal.aborted) {
      throw new Error(`The connection broke that keeps others from reading source "${source}".`);
    }
  } finally {
    await lock.release();
  }
}
