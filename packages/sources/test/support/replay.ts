import type { Batch, ChangeEvent, Positions, Source } from "@backstitch/core/source";
import { canonicalText, type Row } from "@backstitch/core/values";

/** A journal in memory, which survives its readers. */
export interface Records {
  readonly batches: Batch[];
  readonly positions: Map<string, string>;
}

export const newRecords = (): Records => ({ batches: [], positions: new Map() });

/** What a journal does with a batch. @throws Error where it does not go on from what there is. */
export function record({ batches, positions }: Records, batch: Batch): void {
  const { partition, from, to } = batch;
  if (positions.get(partition) !== from) throw new Error(`${partition} is at ${positions.get(partition)}, not at ${from}.`);
  batches.push(batch);
  positions.set(partition, to);
}

const CRASH = new Error("The process was killed.");

export interface ReadPlan {
  /** Also asked before reading. */
  readonly enough: () => boolean;
  /** Whether it crashes before or after recording a batch, to be read again. @default never */
  readonly crashes?: (batch: Batch) => "before" | "after" | "no";
  /** Done after each batch was recorded, before it is acknowledged. */
  readonly meanwhile?: () => Promise<unknown>;
}

/** Reads into the records, again after each crash, until that is enough. */
export async function readOver(source: Source, records: Records, plan: ReadPlan): Promise<void> {
  const { enough, crashes = () => "no", meanwhile = () => new Promise(setImmediate) } = plan;
  const late = AbortSignal.timeout(25_000);
  while (!enough()) {
    const stop = new AbortController();
    const from: Positions = new Map(records.positions);
    const accept = async (batch: Batch): Promise<void> => {
      const when = crashes(batch);
      if (when === "before") throw CRASH;
      record(records, batch);
      await meanwhile();
      if (when === "after") throw CRASH;
      if (enough()) stop.abort();
    };
    await source.read(from, accept, AbortSignal.any([stop.signal, late])).catch((error: unknown) => {
      if (error !== CRASH) throw error;
    });
    if (late.aborted) throw new Error(`Not enough in time: ${JSON.stringify([...records.positions])}`);
  }
}

export const snapshotIsDone = ({ positions }: Records, partition: string): boolean =>
  positions.get(partition)?.includes('"done":true') === true;

/**
 * What the events, in this order, say that the table holds. Under REPLICA IDENTITY FULL every change tells the row that it found, and a row of a snapshot
 * is what the table held at its place: so each is held against what came before it.
 * @throws Error at the first that does not fit.
 */
export function replay(events: readonly ChangeEvent[]): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row | null>();
  for (const event of events) {
    const key = canonicalText(event.key);
    const old = event.previousKey === undefined ? key : canonicalText(event.previousKey);
    const known = rows.get(old);
    const found = event.origin === "snapshot" ? event.after : (event.before ?? null);
    if (known !== undefined && canonicalText(known) !== canonicalText(found))
      throw new Error(`${event.origin} ${event.operation} of ${old} found ${canonicalText(found)}; it was ${canonicalText(known)}.`);
    rows.set(old, null);
    rows.set(key, event.after);
  }
  return new Map([...rows].filter((entry): entry is [string, Row] => entry[1] !== null));
}
