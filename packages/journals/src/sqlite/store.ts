import type { DatabaseSync, StatementSync } from "node:sqlite";
import { JournalOwned } from "@backstitch/core/journal";
import { checkEpoch, type OwnerRow } from "./owner.ts";
import { claimedLanes, type ClaimedLanes } from "./claimed-lanes.ts";
import { copyLog } from "./copy-log.ts";
import { entryTable, type EntryTable } from "./entry.ts";
import { fullOf } from "./full.ts";
import { createParking, type Parking } from "./pause.ts";
import { createQueues, type Queues } from "./queue.ts";
import { recentEvents, type RecentEvents } from "./recent.ts";
import { KEEP_CLOCK, moveTimes, type Time, watchClock } from "./time.ts";

/** The open file with what every call needs of it. */
export interface Store {
  readonly db: DatabaseSync;
  /** The entries of rules that deliveries belong to. */
  readonly entries: EntryTable;
  /** Lanes whose first delivery is under a claim of this process. */
  readonly lanes: ClaimedLanes;
  /** What is paused, and its deliveries. */
  readonly parking: Parking;
  /** What quotas keep back. */
  readonly queues: Queues;
  /** The last events that matched nothing, as they are stored. */
  readonly recent: RecentEvents;
  now(): number;
  /** The prepared statement of this text, prepared once. */
  sql(text: string): StatementSync;
  /** The same, giving rows as arrays: half the cost where there are many. */
  arrays(text: string): StatementSync;
  /** Adds to a count that `counts` shows, when the transaction commits. */
  count(name: string, by: number): void;
  /** Runs in one write transaction: all of it is durable afterwards, or nothing is stored. @throws JournalFull */
  transaction<Result>(work: () => Result): Result;
  /** The same, for what the owner alone may do. @throws JournalOwned */
  owned<Result>(work: () => Result): Result;
  /** The same for what may be lost where the whole machine stops, and all before it is kept: the next that is synced syncs it too. */
  ownedUnsynced<Result>(work: () => Result): Result;
  /** Stores the last events that matched nothing; {@link owned} does so from time to time. */
  storeRecent(): void;
}

export interface StoreOptions {
  /** Undefined: beside the owner. */
  readonly epoch: number | undefined;
  readonly time: Time;
  /** Most bytes of events that matched nothing, where the last are kept; 0: none are. */
  readonly recentBytes: number;
  /** After each transaction of the owner's. */
  readonly onCommit?: (() => void) | undefined;
}

export function openStore(db: DatabaseSync, { epoch, time, recentBytes, onCommit }: StoreOptions): Store {
  const sql = preparedOnce(db);
  const entries = entryTable(sql);
  const lanes = claimedLanes(sql);
  const parking = createParking(sql, entries);
  const recent = recentEvents({ sql, steady: time.steady, mostBytes: recentBytes });
  const counts = new Map<string, number>();
  const transaction = transactions(db, sql, { counts, entries, caches: [entries, lanes, parking] });
  const owned = owning(db, sql, { epoch, time, counts, transaction, onCommit });
  const storeRecent = (): void => recent.store(owned);
  return {
    db,
    entries,
    lanes,
    parking,
    queues: createQueues(sql),
    recent,
    now: time.clock,
    sql,
    arrays(text) {
      const statement = sql(text);
      statement.setReturnArrays(true);
      return statement;
    },
    transaction,
    count: (name, by) => void counts.set(name, (counts.get(name) ?? 0) + by),
    owned(work) {
      const result = owned(work);
      if (recent.isDue()) storeRecent();
      return result;
    },
    ownedUnsynced(work) {
      db.exec("PRAGMA synchronous = NORMAL");
      try {
        return owned(work);
      } finally {
        db.exec("PRAGMA synchronous = FULL");
      }
    },
    storeRecent,
  };
}

interface Owning extends Pick<StoreOptions, "epoch" | "time" | "onCommit">, Pick<Store, "transaction"> {
  readonly counts: ReadonlyMap<string, number>;
}

/** Transactions of the owner's, by the clock as it is now. */
function owning(
  db: DatabaseSync,
  sql: (text: string) => StatementSync,
  { epoch, time, counts, transaction, onCommit }: Owning,
): Store["owned"] {
  const watch = watchClock(time);
  return (work) => {
    const jump = watch.jump();
    const result = transaction(() => {
      if (epoch === undefined) throw new JournalOwned(BESIDE);
      checkEpoch(sql("SELECT * FROM owner").get() as unknown as OwnerRow, epoch);
      if (jump !== 0) moveTimes(db, jump);
      const done = work();
      if (counts.size > 0) sql(KEEP_CLOCK).run(time.clock());
      return done;
    });
    watch.follow(jump);
    onCommit?.();
    return result;
  };
}

interface Kept {
  readonly counts: Map<string, number>;
  readonly entries: EntryTable;
  /** What is remembered of rows, and may not be so after a transaction that failed. */
  readonly caches: readonly { forget(): void }[];
}

function transactions(db: DatabaseSync, sql: (text: string) => StatementSync, { counts, entries, caches }: Kept): Store["transaction"] {
  return (work) => {
    try {
      sql("BEGIN IMMEDIATE").run();
      const result = work();
      for (const [name, by] of counts) if (by !== 0) sql(COUNT).run(name, by);
      entries.flush();
      sql("COMMIT").run();
      return result;
    } catch (error) {
      if (db.isOpen && db.isTransaction) db.exec("ROLLBACK");
      for (const cache of caches) cache.forget();
      const full = fullOf(error);
      // A log that cannot grow can often be written again from its beginning: then what settles still finds its place.
      if (full !== undefined) copyLog(db);
      throw full ?? error;
    } finally {
      counts.clear();
    }
  };
}

const COUNT = "INSERT INTO tally VALUES (?1, ?2) ON CONFLICT DO UPDATE SET n = n + ?2";
const BESIDE = "This journal was opened beside its owner, which alone may record, claim and settle.";

function preparedOnce(db: DatabaseSync): (text: string) => StatementSync {
  const statements = new Map<string, StatementSync>();
  return (text) => {
    let statement = statements.get(text);
    if (statement === undefined) statements.set(text, (statement = db.prepare(text)));
    return statement;
  };
}

/** Bytes of the file that are in use; pages that were freed are used again. */
export function bytesUsed(store: Store): number {
  const row = store
    .sql("SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count, pragma_freelist_count, pragma_page_size")
    .get() as { bytes: number };
  return row.bytes;
}
