import { setTimeout as wait } from "node:timers/promises";
import { DatabaseError } from "pg";
import { SourceMisconfigured } from "@backstitch/core/source";
import type { Bell } from "../bell.ts";
import { connect, type Connection } from "../connect.ts";
import type { Settings } from "../options.ts";
import { cutOnAbort } from "../wire.ts";
import { keyTextOf, readChunk } from "./chunk.ts";
import type { Job } from "./jobs.ts";
import type { Outbox } from "./outbox.ts";
import { isEnded, type SnapshotName, type SnapshotPosition } from "./position.ts";
import { partitionsInPlaceOf, SnapshotRefused } from "./table.ts";
import type { Touched } from "./touched.ts";
import { awaitWriters } from "./writers.ts";

export interface ReaderOptions {
  readonly settings: Settings;
  readonly outbox: Outbox;
  readonly touched: Touched;
  /** Rings when something was recorded, or has overflowed. */
  readonly progress: Bell;
  /** There is something to record. */
  readonly onReady: () => void;
  /** A text that no other mark has. */
  readonly nextMark: () => string;
  /** Has others read in this one's place. */
  readonly begin: (names: readonly SnapshotName[]) => void;
  readonly tellsMessages: boolean;
  readonly signal: AbortSignal;
}

/** A connection of its own, on which a chunk's text comes as the log's does and nothing is left out unnoticed. */
const SESSION = `SELECT set_config(name, value, false) FROM (VALUES ('row_security', 'off'), ('default_transaction_read_only', 'off'),
  ('synchronous_commit', 'local'), ('lock_timeout', '0')) AS wanted (name, value)`;

/** How many chunks are read ahead. */
const AHEAD = 2;
/** A chunk is about so many batches. */
const BATCHES = 10;
/** While nothing is known of their size. */
const FIRST_ROWS = 100;
const MOST_TRIES = 5;
const LONGEST_PAUSE_MS = 15_000;

/** Reads one table to its end, or records why that cannot be. Resolves early, and says nothing, once the signal aborts. */
export async function readTable(job: Job, options: ReaderOptions): Promise<void> {
  const { outbox, signal } = options;
  for (let tries = 0; !signal.aborted && !isEnded(job.at);) {
    const before = job.text;
    try {
      await readOnce(job, options);
    } catch (error) {
      if (signal.aborted) return;
      await letGo(options);
      tries = job.text === before ? tries + 1 : 1;
      const reason = whyNot(options.settings, error, job, tries);
      if (reason === undefined) await wait(Math.min(LONGEST_PAUSE_MS, 250 * 2 ** tries), undefined, { signal }).catch(() => undefined);
      else {
        outbox.end(job, { failed: reason });
        options.onReady();
        await until(() => outbox.isEmpty, options);
      }
    }
  }
}

async function readOnce(job: Job, options: ReaderOptions): Promise<void> {
  const { settings, outbox, touched, signal } = options;
  const connection = await connect(settings, { signal });
  try {
    await cutOnAbort(connection.client, signal, async () => {
      await connection.query(SESSION);
      await requireMarks(connection, job, options);
      if (await standIn(connection, job, options)) return;
      while (!signal.aborted && !isEnded(job.at)) await readOn(connection, job, options);
    });
  } finally {
    // In this order: what waits must not be recorded without what is known of the log.
    outbox.discard();
    touched.end();
    await connection.close();
  }
}

/**
 * Reads chunks from where the journal is until the table's end, or until so much was changed meanwhile that reading has to start again from there.
 *
 * A row may be recorded where (a) the log was recorded up to everything that reading it saw, and (b) nothing that the chunk's snapshot does not see, and that
 * has come from the log so far, changed the row: then it is what the table held at that place of the log, and every later change comes after it.
 * The snapshot is taken before the rows are read, and need not be the one that they are read by: a change in between is one that it does not see.
 * (a): a transaction is seen only after its commit record was written; the mark is written after the rows were read, so that all they show is before the mark.
 * (b): changes are kept from `begin` on, by transaction number, and a snapshot tells which numbers it sees. What came from the log before `begin` was committed
 * by then, and whoever still hid it from snapshots has ended once `awaitWriters` resolves: every later snapshot sees it.
 * A change that no snapshot sees is in the log after the slot's beginning, and is read from there: nothing is left out.
 */
