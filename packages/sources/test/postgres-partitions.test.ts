import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { postgresSource, setupPostgres, verifyPostgres, type PostgresSourceOptions } from "@backstitch/sources/postgres";
import { freshOptions, openDatabase, readEvents, type Database } from "./support/database.ts";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";

let server: LocalPostgres;
let database: Database;
let options: PostgresSourceOptions;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

beforeEach(async () => {
  database = await openDatabase(server.url);
  options = freshOptions(database);
});
afterEach(() => database.close());

/** A table in two levels of partitions. */
async function createParted(columns: string): Promise<void> {
  await database.run(
    `CREATE TABLE parted (${columns}) PARTITION BY RANGE (id)`,
    "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10)",
    "CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id)",
    "CREATE TABLE parted_2a PARTITION OF parted_2 FOR VALUES FROM (10) TO (20)",
  );
}

test("partitions of a table without key can still be updated once it is published", async () => {
  await createParted("id int, a int");
  const needs = [{ collection: "parted", needsBefore: false }];
  await setupPostgres(options, needs);
  expect(await verifyPostgres(options, needs)).toEqual([]);
  await database.run("INSERT INTO parted VALUES (1, 1), (11, 1)", "UPDATE parted SET a = 2", "DELETE FROM parted");
  const events = await readEvents(postgresSource(options), 6);
  expect(events.map(({ collection, operation }) => `${operation} ${collection}`)).toEqual(
    ["insert", "insert", "update", "update", "delete", "delete"].map((operation) => `${operation} parted`),
  );
});

test("a rule that reads the row as it was before gets it from every partition", async () => {
  await createParted("id int PRIMARY KEY, a int");
  const needs = [{ collection: "parted", needsBefore: true }];
  const steps = await setupPostgres(options, needs);
  expect(steps[1]).toMatchObject({ done: "created", what: expect.stringContaining("as do its partitions") });
  expect((await setupPostgres(options, needs)).map(({ done }) => done)).toEqual(steps.map(() => "already there"));
  await database.run("INSERT INTO parted VALUES (1, 1), (11, 1)", "UPDATE parted SET a = 2");
  expect((await readEvents(postgresSource(options), 4)).slice(2)).toMatchObject([
    { key: { id: 1 }, before: { id: 1, a: 1 }, changed: ["a"] },
    { key: { id: 11 }, before: { id: 11, a: 1 }, changed: ["a"] },
  ]);
});

test("a partition that came later is found to lack its identity, and gets it", async () => {
  await createParted("id int PRIMARY KEY, a int");
  const needs = [{ collection: "parted", needsBefore: true }];
  await setupPostgres(options, needs);
  await database.run("CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM (20) TO (30)");
  expect(await verifyPostgres(options, needs)).toMatchObject([
    { code: "REPLICA_IDENTITY_MISSING", message: expect.stringContaining('Partition "public"."parted_3" of table "parted" is not') },
  ]);
  await setupPostgres(options, needs);
  expect(await verifyPostgres(options, needs)).toEqual([]);
});

test.each(["FOR TABLE parted", "FOR ALL TABLES"])(
  "a publication made by hand %s tells of partitions as their parent after set-up",
  async (what) => {
    await createParted("id int PRIMARY KEY, a int");
    await database.run(`CREATE PUBLICATION backstitch_${options.name} ${what}`);
    const needs = [{ collection: "parted", needsBefore: false }];
    expect((await verifyPostgres(options, needs)).map(({ code }) => code)).toEqual(["PUBLICATION_OMITS_TABLE", "SLOT_MISSING"]);
    await setupPostgres(options, needs);
    expect(await verifyPostgres(options, needs)).toEqual([]);
    expect((await setupPostgres(options, needs)).map(({ done }) => done)).toEqual(["already there", "already there"]);
    await database.run("INSERT INTO parted VALUES (1, 1)");
    expect(await readEvents(postgresSource(options), 1)).toMatchObject([{ collection: "parted", key: { id: 1 } }]);
  },
);
