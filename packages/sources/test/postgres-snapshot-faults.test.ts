import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Batch, ChangeEvent } from "@backstitch/core/source";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { backfillPostgres, postgresSource, setupPostgres, verifyPostgres, type PostgresSourceOptions } from "@backstitch/sources/postgres";
import { connectTo, freshOptions, openDatabase, until, type Database } from "./support/database.ts";
import { newRecords, readOver, replay, snapshotIsDone, type Records } from "./support/replay.ts";

let server: LocalPostgres;
let database: Database;
let options: PostgresSourceOptions;
let records: Records;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

beforeEach(async () => {
  database = await openDatabase(server.url);
  await database.run("CREATE TABLE item (id int PRIMARY KEY, n int)", "INSERT INTO item SELECT i, 0 FROM generate_series(1, 100) i");
  options = freshOptions(database, { batch: { events: 2 } });
  records = newRecords();
});
afterEach(async () => {
  await database.rows("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()");
  await database.close();
});

/** The log tells the key's columns by itself: nothing has to be looked up before a change can be read. */
const ITEM = [{ collection: "item", needsBefore: false }];
const ITEM_BEFORE = [{ collection: "item", needsBefore: true }];
const events = (): readonly ChangeEvent[] => records.batches.flatMap(({ events: some }) => some);
const ids = (origin: ChangeEvent["origin"]): readonly unknown[] =>
  events()
    .filter((event) => event.origin === origin)
    .map(({ key }) => key?.["id"]);
const hasEnded = (collection: string): boolean =>
  /"done":true|"failed":/.test(records.positions.get(`snapshot/initial/${collection}`) ?? "");
const reasonOf = (collection: string): unknown =>
  (JSON.parse(records.positions.get(`snapshot/initial/${collection}`) ?? "{}") as Record<string, unknown>)["failed"];
const all = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Reads until these have ended; does something once when so many rows of the snapshot were recorded. */
async function readWith(
  source: PostgresSourceOptions,
  collections: readonly string[],
  meanwhile: { readonly after: number; readonly act: () => Promise<unknown> },
): Promise<void> {
  let acted = false;
  await readOver(postgresSource(source), records, {
    enough: () => collections.every(hasEnded),
    meanwhile: async () => {
      if (acted || ids("snapshot").length < meanwhile.after) return;
      acted = true;
      await meanwhile.act();
    },
  });
}

describe("a table that cannot be read ends with its reason, and the others and the log go on", () => {
  test.each([
    ["CREATE TABLE bad (id int)", "bad", /"bad" has no primary key.*ADD PRIMARY KEY/],
    ["SELECT 1", "itme", /no table "itme"/],
    ["CREATE TABLE bad (id int PRIMARY KEY)", "bad", /does not have table "bad".*backstitch setup/],
    [
      "CREATE TABLE bad (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF bad DEFAULT",
      "part",
      /as those of table "bad"/,
    ],
    ["CREATE TABLE bad (id int PRIMARY KEY); REVOKE ALL ON bad FROM reader", "bad", /permission denied for table bad.*GRANT SELECT/],
    ["CREATE TABLE bad (id int PRIMARY KEY); ALTER TABLE bad ENABLE ROW LEVEL SECURITY", "bad", /row-level security.*BYPASSRLS/],
  ])("%s", async (sql, name, reason) => {
    const user = `reader_${options.name}`;
    await database.run(`CREATE ROLE ${user} LOGIN REPLICATION PASSWORD 'x'`, `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${user}`);
    await database.run(`ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${user}`, sql.replace("reader", user));
    const tables = /bad/.test(sql) && !reason.source.includes("does not have") ? ["item", "bad"] : ["item"];
    await setupPostgres(
      options,
      tables.map((collection) => ({ collection, needsBefore: false })),
    );
    const connectionString = database.url.replace(/\/\/.*@/, `//${user}:x@`);
    const asked = { ...options, connectionString, snapshot: [name, "item"] };
    await readWith(asked, [name, "item"], { after: 1, act: () => database.run("INSERT INTO item VALUES (-1, 0)") });
    await readOver(postgresSource(asked), records, { enough: () => ids("log").length === 1 });
    expect(reasonOf(name)).toMatch(reason);
    expect(ids("snapshot")).toEqual(all(1, 100));
    expect((await verifyPostgres(asked, [])).map(({ severity }) => severity)).toContain("error");
    await expect(backfillPostgres(asked, [name])).rejects.toThrow(/[.?]$/);
    await database.run(`DROP OWNED BY ${user}`, `DROP ROLE ${user}`);
  });

  test("and is tried again when the source starts, since a person may have mended it", async () => {
    await database.run("CREATE TABLE bad (id int)", "INSERT INTO bad VALUES (7)");
    const asked = { ...options, snapshot: ["bad"] };
    await setupPostgres(asked, ITEM);
    await readOver(postgresSource(asked), records, { enough: () => hasEnded("bad") });
    await database.run("ALTER TABLE bad ADD PRIMARY KEY (id)");
    await readOver(postgresSource(asked), records, { enough: () => snapshotIsDone(records, "snapshot/initial/bad") });
    expect(ids("snapshot")).toEqual([7]);
    expect(await verifyPostgres(asked, ITEM)).toEqual([]);
  });
});

