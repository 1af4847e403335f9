import type { Ends } from "../delivery/deliver.ts";
import type { OrderedLetter, ReadBatch } from "../records/read.ts";
import { letterOf } from "./letter.ts";

/** What becomes of records, before the dead letters are sent: of a record that comes again none is sent. */
export interface Disposal {
  readonly letters: readonly OrderedLetter[];
  /** Orders of the records that come again. */
  readonly again: ReadonlySet<number>;
}

/**
 * A stream goes on from the first record that is answered: that and everything after it come again. So the first record may be answered that has what
 * was not begun, and from which on nothing would be repeated blindly. What is unfinished before it is a dead letter: what was tried and has no time left
 * would keep the shard from going on, until its records are no more.
 */
export function disposeFrom(batch: ReadBatch, ends: Ends, records: number): Disposal {
  let lastDone = -1;
  for (const [{ order }, { mayComeAgain }] of ends) if (!mayComeAgain) lastDone = Math.max(lastDone, order);
  let from = Infinity;
  for (const [{ order }, { end }] of ends) if (end.state === "untried" && order > lastDone) from = Math.min(from, order);
  const all = Array.from({ length: records }, (_, order) => order);
  const again = new Set(all.filter((order) => order >= from));
  return { letters: lettersOf(batch, ends, (order) => !again.has(order)), again };
}

/** What a queue takes back record by record: where something is unfinished for now, and nothing would be repeated blindly. */
export function disposeEach(batch: ReadBatch, ends: Ends, orders: readonly number[]): Disposal {
  const ofOrder = Map.groupBy(ends, ([{ order }]) => order);
  const again = new Set(
    orders.filter((order) => {
      const own = (ofOrder.get(order) ?? []).map(([, ended]) => ended);
      return own.some(({ end }) => UNFINISHED.has(end.state)) && own.every(({ mayComeAgain }) => mayComeAgain);
    }),
  );
  const here = new Set(orders);
  return { letters: lettersOf(batch, ends, (order) => here.has(order) && !again.has(order)), again };
}

const UNFINISHED: ReadonlySet<string> = new Set(["untried", "out-of-time", "locked-out"]);

function lettersOf(batch: ReadBatch, ends: Ends, isDue: (order: number) => boolean): readonly OrderedLetter[] {
  const letters = batch.letters.filter(({ order }) => isDue(order));
  for (const [job, { end }] of ends) {
    if (end.state !== "accepted" && isDue(job.order)) letters.push({ order: job.order, letter: letterOf(job, end, batch) });
  }
  return letters;
}
