import { connect, createServer, type AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Batch, ChangeEvent } from "@backstitch/core/source";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { postgresSource, setupPostgres } from "@backstitch/sources/postgres";
import { freshOptions, openDatabase, positionsAfter, readBatches, readEvents, setUp, type Database } from "./support/database.ts";

let server: LocalPostgres;
let database: Database;

beforeAll(async () => {
  server = await startPostgres();
  database = await openDatabase(server.url);
  await database.run("CREATE TABLE item (id serial PRIMARY KEY, name text)");
});
// One each, so that the server is stopped whatever fails.
afterAll(() => server.stop());
afterAll(() => database.close());

const TABLES = [{ collection: "item", needsBefore: false }];

const insert = (name: string): string => `INSERT INTO item (name) VALUES ('${name}')`;
const tell = (content: string, { transactional = true, prefix = "backstitch-hops" } = {}): string =>
  `SELECT pg_logical_emit_message(${transactional}, '${prefix}', '${content}')`;
const told = (events: readonly ChangeEvent[]): unknown => events.map(({ after, hops }) => [after?.["name"], hops]);

test("what a transaction is told to come of holds for the changes after it, and for no other transaction", async () => {
  const source = await setUp(database, TABLES);
  const first = ["BEGIN", insert("a"), tell("3"), insert("b"), insert("c"), tell("1"), insert("d"), "COMMIT"];
  const second = ["BEGIN", tell("1000"), insert("e"), "COMMIT"];
  await database.run(insert("before"), ...first, insert("after"), ...second);
  expect(told(await readEvents(source, 7))).toEqual([
    ["before", undefined],
    ["a", undefined],
    ["b", 3],
    ["c", 3],
    ["d", 1],
    ["after", undefined],
    ["e", 1_000],
  ]);
});

test("what was told and taken back, and messages that are not of it, tell nothing", async () => {
  const source = await setUp(database, TABLES);
  const nothing = [tell("2", { transactional: false }), tell("2", { prefix: "audit" }), tell("1001"), tell("many"), tell("-1"), tell("")];
  const long = tell("x".repeat(1_000_000), { prefix: "audit" });
  const taken = ["BEGIN", ...nothing, long, "SAVEPOINT one", tell("2"), "ROLLBACK TO one", insert("a"), "COMMIT"];
  const kept = ["BEGIN", tell("4"), ...nothing, insert("b"), "COMMIT"];
  await database.run(tell("2", { transactional: false }), tell("2"), ...taken, ...kept);
  expect(told(await readEvents(source, 2))).toEqual([
    ["a", undefined],
    ["b", 4],
  ]);
});

test("who goes on inside a transaction is told the same as who read it at once", async () => {
  const options = freshOptions(database, { batch: { events: 2, bytes: 1_000_000 } });
  const another = { ...options, slot: `${options.name}_another` };
  for (const one of [options, another]) await setupPostgres(one, TABLES);
  const rows = ["a", "b", "c", "d", "e", "f"];
  await database.run("BEGIN", insert("a"), tell("3"), ...rows.slice(1, 3).map(insert), tell("5"), ...rows.slice(3).map(insert), "COMMIT");
  const once = await readEvents(postgresSource(another), 6);
  const batches: Batch[] = [];
  while (batches.length < 3)
    batches.push(...(await readBatches(postgresSource(options), ({ length }) => length === 1, positionsAfter(batches))));
  expect(batches.flatMap(({ events }) => events)).toEqual(once);
  expect(once.map(({ hops }) => hops)).toEqual([undefined, 3, 3, 5, 5, 5]);
});

test("a server before PostgreSQL 14 is not asked for messages, and is read all the same", async () => {
  const options = freshOptions(database);
  await setupPostgres(options, TABLES);
  await database.run("BEGIN", tell("3"), insert("a"), "COMMIT");
  const [found] = await database.rows("SELECT current_setting('server_version_num') AS version");
  await using way = await startWay(server.url, [String(found?.["version"]), "139999"]);
  const source = postgresSource({ ...options, connectionString: database.url.replace(/:\d+\//, `:${way.port}/`) });
  expect(told(await readEvents(source, 1))).toEqual([["a", undefined]]);
});

/** A way to the server on which it says something else of itself. */
async function startWay(url: string, [says, instead]: readonly [string, string]): Promise<AsyncDisposable & { readonly port: number }> {
  const way = createServer((near) => {
    const far = connect(Number(new URL(url).port), "127.0.0.1");
    near.pipe(far);
    far.on("data", (chunk: Buffer) => near.write(Buffer.from(chunk.toString("latin1").replaceAll(says, instead), "latin1")));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on("error", () => undefined).on("close", () => other.destroy());
  });
  await new Promise<void>((resolve) => way.listen(0, "127.0.0.1", resolve));
  const { port } = way.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: () => new Promise((resolve) => way.close(() => resolve())) };
}
