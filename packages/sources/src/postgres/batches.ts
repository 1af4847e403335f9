import type { Batch, ChangeEvent } from "@backstitch/core/source";
import type { Lsn } from "./lsn.ts";
import { formatPosition, type ChangePlace } from "./position.ts";

/** The log is read in one order: it has one partition. */
export const PARTITION = "wal";

/** A batch, and how far the server may be told once the journal has it. */
export interface OutgoingBatch {
  readonly batch: Batch;
  /** The end of the last whole commit in it; undefined where it ends inside its first transaction. */
  readonly acknowledges: Lsn | undefined;
}

export interface BatchesOptions {
  readonly source: string;
  readonly system: string;
  readonly timeline: number;
  readonly from: string | undefined;
  /** Where reading starts. */
  readonly at: Lsn;
  readonly most: { readonly events: number; readonly bytes: number };
}

/** Gathers events into batches: whole commits where they fit, cut inside a transaction only where it is larger than a batch. */
export interface Batches {
  add(event: ChangeEvent, bytes: number, commit: Lsn, place: ChangePlace): void;
  /** Everything added so far is committed, and the log read up to `end`. */
  commit(end: Lsn): void;
  /** The next batch, if one is full or whole commits are there. */
  take(): OutgoingBatch | undefined;
  /** An empty batch that moves the position to where the log was read, if it was read further. */
  takeHeartbeat(): OutgoingBatch | undefined;
  /** Whether a batch is full: no more should be read before it is taken. */
  readonly full: boolean;
}

interface Open {
  readonly events: ChangeEvent[];
  bytes: number;
  /** How many of the events belong to whole commits. */
  whole: number;
  wholeBytes: number;
  lastCommit: Lsn;
  lastPlace: ChangePlace | undefined;
}

export function createBatches({ source, system, timeline, from, at, most }: BatchesOptions): Batches {
  const sealed: OutgoingBatch[] = [];
  let open = newOpen();
  let read = at;
  let position = from;
  let positionLsn = at;

  function isFull(): boolean {
    return open.events.length >= most.events || open.bytes >= most.bytes;
  }

  function outgoing(
    events: readonly ChangeEvent[],
    acknowledges: Lsn | undefined,
    within?: { commit: Lsn; place: ChangePlace },
  ): OutgoingBatch {
    const lsn = within?.commit ?? read;
    const to = formatPosition({ system, timeline, lsn, within: within?.place });
    const batch: Batch = { source, partition: PARTITION, from: position, to, events };
    position = to;
    positionLsn = lsn;
    return { batch, acknowledges };
  }

  /** Only when more follows, so that a transaction of just this size ends with its commit. */
  function seal(): void {
    const { events, whole, lastCommit: commit, lastPlace: place } = open;
    if (whole === events.length) sealed.push(outgoing(events, read));
    else if (place !== undefined) sealed.push(outgoing(events, whole > 0 ? read : undefined, { commit, place }));
    open = newOpen();
  }

  return {
    get full() {
      return sealed.length > 0 || isFull();
    },
    add(event, bytes, commit, place) {
      if (isFull()) seal();
      open.events.push(event);
      open.bytes += bytes;
      open.lastCommit = commit;
      open.lastPlace = place;
    },
    commit(end) {
      if (end > read) read = end;
      open.whole = open.events.length;
      open.wholeBytes = open.bytes;
    },
    take() {
      const first = sealed.shift();
      if (first !== undefined || open.whole === 0) return first;
      const whole = outgoing(open.events.splice(0, open.whole), read);
      open.bytes -= open.wholeBytes;
      open.whole = 0;
      open.wholeBytes = 0;
      return whole;
    },
    takeHeartbeat() {
      if (sealed.length > 0 || open.events.length > 0 || read <= positionLsn) return undefined;
      return outgoing([], read);
    },
  };
}

function newOpen(): Open {
  return { events: [], bytes: 0, whole: 0, wholeBytes: 0, lastCommit: 0n, lastPlace: undefined };
}
