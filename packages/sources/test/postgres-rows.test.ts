import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChangeEvent } from "@backstitch/core/source";
import { openDatabase, readEvents, setUp, type Database } from "./support/database.ts";
import { CASES } from "./support/row-cases.ts";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";

let server: LocalPostgres;
let database: Database;

beforeAll(async () => {
  server = await startPostgres({ settings: { max_replication_slots: "60" } });
  database = await openDatabase(server.url);
});
// One each, so that the server is stopped whatever fails.
afterAll(() => server.stop());
afterAll(() => database.close());

describe("a change becomes an event", () => {
  for (const [index, { name, table, needsBefore = false, before = [], sql, events }] of CASES.entries()) {
    test(name, async () => {
      const collection = `case${index}`;
      const named = (one: string): string => one.replaceAll(/\bt\b/g, collection);
      await database.run(`CREATE TABLE ${collection} ${table}`, ...before.map(named));
      const source = await setUp(database, [{ collection, needsBefore }]);
      await database.run(...sql.map(named));
      const got = await readEvents(source, events.length);
      expect(got.map((event, at) => pick(event, events[at]))).toStrictEqual(events);
      for (const event of got) expect(event).toMatchObject({ collection, database: expect.stringMatching(/^test_/), origin: "log" });
    });
  }

  test("a table that is told not to identify its rows can be added to alone, and those have their primary key", async () => {
    await database.run("CREATE TABLE nothing (id int PRIMARY KEY, a int)");
    const source = await setUp(database, [{ collection: "nothing", needsBefore: false }]);
    await database.run("ALTER TABLE nothing REPLICA IDENTITY NOTHING", "INSERT INTO nothing VALUES (1, 2)");
    await expect(database.run("UPDATE nothing SET a = 3")).rejects.toThrow(/does not have a replica identity/);
    expect(await readEvents(source, 1)).toMatchObject([{ operation: "insert", key: { id: 1 }, after: { id: 1, a: 2 } }]);
  });

  test("tables of other schemas carry its name, and those nobody asked for are not sent", async () => {
    await database.run('CREATE SCHEMA "Sales"', 'CREATE TABLE "Sales"."Order" (id int PRIMARY KEY)', "CREATE TABLE unasked (id int)");
    const source = await setUp(database, [{ collection: "Sales.Order", needsBefore: true }]);
    await database.run("INSERT INTO unasked VALUES (1)", 'INSERT INTO "Sales"."Order" VALUES (1)');
    const [event] = await readEvents(source, 1);
    expect(event).toMatchObject({ collection: "Sales.Order", key: { id: 1 } });
  });

  test("a table renamed since is told of by its name of then, with its key, though another has that name now", async () => {
    await database.run("CREATE TABLE renamed (id int PRIMARY KEY, a int)");
    const source = await setUp(database, [{ collection: "renamed", needsBefore: true }]);
    await database.run(
      "INSERT INTO renamed VALUES (1, 2)",
      "ALTER TABLE renamed RENAME TO renamed_old",
      "CREATE TABLE renamed (a int PRIMARY KEY)",
    );
    expect(await readEvents(source, 1)).toMatchObject([{ collection: "renamed", key: { id: 1 }, after: { id: 1, a: 2 } }]);
  });

  test("rows of partitions are told of as their parent's", async () => {
    await database.run(
      "CREATE TABLE parted (id int PRIMARY KEY, a int) PARTITION BY RANGE (id)",
      "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10)",
    );
    const source = await setUp(database, [{ collection: "parted", needsBefore: false }]);
    await database.run("INSERT INTO parted VALUES (1, 2)", "UPDATE parted SET a = 3");
    expect(await readEvents(source, 2)).toMatchObject([
      { collection: "parted", after: { a: 2 } },
      { collection: "parted", key: { id: 1 }, after: { a: 3 } },
    ]);
  });

  test("the time is the commit's, to the microsecond, and ids are system, commit, time, change and number", async () => {
    await database.run("CREATE TABLE timed (id int PRIMARY KEY)");
    const source = await setUp(database, [{ collection: "timed", needsBefore: false }]);
    // Rows of one COPY share log records.
    await database.run("COPY timed FROM PROGRAM 'seq 1 300'");
    const events = await readEvents(source, 300);
    const [row] = await database.rows("SELECT system_identifier::text AS system FROM pg_control_system()");
    for (const { id } of events) expect(id).toMatch(new RegExp(`^${String(row?.["system"])}/[0-9A-F]+/\\d+/[0-9A-F]+/\\d+$`));
    expect(new Set(events.map(({ id }) => id)).size).toBe(300);
    expect(new Set(events.map(({ id }) => id.split("/")[3])).size).toBeLessThan(300);
    expect(Math.abs(Date.parse(events[0]?.committedAt ?? "") - Date.now())).toBeLessThan(60_000);
  });
});

function pick(event: ChangeEvent, like: Partial<ChangeEvent> = {}): Partial<ChangeEvent> {
  return Object.fromEntries(Object.keys(like).map((name) => [name, event[name as keyof ChangeEvent]]));
}