describe("what happens to a table while it is read", () => {
  const during = async (after: number, sql: readonly string[], needs = ITEM): Promise<void> => {
    const asked = { ...options, snapshot: ["item"] };
    await setupPostgres(asked, needs);
    await database.run("UPDATE item SET n = n WHERE id = 1");
    const act = async (): Promise<void> => {
      await until(async () => (await reads()) === "idle");
      await database.run(...sql);
      await until(logIsSent);
    };
    await readWith(asked, ["item"], { after, act });
  };

  /** What the connection does that reads tables: it is idle once it has read as far ahead as it may. */
  async function reads(): Promise<unknown> {
    const [found] = await database.rows("SELECT state FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY %'");
    return found?.["state"];
  }

  async function logIsSent(): Promise<boolean> {
    const sql = "SELECT sent_lsn >= pg_current_wal_lsn() AS sent FROM pg_stat_replication WHERE application_name = 'backstitch ";
    const [found] = await database.rows(`${sql}${options.name}'`);
    return found?.["sent"] !== false;
  }

  test("it is dropped: it ends", async () => {
    await during(10, ["DROP TABLE item"]);
    expect(reasonOf("item")).toMatch(/no table "item" in the database any more/);
  });

  test("its columns are renamed and added, the key among them: it goes on, by the new names", async () => {
    await during(10, ["ALTER TABLE item RENAME id TO number", "ALTER TABLE item ADD COLUMN late int DEFAULT 7"]);
    expect(ids("snapshot").length).toBe(100);
    expect(events().at(-1)).toMatchObject({
      key: { number: 100 },
      after: { number: 100, n: 0, late: 7 },
      changed: ["number", "n", "late"],
    });
  });

  test("its key is put into another order: it is read anew, with the same ids", async () => {
    await during(50, ["ALTER TABLE item ALTER COLUMN id TYPE bigint"]);
    const snapshot = events().filter(({ origin }) => origin === "snapshot");
    expect(new Set(snapshot.map(({ key }) => key?.["id"]))).toEqual(new Set(all(1, 100)));
    expect(snapshot.length).toBeGreaterThan(100);
    expect(new Set(snapshot.map(({ id }) => id)).size).toBe(100);
  });

  test("it is emptied at once: no row comes after that", async () => {
    await during(50, ["TRUNCATE item", "INSERT INTO item VALUES (99, 5)"]);
    const last = events().findIndex(({ origin, key }) => origin === "log" && key?.["id"] === 99);
    expect(last).toBeGreaterThan(0);
    expect(
      events()
        .slice(last)
        .filter(({ origin, key }) => origin === "snapshot" && key?.["id"] !== 99),
    ).toEqual([]);
    expect(ids("snapshot").length).toBeLessThan(100);
  });

  test("the connection to it is cut: it goes on from there", async () => {
    await during(50, [
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
    ]);
    expect(ids("snapshot")).toEqual(all(1, 100));
  });

  test("more of it is changed at once than is remembered: it is read again from where it was", async () => {
    await database.run("INSERT INTO item SELECT i, 0 FROM generate_series(101, 25000) i");
    // All that was changed is read while one batch is recorded, and the whole table was read before.
    options = { ...options, batch: { events: 200_000, bytes: 50_000_000 } };
    await during(100, ["UPDATE item SET n = n + 1"], ITEM_BEFORE);
    await readOver(postgresSource(options), records, { enough: () => ids("log").length === 25_001 });
    const rows = replay(events());
    expect([rows.size, [...rows.values()].filter(({ n }) => n !== 1).length]).toEqual([25_000, 0]);
  });
});

