import type { Batch, ChangeEvent } from "@backstitch/core/source";
import type { Lsn } from "../lsn.ts";
import type { Job } from "./jobs.ts";
import { keyTextOf, type Chunk, type ChunkRow } from "./chunk.ts";
import { formatSnapshotPosition, partitionOf, type SnapshotPosition } from "./position.ts";
import { rowEvent, type RowFrame } from "./row-event.ts";
import type { Visibility } from "./visibility.ts";

/** A batch for the journal; `recorded` is called once it has it. */
export interface Outgoing {
  readonly batch: Batch;
  recorded(): void;
}

/** What was read and waits for its place between the batches of the log. */
export interface Outbox {
  /** That it is to be done; before anything else of the log is recorded. */
  begin(job: Job): void;
  /** That it is done without more rows, or why it ends before it is. */
  end(job: Job, how: Pick<SnapshotPosition, "done" | "failed">): void;
  put(job: Job, chunk: Chunk, mark: string): void;
  /** The log was read up to the mark, which a transaction with this commit record wrote. */
  reached(mark: string, commit: Lsn): void;
  /** A snapshot that is to be begun, if one is. */
  takeBegin(): Outgoing | undefined;
  /** What may be recorded after all that was committed up to `settled` is. */
  take(settled: Lsn): Outgoing | undefined;
  /** Lets go of what was read and not taken. */
  discard(): void;
  /** Chunks that were not recorded whole. */
  readonly chunks: number;
  /** What the first of them saw. */
  readonly oldest: Visibility | undefined;
  /** Nothing waits, and nothing that was taken is still to be recorded. */
  readonly isEmpty: boolean;
}

export interface OutboxOptions extends RowFrame {
  readonly mostEvents: number;
  readonly onRecorded: () => void;
}

interface Waiting {
  readonly job: Job;
  readonly chunk: Chunk;
  readonly mark: string;
  /** How many of its rows were taken. */
  taken: number;
}

interface State {
  readonly options: OutboxOptions;
  readonly begins: Job[];
  readonly ends: { readonly job: Job; readonly how: Pick<SnapshotPosition, "done" | "failed"> }[];
  readonly reached: Map<string, Lsn>;
  readonly waiting: Waiting[];
  /** How many batches were taken and are still to be recorded. */
  underWay: number;
}

export function createOutbox(options: OutboxOptions): Outbox {
  const state: State = { options, begins: [], ends: [], reached: new Map(), waiting: [], underWay: 0 };
  const { begins, ends, reached, waiting } = state;
  return {
    begin: (job) => void begins.push(job),
    end: (job, how) => void ends.push({ job, how }),
    put: (job, chunk, mark) => void waiting.push({ job, chunk, mark, taken: 0 }),
    reached: (mark, commit) => void reached.set(mark, commit),
    takeBegin() {
      const job = begins.shift();
      return job && outgoing(state, job, job.at, []);
    },
    take(settled) {
      const ended = ends.shift();
      if (ended !== undefined) return outgoing(state, ended.job, { ...ended.job.at, ...ended.how }, []);
      const [first] = waiting;
      if (first === undefined || options.touched.overflowed) return undefined;
      const commit = reached.get(first.mark);
      return commit === undefined || commit > settled ? undefined : takeRows(state, first);
    },
    discard() {
      waiting.length = 0;
      reached.clear();
    },
    get chunks() {
      return waiting.length;
    },
    get oldest() {
      return waiting[0]?.chunk.snapshot;
    },
    get isEmpty() {
      return begins.length + ends.length + waiting.length + state.underWay === 0;
    },
  };
}

function outgoing(state: State, job: Job, to: SnapshotPosition, events: readonly ChangeEvent[]): Outgoing {
  const text = formatSnapshotPosition(to);
  state.underWay += 1;
  return {
    batch: { source: state.options.source, partition: partitionOf(job), from: job.text, to: text, events },
    recorded() {
      state.underWay -= 1;
      job.text = text;
      job.at = to;
      state.options.onRecorded();
    },
  };
}

function takeRows(state: State, one: Waiting): Outgoing {
  const { options, waiting, reached } = state;
  const { job, chunk } = one;
  const rows = chunk.rows.slice(one.taken, one.taken + options.mostEvents);
  one.taken += rows.length;
  if (one.taken === chunk.rows.length) {
    waiting.shift();
    reached.delete(one.mark);
  }
  const events = rows.map((row) => rowEvent(options, job, chunk, row)).filter((event) => event !== undefined);
  return outgoing(state, job, positionAfter(one, rows.at(-1), events.length), events);
}

function positionAfter(
  { job: { at }, chunk: { table, isLast, rows }, taken }: Waiting,
  last: ChunkRow | undefined,
  sent: number,
): SnapshotPosition {
  const rowsSoFar = at.rows + sent;
  if (isLast && taken === rows.length) return { rows: rowsSoFar, done: true };
  if (last === undefined) return { ...at, rows: rowsSoFar };
  return { rows: rowsSoFar, after: keyTextOf(table, last), order: table.order };
}