async function readOn(connection: Connection, job: Job, options: ReaderOptions): Promise<void> {
  const { outbox, touched, onReady, nextMark, signal } = options;
  touched.begin(job.collection);
  await awaitWriters(connection, signal);
  let from = placeOf(job.at);
  let rowBytes = 0;
  for (let isLast = false; ;) {
    await until(() => touched.overflowed || (isLast ? outbox.isEmpty : outbox.chunks < AHEAD), options);
    if (touched.overflowed) return letGo(options);
    if (isLast || signal.aborted) return;
    const mark = nextMark();
    const chunk = await readChunk(connection, options.settings, {
      ...from,
      collection: job.collection,
      most: mostOf(options.settings, rowBytes),
      mark,
    });
    outbox.put(job, chunk, mark);
    touched.forget(outbox.oldest ?? chunk.snapshot);
    onReady();
    isLast = chunk.isLast;
    const last = chunk.rows.at(-1);
    if (last !== undefined) from = { after: keyTextOf(chunk.table, last), order: chunk.table.order };
    rowBytes = chunk.bytes / Math.max(1, chunk.rows.length);
  }
}

function placeOf({ after, order }: SnapshotPosition): Pick<SnapshotPosition, "after" | "order"> {
  return after === undefined || order === undefined ? {} : { after, order };
}

/** As many rows as will probably do, so that few are passed over. */
function mostOf({ batch }: Settings, rowBytes: number): { readonly rows: number; readonly bytes: number } {
  const fit = rowBytes === 0 ? FIRST_ROWS : Math.max(1, Math.floor(batch.bytes / rowBytes));
  return { rows: Math.min(batch.events * BATCHES, fit), bytes: batch.bytes };
}

/** @throws SnapshotRefused where nothing can be written into the log, or comes from it. */
async function requireMarks(connection: Connection, { collection }: Job, { tellsMessages }: ReaderOptions): Promise<void> {
  const table = `Table "${collection}" cannot be read`;
  if (!tellsMessages) throw new SnapshotRefused(`${table}: the server must be PostgreSQL 14 or later for that. Upgrade it.`);
  const [row] = await connection.query("SELECT pg_is_in_recovery() AS standby");
  if (row?.["standby"] === "t")
    throw new SnapshotRefused(`${table} from a standby, into whose log nothing can be written. Read from the primary.`);
}

/** A partitioned table whose partitions are sent under their own names: they are read in its place. */
async function standIn(connection: Connection, job: Job, options: ReaderOptions): Promise<boolean> {
  const { settings, outbox, begin, onReady } = options;
  const partitions = await partitionsInPlaceOf(connection, settings, job.collection);
  if (partitions.length === 0) return false;
  begin(partitions.map((collection) => ({ id: job.id, collection })));
  await until(() => outbox.isEmpty, options);
  // After they are: a crash before this finds them again.
  outbox.end(job, { done: true });
  onReady();
  await until(() => outbox.isEmpty, options);
  return true;
}

async function letGo({ outbox, ...options }: ReaderOptions): Promise<void> {
  outbox.discard();
  await until(() => outbox.isEmpty, options);
}

/** Also once the signal aborts. */
async function until(isSo: () => boolean, { progress, signal }: Pick<ReaderOptions, "progress" | "signal">): Promise<void> {
  while (!isSo() && !signal.aborted) await progress.wait();
}

/** `undefined`: it may pass. Holds no values of rows, which the server's own words may. */
function whyNot({ name }: Settings, error: unknown, { collection }: Job, tries: number): string | undefined {
  if (error instanceof SnapshotRefused || error instanceof SourceMisconfigured) return error.message;
  if (!(error instanceof DatabaseError)) return undefined;
  const { code = "no code" } = error;
  const said = `The server of source "${name}" says of table "${collection}": `;
  if (code === "42501")
    return `${said}${error.message} (${code}). Let the user in the connection string read it: GRANT SELECT ON …, and BYPASSRLS where it has row-level security.`;
  return tries < MOST_TRIES
    ? undefined
    : `${said}SQLSTATE ${code}, ${tries} times. Its log has the words. Mend it and ask for the backfill again.`;
}
