import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Batch, ChangeEvent } from "@backstitch/core/source";
import { describeSource } from "@backstitch/core/testing";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { postgresSource, setupPostgres, type PostgresSourceOptions } from "@backstitch/sources/postgres";
import { connectTo, freshOptions, openDatabase, positionsAfter, readBatches, readEvents, type Database } from "./support/database.ts";

let server: LocalPostgres;
beforeAll(async () => {
  server = await startPostgres({ settings: { debug_logical_replication_streaming: "immediate" } });
});
afterAll(() => server.stop());

describeSource("postgres that sends every change before its commit", async () => {
  const database = await openDatabase(server.url);
  await database.run("CREATE TABLE item (id int PRIMARY KEY, name text)");
  const options = freshOptions(database, { batch: { events: 10 } });
  await setupPostgres(options, [{ collection: "item", needsBefore: false }]);
  return {
    source: () => postgresSource(options),
    write: (changes) => database.run(`BEGIN; ${changes.map(sqlOf).join("; ")}; COMMIT`),
    async close() {
      await database.run(`SELECT pg_drop_replication_slot('backstitch_${options.name}')`);
      await database.close();
    },
  };
});

function sqlOf(change: { readonly operation: string; readonly id: number; readonly name?: string }): string {
  const name = `'${(change.name ?? "").replaceAll("'", "''")}'`;
  if (change.operation === "insert") return `INSERT INTO item VALUES (${change.id}, ${name})`;
  return change.operation === "update"
    ? `UPDATE item SET name = ${name} WHERE id = ${change.id}`
    : `DELETE FROM item WHERE id = ${change.id}`;
}

const HOPS = (hops: number): string => `SELECT pg_logical_emit_message(true, 'backstitch-hops', '${hops}')`;
const insert = (from: number, to: number): string => `INSERT INTO item SELECT i, 'row ' || i FROM generate_series(${from}, ${to}) i`;

/** One connection each: what of them is committed, in which order, and what is taken back. */
const HISTORY: readonly (readonly [who: "a" | "b" | "c", ...sql: readonly string[]])[] = [
  ["a", "BEGIN", insert(1, 20), "SAVEPOINT one", insert(100, 120), "UPDATE item SET name = 'gone' WHERE id < 10"],
  ["b", "BEGIN", insert(200, 220), HOPS(3), "DELETE FROM item WHERE id = 205"],
  ["c", insert(300, 305)],
  ["a", "ROLLBACK TO one", "UPDATE item SET name = 'kept' WHERE id < 5", "SAVEPOINT two", insert(400, 405), "RELEASE two"],
  ["b", "UPDATE item SET id = id + 1000 WHERE id = 210", "COMMIT"],
  ["c", "BEGIN", insert(500, 520), "ROLLBACK"],
  ["a", "SAVEPOINT three", "ALTER TABLE other ADD COLUMN more int", "INSERT INTO other VALUES (1, 'with', 1)", "ROLLBACK TO three"],
  ["a", "INSERT INTO other VALUES (2, repeat('long ', 5000))", "UPDATE other SET id = 3 WHERE id = 2", "COMMIT"],
  [
    "b",
    "BEGIN",
    "SAVEPOINT four",
    "INSERT INTO other VALUES (4, 'described here')",
    "ROLLBACK TO four",
    "INSERT INTO other VALUES (5, 'but needed here')",
    "COMMIT",
  ],
  [
    "c",
    "BEGIN",
    "ALTER TABLE other ADD COLUMN more int",
    "INSERT INTO other VALUES (6, 'wide', 1)",
    "ALTER TABLE other DROP COLUMN name",
    "INSERT INTO other VALUES (7, 2)",
    "COMMIT",
  ],
  ["a", "INSERT INTO other VALUES (8, 3)", "TRUNCATE item", "BEGIN", "COPY (SELECT 1) TO '/dev/null'", insert(1, 3), "COMMIT"],
];

async function writeHistory(database: Database): Promise<void> {
  const writers = { a: await connectTo(database.url), b: await connectTo(database.url), c: await connectTo(database.url) };
  for (const [who, ...statements] of HISTORY) await writers[who].run(...statements);
  for (const writer of Object.values(writers)) await writer.close();
}

