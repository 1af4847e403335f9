import type { Journal } from "../journal/journal.ts";
import type { Source } from "../source/source.ts";
import type { LagMeter } from "./lag.ts";
import type { Observer } from "./observer.ts";
import type { Sleep } from "./patience.ts";

export interface WatchOptions {
  readonly journal: Journal;
  readonly observer: Observer;
  readonly meter: LagMeter;
  readonly sleep: Sleep;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

const EVERY_MS = 5_000;
/** A server that does not answer is asked again later. */
const PATIENCE_MS = 10_000;

/** Tells how far a source is behind until the signal aborts, and then that it is not known any more. */
export async function watchLag(source: Source, options: WatchOptions): Promise<void> {
  if (source.extent === undefined) return;
  const { observer, sleep, signal } = options;
  while (!signal.aborted) {
    const lag = await measured(source, options);
    if (!signal.aborted) observer.sourceLag?.(source.name, lag);
    await sleep(EVERY_MS, signal);
  }
  observer.sourceLag?.(source.name, undefined);
}

/** That it cannot be measured is no reason to stop: reading finds out for itself, and says why. */
async function measured(
  source: Source,
  { journal, meter, now, signal }: WatchOptions,
): Promise<ReturnType<LagMeter["measure"]> | undefined> {
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    const extent = await source.extent?.(await journal.positions(source.name), patience);
    return extent === undefined ? undefined : meter.measure(extent, now());
  } catch {
    return undefined;
  }
}
