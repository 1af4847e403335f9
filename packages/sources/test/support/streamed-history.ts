import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Batch, ChangeEvent } from "@backstitch/core/source";
import { postgresSource, setupPostgres, type PostgresSourceOptions } from "@backstitch/sources/postgres";
import { connectTo, freshOptions, openDatabase, positionsAfter, readBatches, type Database } from "./database.ts";

export const HOPS = (hops: number): string => `SELECT pg_logical_emit_message(true, 'backstitch-hops', '${hops}')`;
/** Rows that are not made smaller: some twenty are more than a server keeps in memory before it sends a transaction. */
export const insert = (from: number, to: number): string =>
  `INSERT INTO item SELECT i, rpad('row ' || i, 3500, '.') FROM generate_series(${from}, ${to}) i`;

const TABLES = [
  "CREATE TABLE item (id int PRIMARY KEY, name text)",
  // Else it would be made smaller.
  "ALTER TABLE item ALTER name SET STORAGE PLAIN",
  "CREATE TABLE other (id int PRIMARY KEY, name text)",
  "ALTER TABLE other REPLICA IDENTITY FULL",
];

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

/** The same history, sent before its transactions end and after: the same events. The server must have been told to keep little in memory. */
export function describeStreamedHistory(serverUrl: () => string): void {
  describe("transactions that are sent before they end", () => {
    let database: Database;
    let streamed: PostgresSourceOptions;
    let whole: readonly ChangeEvent[];

    beforeAll(async () => {
      database = await openDatabase(serverUrl());
      await database.run(...TABLES);
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
        `SELECT stream_txns > 1 AS streamed FROM pg_stat_replication_slots WHERE slot_name = '${options.slot}'`,
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
}
