import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { ChangeEvent } from "@backstitch/core/source";
import { canonicalText } from "@backstitch/core/values";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { postgresSource, setupPostgres, type PostgresSourceOptions } from "@backstitch/sources/postgres";
import { connectTo, freshOptions, openDatabase, until, type Database } from "./support/database.ts";
import { newRecords, readOver, replay, snapshotIsDone } from "./support/replay.ts";
import { replayBeside } from "./support/replay-beside.ts";
import { largeTransaction } from "./support/writers.ts";

let server: LocalPostgres;
let database: Database;

beforeAll(async () => {
  // The least that there is: what a transaction changes beyond it is sent before its commit.
  server = await startPostgres({ settings: { logical_decoding_work_mem: "64kB" } });
});
afterAll(() => server.stop());

beforeEach(async () => {
  database = await openDatabase(server.url);
});
afterEach(() => database.close());

const ROWS = 800;

test.each([1, 2, 3, 4])(
  "beside transactions that are sent before they end, some of them or parts of them rolled back, each row is recorded as it was at its place (seed %i)",
  async (seed) => {
    await replayBeside(database, { rows: ROWS, seed, transaction: (random) => largeTransaction(ROWS, random), batches: 15, most: 8 });
    const streamed = "SELECT sum(stream_txns) > 0 AS streamed FROM pg_stat_replication_slots JOIN pg_replication_slots USING (slot_name)";
    const [stats] = await database.rows(`${streamed} WHERE database = current_database()`);
    expect(stats).toEqual({ streamed: true });
  },
);

const LARGE = "UPDATE item SET n = n + 1";
const all = Array.from({ length: ROWS }, (_, index) => index + 1);

type Step = (writer: Database, sent: () => Promise<void>) => Promise<void>;

/** Reads a table, and takes one step each time that a hundred more rows of it were recorded: what came of it in all. */
async function readWith(...steps: readonly Step[]): Promise<readonly ChangeEvent[]> {
  await database.run("CREATE TABLE item (id int PRIMARY KEY, n int)", `INSERT INTO item SELECT i, 0 FROM generate_series(1, ${ROWS}) i`);
  const options: PostgresSourceOptions = freshOptions(database, { snapshot: ["item"], batch: { events: 2 } });
  await setupPostgres(options, [{ collection: "item", needsBefore: true }]);
  const records = newRecords();
  const events = (): readonly ChangeEvent[] => records.batches.flatMap(({ events: some }) => some);
  const writer = await connectTo(database.url);
  async function sent(): Promise<void> {
    const [end] = await database.rows("SELECT pg_current_wal_insert_lsn() AS lsn");
    // A commit has the server write all of its log down to here. Else what comes of a rollback may lie there for 15 seconds.
    await database.run("SELECT pg_current_xact_id()");
    const sql = `SELECT sent_lsn >= '${String(end?.["lsn"])}' AS sent FROM pg_stat_replication WHERE application_name = 'backstitch ${options.name}'`;
    await until(async () => (await database.rows(sql))[0]?.["sent"] === true);
  }
  let taken = 0;
  await readOver(postgresSource(options), records, {
    enough: () => snapshotIsDone(records, "snapshot/initial/item"),
    async meanwhile() {
      if (idsOf(events(), "snapshot").length >= 100 * (taken + 1)) await steps[taken++]?.(writer, sent);
    },
  });
  await database.run("INSERT INTO item VALUES (-1, 0)");
  await readOver(postgresSource(options), records, { enough: () => events().some(({ key }) => key?.["id"] === -1) });
  await writer.close();
  return events();
}

const idsOf = (events: readonly ChangeEvent[], origin: ChangeEvent["origin"]): readonly unknown[] =>
  events.filter((event) => event.origin === origin).map(({ key }) => key?.["id"]);

test("what was sent of a transaction that is rolled back takes no row out of the snapshot", async () => {
  const events = await readWith(async (writer, sent) => {
    await writer.run("BEGIN", LARGE);
    await sent();
    await writer.run("ROLLBACK");
  });
  expect(idsOf(events, "snapshot")).toEqual(all);
  expect(idsOf(events, "log")).toEqual([-1]);
});

test("of a transaction that is committed it takes out what was kept, in parts too, and not what was rolled back in it", async () => {
  const [kept, back] = [
    "SAVEPOINT part; UPDATE item SET n = n + 1 WHERE id % 3 = 1; RELEASE part",
    `SAVEPOINT part; ${LARGE} WHERE id % 3 = 2`,
  ];
  const events = await readWith(
    async (writer, sent) => {
      await writer.run("BEGIN", `${LARGE} WHERE id % 3 = 0`, kept, back);
      await sent();
      await writer.run("ROLLBACK TO part", `${LARGE} WHERE id % 3 = 0`);
    },
    // By now what was read of the table was read while the transaction was under way.
    async (writer, sent) => {
      await writer.run("COMMIT");
      await sent();
    },
  );
  const rows = replay(events);
  expect(all.map((id) => rows.get(canonicalText({ id }))?.["n"])).toEqual(all.map((id) => [2, 1, 0][id % 3]));
  expect(idsOf(events, "snapshot").filter((id) => Number(id) % 3 === 2)).toEqual(all.filter((id) => id % 3 === 2));
});

test.each(["ROLLBACK", "COMMIT"])(
  "an emptying that was sent takes the rows out of the snapshot where it is committed alone: %s",
  async (end) => {
    const events = await readWith(async (writer, sent) => {
      await writer.run("BEGIN", LARGE, "TRUNCATE item", "INSERT INTO item SELECT i, 7 FROM generate_series(1, 500) i");
      await sent();
      await writer.run(end);
      await sent();
    });
    if (end === "ROLLBACK") expect(idsOf(events, "snapshot")).toEqual(all);
    const inserted = events.findIndex(({ origin, operation }) => origin === "log" && operation === "insert");
    const stale = events.slice(inserted).filter(({ origin, after }) => origin === "snapshot" && after?.["n"] !== 7);
    expect([inserted < events.length - 1, stale]).toEqual([end === "COMMIT", []]);
  },
);
