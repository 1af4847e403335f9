import { randomInt } from "node:crypto";
import { hostname } from "node:os";
import type { Journal, KeptEvents } from "@backstitch/core/journal";
import type { Client } from "pg";
import { recentBytes } from "../shared/limits.ts";
import { admit } from "./admit.ts";
import { alike } from "./alike.ts";
import { claim } from "./claim.ts";
import { checkConnectionString, connectSession, endSession, type Place } from "./connect.ts";
import { type Database, fullOf, openDatabase } from "./database.ts";
import { decide } from "./decide.ts";
import { voidClaims } from "./ending.ts";
import { entryTable } from "./entry.ts";
import { readEvent } from "./event.ts";
import { rememberLeases } from "./leases.ts";
import { checkMigrated, migrate } from "./migrate.ts";
import { learn } from "./news.ts";
import { paused, setPaused } from "./pause.ts";
import { createQueues } from "./queue.ts";
import { purge } from "./purge.ts";
import { counts, deliveries, delivery, movedOn, now, positions } from "./read.ts";
import { readAlone, type ReadAloneOptions } from "./read-alone.ts";
import { FORGET_RECENT, recentEvents } from "./recent.ts";
import { record } from "./record.ts";
import { redrive } from "./redrive.ts";
import { watchRoom } from "./room.ts";
import { seatOf } from "./seat.ts";
import { settle, start, timed } from "./settle.ts";
import { owned, type Store } from "./store.ts";
import { suppressed, suppressions } from "./suppression.ts";
import { rememberUnsure } from "./unsure.ts";
import { verify } from "./verify.ts";
import { beginEpoch, keepName, lockName, type Worker } from "./worker.ts";

export type { ReadAloneOptions };

export interface PostgresJournalOptions {
  /** `postgres://user:password@host:port/database`. The user owns the journal's schema, or may create it. */
  readonly connectionString: string;
  /** Where its tables are. @default "backstitch" */
  readonly schema?: string | undefined;
  /** `work`: this process records, claims and settles, one of as many as there are. `beside`: it reads and redrives, and never records or claims. */
  readonly as: "work" | "beside";
  /** What this worker is called among all that share the journal. One that comes back under its name voids at once what it had claimed before. @default the machine's name */
  readonly worker?: string | undefined;
  /** `record` takes nothing more once so many bytes of arguments and events are held. @default Infinity */
  readonly maxBytes?: number | undefined;
  /** @default "matched" */
  readonly events?: KeptEvents | undefined;
  /** For tests: stands for the server's clock, by which leases and retries go. Epoch milliseconds. @default the server's */
  readonly clock?: (() => number) | undefined;
}

export interface PostgresJournal extends Journal {
  /** Reads a source while no other process does that has this journal open; see {@link ReadAloneOptions}. */
  readAlone(source: string, read: (signal: AbortSignal) => Promise<void>, options: ReadAloneOptions): Promise<void>;
}

/**
 * A journal in PostgreSQL, for any number of workers on any number of machines. Each has a name and an epoch of its own: claims of a worker that is gone
 * lapse with their lease, or are void at once when it comes back. Makes its tables where they are not there.
 * @throws JournalOwned when a running process has the worker's name.
 * @throws JournalFull when a worker's server cannot be reached, or has no room: it can be opened later.
 * @throws Error when a newer Backstitch wrote it, the server refuses us, cannot be reached to look beside the workers, or there is nothing yet to open beside the workers.
 */
export async function openPostgresJournal(options: PostgresJournalOptions): Promise<PostgresJournal> {
  const place: Place = { connectionString: options.connectionString, schema: options.schema ?? "backstitch" };
  checkConnectionString(place);
  if (options.as === "beside") return openBeside(place, options);
  try {
    return await openToWork(place, options);
  } catch (error) {
    throw fullOf(error) ?? error;
  }
}

async function openBeside(place: Place, options: PostgresJournalOptions): Promise<PostgresJournal> {
  const db = openDatabase(place);
  await checkMigrated(db, place).catch(async (error: unknown) => {
    await db.close();
    throw error;
  });
  return journalOf(storeOf(place, db, options, undefined), () => db.close());
}

