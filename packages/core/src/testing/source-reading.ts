import { setImmediate as turn } from "node:timers/promises";
import type { Batch, ChangeEvent, Positions, Source } from "../source/index.ts";

/** What one call of `read` brought. */
export interface Reading {
  /** What was accepted, in order; empty batches too. */
  readonly batches: readonly Batch[];
  readonly events: readonly ChangeEvent[];
  /** The positions as a journal would have them after. */
  readonly positions: Positions;
  /** The events of the batch that was refused. */
  readonly refused: readonly ChangeEvent[];
  /** The most calls of `accept` that were under way at once. */
  readonly mostAtOnce: number;
}

export interface ReadingPlan {
  readonly from?: Positions;
  /** Stop once so many events were accepted. */
  readonly events: number;
  /** Refuse the batch with events that comes after so many of them were accepted. */
  readonly refuseAfter?: number;
  /** How long a reading may take. Milliseconds. @default 15000 */
  readonly withinMs?: number;
}

const REFUSAL = new Error("The journal refuses this batch.");

/** Reads a source as the engine does, until it has what it wants, refuses a batch, or the source ends. */
export async function readSome(source: Source, plan: ReadingPlan): Promise<Reading> {
  const { from = new Map(), events: wanted, refuseAfter = Infinity, withinMs = 15_000 } = plan;
  const stop = new AbortController();
  const late = AbortSignal.timeout(withinMs);
  const batches: Batch[] = [];
  const events: ChangeEvent[] = [];
  const positions = new Map(from);
  let refused: readonly ChangeEvent[] = [];
  let full = 0;
  let underWay = 0;
  let mostAtOnce = 0;

  async function accept(batch: Batch): Promise<void> {
    mostAtOnce = Math.max(mostAtOnce, ++underWay);
    // A journal takes its time: what a source sends meanwhile would be seen.
    await turn();
    underWay -= 1;
    if (batch.from !== positions.get(batch.partition))
      throw new Error(`A batch goes on from ${batch.from}; the position is ${positions.get(batch.partition)}.`);
    if (batch.events.length > 0 && full++ >= refuseAfter) {
      refused = batch.events;
      throw REFUSAL;
    }
    batches.push(batch);
    events.push(...batch.events);
    positions.set(batch.partition, batch.to);
    if (events.length >= wanted) stop.abort();
  }

  await source.read(from, accept, AbortSignal.any([stop.signal, late])).catch((error: unknown) => {
    if (error !== REFUSAL) throw error;
  });
  if (late.aborted && events.length < wanted)
    throw new Error(`The source sent ${events.length} of ${wanted} events within ${withinMs} ms.`);
  return { batches, events, positions, refused, mostAtOnce };
}
