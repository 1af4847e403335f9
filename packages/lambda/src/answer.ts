import type { DeadLetter } from "./dead-letters.ts";
import type { End, Job } from "./delivery/deliver.ts";
import type { OrderedLetter, ReadBatch } from "./batch.ts";

/** How a batch is disposed of, before the dead letters are sent. */
export interface Disposal {
  /** Of records before {@link Disposal.from} only. */
  readonly letters: readonly OrderedLetter[];
  /** This record and all after it come again; undefined: none does. */
  readonly from: number | undefined;
}

/**
 * Lambda takes the first record that is answered for its checkpoint, and sends it and everything after it again. So the first record may be answered
 * after which nothing was begun: nothing is then repeated. What is unfinished before it is a dead letter.
 */
export function dispose(batch: ReadBatch, ends: ReadonlyMap<Job, End>): Disposal {
  let lastTouched = -1;
  for (const [{ order }, { state }] of ends) if (state !== "untried") lastTouched = Math.max(lastTouched, order);
  let from: number | undefined;
  for (const { order } of ends.keys()) if (order > lastTouched && order < (from ?? Infinity)) from = order;
  const letters = [...batch.letters];
  for (const [job, end] of ends) {
    if (end.state !== "accepted") letters.push({ order: job.order, letter: letterOf(job, end, batch) });
  }
  return { letters: letters.filter(({ order }) => order < (from ?? Infinity)), from };
}

const NEVER_BEGUN = {
  code: "OUT_OF_TIME",
  reason: "The function's time was up before it was begun.",
  attempts: 0,
  uncertain: false,
} as const;

function letterOf({ id, delivery }: Job, end: Exclude<End, { state: "accepted" }>, { events }: ReadBatch): DeadLetter {
  const { rule, then, service, action, args, eventId } = delivery;
  const what = { deliveryId: id, rule, then, service, action, args, event: events.get(eventId) };
  if (end.state === "untried") return { ...what, ...NEVER_BEGUN, state: "out-of-time" };
  const { state, last, attempts, uncertain } = end;
  return { ...what, state, code: last.code, reason: last.reason, attempts, uncertain };
}
