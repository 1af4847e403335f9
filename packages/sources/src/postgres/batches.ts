import type { Batch, ChangeEvent } from "@backstitch/core/source";
import type { Lsn } from "./lsn.ts";
import { formatPosition, placeOf, type RowPlace } from "./position.ts";

/** The log is read in one order: it has one partition. */
export const PARTITION = "wal";

/** A batch, and how far the server may be told once the journal has it. */
export interface OutgoingBatch {
  readonly batch: Batch;
  /** The end of the last whole commit, in it or before it. */
  readonly acknowledges: Lsn;
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
  /** @param bytes As sent by the server. @param place What it says now is kept. */
  add(event: ChangeEvent, bytes: number, place: RowPlace): void;
  /** Everything added so far is committed, and the log read up to `end`. */
  commit(end: Lsn): void;
  /** The next batch, if one is full or whole commits are there. */
  take(): OutgoingBatch | undefined;
  /** An empty batch that moves the position to where the log was read, if it was read further. */
  takeHeartbeat(): OutgoingBatch | undefined;
  /** Everything that was committed up to here, and read, was taken. */
  readonly settled: Lsn;
  /** Whether a full batch waits to be taken: nothing more should be read before it is. */
  readonly full: boolean;
}

interface State {
  readonly options: BatchesOptions;
  readonly sealed: OutgoingBatch[];
  open: Open;
  /** How far the log was read: the end of a whole commit, or beyond it. */
  read: Lsn;
  /** Where the last batch ended. */
  position: string | undefined;
  positionLsn: Lsn;
  /** The end of the last whole commit in what was taken, or before it. */
  taken: Lsn;
}

/** The batch being filled. */
interface Open {
  readonly events: ChangeEvent[];
  bytes: number;
  /** How many of the events, and of the bytes, belong to whole commits. */
  whole: number;
  wholeBytes: number;
  /** Where the last event is. */
  commit: Lsn;
  high: number;
  low: number;
  index: number;
}

export function createBatches(options: BatchesOptions): Batches {
  const { from, at } = options;
  const state: State = { options, sealed: [], open: newOpen(), read: at, position: from, positionLsn: at, taken: at };
  return {
    get settled() {
      return state.sealed.length === 0 && state.open.whole === 0 ? state.read : state.taken;
    },
    get full() {
      return state.sealed.length > 0;
    },
    add(event, bytes, { commit, high, low, index }) {
      // Only now, so that a transaction that just fits ends with its commit.
      if (isFull(state)) seal(state);
      const { open } = state;
      open.events.push(event);
      open.bytes += bytes;
      open.commit = commit;
      open.high = high;
      open.low = low;
      open.index = index;
    },
    commit(end) {
      if (end > state.read) state.read = end;
      state.open.whole = state.open.events.length;
      state.open.wholeBytes = state.open.bytes;
    },
    take() {
      const next = state.sealed.shift() ?? (state.open.whole > 0 ? takeWhole(state) : undefined);
      if (next !== undefined) state.taken = next.acknowledges;
      return next;
    },
    takeHeartbeat() {
      if (state.sealed.length > 0 || state.open.events.length > 0 || state.read <= state.positionLsn) return undefined;
      return outgoing(state, []);
    },
  };
}

function newOpen(): Open {
  return { events: [], bytes: 0, whole: 0, wholeBytes: 0, commit: 0n, high: 0, low: 0, index: 0 };
}

function isFull({ open, options: { most } }: State): boolean {
  return open.events.length >= most.events || open.bytes >= most.bytes;
}

function seal(state: State): void {
  const { open } = state;
  state.sealed.push(outgoing(state, open.events, open.whole < open.events.length ? open : undefined));
  state.open = newOpen();
}

/** The whole commits of the open batch; what has come of the transaction under way stays. */
function takeWhole(state: State): OutgoingBatch {
  const { open } = state;
  const batch = outgoing(state, open.events.splice(0, open.whole));
  open.bytes -= open.wholeBytes;
  open.whole = 0;
  open.wholeBytes = 0;
  return batch;
}

/** `cut`: where the batch ends inside a transaction. */
function outgoing(state: State, events: readonly ChangeEvent[], cut?: RowPlace): OutgoingBatch {
  const { source, system, timeline } = state.options;
  const lsn = cut?.commit ?? state.read;
  const from = state.position;
  const to = formatPosition({ system, timeline, lsn, within: cut === undefined ? undefined : placeOf(cut) });
  state.position = to;
  state.positionLsn = lsn;
  return { batch: { source, partition: PARTITION, from, to, events }, acknowledges: state.read };
}