async function openToWork(place: Place, options: PostgresJournalOptions): Promise<PostgresJournal> {
  const session = await connectSession(place);
  const db = openDatabase(place);
  try {
    await migrate(session, place);
    return await openForWorker(session, { db, place }, options);
  } catch (error) {
    await db.close();
    await endSession(session);
    throw error;
  }
}

/** @param session Holds the lock of the worker's name from now on. */
async function openForWorker(
  session: Client,
  where: { db: Database; place: Place },
  options: PostgresJournalOptions,
): Promise<PostgresJournal> {
  const { db, place } = where;
  const { worker: name = hostname(), events = "matched", clock } = options;
  const lock = await lockName(session, where, name);
  const number = await takeOver(db, name, { clock, events }).catch(async (error: unknown) => {
    await lock.release();
    throw error;
  });
  const kept = keepName(place, name, lock);
  const store = storeOf(place, db, options, number);
  return journalOf(store, async () => {
    await store.recent.store((statements) => owned(store, statements)).catch(() => undefined);
    await kept.release();
    await db.close();
  });
}

/** Takes the name, and voids what it had claimed before. */
async function takeOver(db: Database, name: string, { clock, events }: Pick<Store, "clock" | "events">): Promise<Worker> {
  return db.interactive(async (query) => {
    const [row] = await query(beginEpoch(name));
    const { number, epoch } = row as unknown as Worker;
    await query(voidClaims(clock?.() ?? null, number));
    if (events !== "matched") await query(FORGET_RECENT);
    return { name, number, epoch };
  });
}

function storeOf(place: Place, db: Database, options: PostgresJournalOptions, worker: Worker | undefined): Store {
  const { maxBytes = Infinity, events = "matched", clock } = options;
  const mostBytes = worker !== undefined && events === "matched" ? recentBytes(maxBytes) : 0;
  return {
    db,
    place,
    worker,
    clock,
    events,
    entries: entryTable(db),
    unsure: rememberUnsure(db, () => randomInt(2 ** 47)),
    leases: rememberLeases(db, clock ?? (() => performance.now())),
    queues: createQueues(db, { clockOf: () => clock?.() ?? null, now: clock ?? Date.now }),
    room: watchRoom(db, maxBytes),
    recent: recentEvents({ steady: clock ?? (() => performance.now()), mostBytes }),
  };
}

/** Every call may be made again: it is, while the connection breaks and comes back. */
function journalOf(store: Store, close: () => Promise<void>): PostgresJournal {
  const { persist } = store.db;
  let closing: Promise<void> | undefined;
  return {
    positions: (source) => persist(() => positions(store, source)),
    record: (batch, matched, ruleSetHash, request) => persist(() => record(store, { batch, matched, ruleSetHash, claim: request })),
    claim: (request) => persist(() => claim(store, request)),
    start: (claims) => persist(() => start(store, claims)),
    alike: (text) => persist(() => alike(store, text)),
    admit: (requests) => persist(() => admit(store, requests)),
    settle(settlements) {
      const asked = timed(store, settlements);
      return persist(() => settle(store, asked));
    },
    learn: (news) => persist(() => learn(store, news)),
    suppressed: (asked) => persist(() => suppressed(store, asked)),
    suppressions: (filter) => persist(() => suppressions(store, filter)),
    event: (id) => persist(() => readEvent(store, id)),
    deliveries: (filter) => persist(() => deliveries(store, filter)),
    delivery: (id) => persist(() => delivery(store, id)),
    counts: () => persist(() => counts(store)),
    now: () => persist(() => now(store)),
    redrive: (requests, note) => redrive(store, requests, note),
    decide: (decision, ids, note) => decide(store, decision, ids, note),
    seat: () => persist(() => seatOf(store)),
    paused: () => persist(() => paused(store)),
    setPaused: (what, note) => persist(() => setPaused(store, what, note)),
    verify: () => persist(() => verify(store)),
    movedOn: (ids) => persist(() => movedOn(store, ids)),
    purge: () => persist(() => purge(store)),
    close: () => (closing ??= close()),
    readAlone: (source, read, options) => readAlone(store.place, source, read, options),
  };
}