describe("a table is asked for while the source is read", () => {
  test("through the log: it is begun before the position of the log passes the request, and once, whenever it crashes", async () => {
    // Each batch is read three times.
    await database.run("DELETE FROM item WHERE id > 20");
    await setupPostgres(options, ITEM);
    await readOver(postgresSource(options), records, { enough: () => true });
    const partition = "snapshot/now/item";
    const request = JSON.stringify({ slot: `backstitch_${options.name}`, id: "now", collections: ["item"] });
    // All at once, so that the log is read beyond the request before anything is recorded.
    await database.run(
      `BEGIN; SELECT pg_logical_emit_message(true, 'backstitch-backfill', '${request}'); INSERT INTO item VALUES (101, 0); COMMIT`,
    );
    let crash = 0;
    await readOver(postgresSource(options), records, {
      enough: () => snapshotIsDone(records, partition) && ids("log").length > 0,
      // At every place once: before a batch is recorded, and after.
      crashes: () => (["before", "after", "no"] as const)[crash++ % 3] ?? "no",
    });
    const began = records.batches.findIndex((batch: Batch) => batch.partition === partition);
    expect(records.batches[began]).toMatchObject({ from: undefined, events: [] });
    expect(records.batches.findIndex((batch) => batch.partition === "wal")).toBeGreaterThan(began);
    expect(new Set(ids("snapshot"))).toEqual(new Set([...all(1, 20), ...ids("snapshot").filter((one) => one === 101)]));
    expect(new Set(events().map((event) => event.id)).size).toBe(events().length);
  });

  test("twice: the rows have other ids; and what is asked of another reader, or is no request, is nothing to it", async () => {
    await setupPostgres(options, ITEM);
    const other = { ...options, slot: `${options.name}_other` };
    await setupPostgres(other, ITEM);
    await backfillPostgres(other, ["item"]);
    for (const text of ["", "{", "null", `{"slot":"backstitch_${options.name}","id":"a/b","collections":["item"]}`])
      await database.run(`SELECT pg_logical_emit_message(true, 'backstitch-backfill', '${text}')`);
    const asked = [await backfillPostgres(options, ["item"]), await backfillPostgres(options, ["item"])];
    await readOver(postgresSource(options), records, { enough: () => asked.every((id) => snapshotIsDone(records, `snapshot/${id}/item`)) });
    expect([...records.positions.keys()].filter((one) => one !== "wal")).toEqual(asked.map((id) => `snapshot/${id}/item`));
    expect(new Set(events().map(({ id }) => id)).size).toBe(200);
  });

  test("while somebody's transaction is open: it waits for that one to end, and the log goes on", async () => {
    await setupPostgres(options, ITEM_BEFORE);
    const writer = await connectTo(database.url);
    await writer.run("BEGIN", "UPDATE item SET n = 1 WHERE id = 1");
    const asked = await backfillPostgres(options, ["item"]);
    const reading = readOver(postgresSource(options), records, { enough: () => snapshotIsDone(records, `snapshot/${asked}/item`) });
    await until(() => records.positions.has(`snapshot/${asked}/item`));
    for (let id = 101; id <= 120; id += 1) {
      await database.run(`INSERT INTO item VALUES (${id}, 0)`);
      await until(() => ids("log").includes(id));
    }
    expect(ids("snapshot")).toEqual([]);
    await writer.run("COMMIT");
    await reading;
    expect(replay(events()).get('{"id":1e0}')).toEqual({ id: 1, n: 1 });
    await writer.close();
  });
});