describe("transactions that are sent before they end", () => {
  let database: Database;
  let streamed: PostgresSourceOptions;
  let whole: readonly ChangeEvent[];

  beforeAll(async () => {
    database = await openDatabase(server.url);
    await database.run("CREATE TABLE item (id int PRIMARY KEY, name text)", "CREATE TABLE other (id int PRIMARY KEY, name text)");
    await database.run("ALTER TABLE other REPLICA IDENTITY FULL");
    streamed = freshOptions(database, { batch: { events: 7 } });
    const tables = [
      { collection: "item", needsBefore: false },
      { collection: "other", needsBefore: true },
    ];
    await setupPostgres(streamed, tables);
    const plain = { ...streamed, slot: `${streamed.name}_whole`, publication: `backstitch_${streamed.name}`, streaming: false };
    await database.run(`SELECT pg_create_logical_replication_slot('${plain.slot}', 'pgoutput')`);
    await writeHistory(database);
    await database.run("INSERT INTO item VALUES (9999, 'last')");
    whole = await eventsOf(plain);
  });
  afterAll(() => database.close());

  async function eventsOf(options: PostgresSourceOptions): Promise<readonly ChangeEvent[]> {
    const isLast = ({ events }: Batch): boolean => events.at(-1)?.key?.["id"] === 9999;
    return (await readBatches(postgresSource(options), (batches) => batches.some(isLast))).flatMap(({ events }) => events);
  }

  async function copyOf(slot: string): Promise<PostgresSourceOptions> {
    await database.run(`SELECT pg_copy_logical_replication_slot('backstitch_${streamed.name}', '${slot}')`);
    return { ...streamed, slot, publication: `backstitch_${streamed.name}` };
  }

  test("give the same events as those that are sent whole, with the same ids", async () => {
    const options = await copyOf(`${streamed.name}_copy`);
    const events = await eventsOf(options);
    expect(events).toEqual(whole);
    expect(events.map(({ key }) => key?.["id"])).not.toContain(100);
    expect(events.length).toBe(69);
    const [stats] = await database.rows(
      `SELECT stream_txns > 5 AS streamed FROM pg_stat_replication_slots WHERE slot_name = '${options.slot}'`,
    );
    expect(stats).toEqual({ streamed: true });
  });

  test.each([
    ["as before", true],
    ["whole", false],
  ])(
    "are gone on with after every batch, sent %s, without gap or repeat",
    async (_name, streaming) => {
      const options = await copyOf(`${streamed.name}_resume_${streaming}`);
      const got: ChangeEvent[] = [];
      let positions = new Map<string, string>();
      for (let reading = 0; got.length < whole.length; reading += 1) {
        const source = postgresSource({ ...options, streaming: reading % 2 === 0 || streaming });
        const batches = await readBatches(source, (all) => all.flatMap(({ events }) => events).length > 0, positions);
        got.push(...batches.flatMap(({ events }) => events));
        positions = new Map(positionsAfter(batches));
      }
      expect(got).toEqual(whole);
    },
    120_000,
  );
});

test("what is told in a part of a transaction that is rolled back holds for no row, and in one that is kept for those that follow", async () => {
  const database = await openDatabase(server.url);
  await database.run("CREATE TABLE item (id int PRIMARY KEY, name text)");
  const options = freshOptions(database);
  await setupPostgres(options, [{ collection: "item", needsBefore: false }]);
  await database.run(insert(1, 1));
  await database.run(
    "BEGIN",
    insert(2, 2),
    "SAVEPOINT a",
    HOPS(5),
    insert(3, 3),
    "ROLLBACK TO a",
    insert(4, 4),
    HOPS(2),
    insert(5, 5),
    "COMMIT",
  );
  const batches = await readBatches(postgresSource(options), (all) => all.flatMap(({ events }) => events).length >= 4);
  expect(batches.flatMap(({ events }) => events).map(({ key, hops }) => [key?.["id"], hops])).toEqual([
    [1, undefined],
    [2, undefined],
    [4, undefined],
    [5, 2],
  ]);
  for (const [index, { from }] of batches.entries()) expect(from).toBe(batches[index - 1]?.to);
  await database.close();
});

test("an event comes of no transaction that has not ended, and the position moves on past its changes", async () => {
  const database = await openDatabase(server.url);
  await database.run("CREATE TABLE item (id int PRIMARY KEY, name text)");
  const options = freshOptions(database, { heartbeatMs: 50 });
  await setupPostgres(options, [{ collection: "item", needsBefore: false }]);
  const open = await connectTo(database.url);
  await open.run("BEGIN", insert(1, 50));
  await database.run(insert(100, 101));
  const first = await readBatches(postgresSource(options), (batches) =>
    batches.some(({ events }) => events.length === 0 && batches.length > 1),
  );
  expect(first.flatMap(({ events }) => events).map(({ key }) => key?.["id"])).toEqual([100, 101]);

  await open.run("COMMIT");
  const events = await readEvents(postgresSource(options), 50, positionsAfter(first));
  expect(events.map(({ key }) => key?.["id"])).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  await open.close();
  await database.close();
});
