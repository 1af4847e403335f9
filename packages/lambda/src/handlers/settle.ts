import type { Invocation } from "../invocation.ts";
import { disposeEach } from "../letters/dispose.ts";
import type { ReadBatch } from "../records/read.ts";

/** Does what these records ask for, and sends their dead letters. Gives those that come again. */
export async function settleEach(invocation: Invocation, batch: ReadBatch, orders: readonly number[]): Promise<ReadonlySet<number>> {
  const here = new Set(orders);
  const ends = await invocation.deliver(
    batch,
    batch.jobs.filter(({ order }) => here.has(order)),
  );
  const { letters, again } = disposeEach(batch, ends, orders);
  return new Set([...again, ...(await invocation.send(letters))]);
}
