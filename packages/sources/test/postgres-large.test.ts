import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Batch } from "@backstitch/core/source";
import { postgresSource, setupPostgres, type PostgresSourceOptions } from "@backstitch/sources/postgres";
import { freshOptions, openDatabase, positionsAfter, readBatches, type Database } from "./support/database.ts";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";

let server: LocalPostgres;
let database: Database;
let options: PostgresSourceOptions;

beforeAll(async () => {
  server = await startPostgres({ settings: { max_wal_size: "4GB" } });
  database = await openDatabase(server.url);
  await database.run("CREATE TABLE item (id int PRIMARY KEY, name text)");
  options = freshOptions(database);
  await setupPostgres(options, [{ collection: "item", needsBefore: false }]);
});
// One each, so that the server is stopped whatever fails.
afterAll(() => server.stop());
afterAll(() => database.close());

const ROWS = 200_000;

test("a transaction of 200,000 rows is read in batches, gone on inside it, and does not fill the memory", async () => {
  await database.run(`INSERT INTO item SELECT i, repeat('x', 400) FROM generate_series(1, ${ROWS}) i`);

  // Stopped inside: the next reader goes on with the very next row, though the server sends all of it again.
  const enough = (batches: readonly Batch[]): boolean => batches.filter(({ events }) => events.length > 0).length === 20;
  const first = await readBatches(postgresSource(options), enough);
  const second = await readBatches(postgresSource(options), enough, positionsAfter(first));
  const keys = [...first, ...second].flatMap(({ events }) => events).map(({ key }) => key?.["id"]);
  expect(keys).toEqual(Array.from({ length: 20_000 }, (_, index) => index + 1));
  expect(first.at(-1)?.to.split(":")).toHaveLength(5);

  const reader = join(import.meta.dirname, "support", "large-transaction.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [reader, JSON.stringify(options), String(ROWS)]);

  const { peakMb, ...read } = JSON.parse(stdout) as Record<string, number>;
  expect(read).toEqual({ events: ROWS, inOrder: true, mostInBatch: 500 });
  // The rows alone are 80 MB, decoded more than twice that.
  expect(peakMb).toBeLessThan(200);
}, 180_000);

test("a row of 20 MB arrives whole", async () => {
  const big = freshOptions(database);
  await setupPostgres(big, [{ collection: "item", needsBefore: false }]);
  await database.run("INSERT INTO item VALUES (-1, repeat('é', 10 * 1024 * 1024))", "INSERT INTO item VALUES (-2, 'small')");
  const batches = await readBatches(postgresSource(big), (all) => all.flatMap(({ events }) => events).length === 2);
  const [row, small] = batches.flatMap(({ events }) => events);
  expect(row?.after?.["name"] === "é".repeat(10 * 1024 * 1024)).toBe(true);
  expect(small?.after).toEqual({ id: -2, name: "small" });
});
