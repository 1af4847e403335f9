import { afterAll, beforeAll, expect, test } from "vitest";
import { describeSource } from "@backstitch/core/testing";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { postgresSource, setupPostgres } from "@backstitch/sources/postgres";
import { connectTo, freshOptions, openDatabase, positionsAfter, readBatches, readEvents } from "./support/database.ts";
import { postgresDriver } from "./support/postgres-driver.ts";
import { describeStreamedHistory, HOPS, insert } from "./support/streamed-history.ts";

let server: LocalPostgres;
beforeAll(async () => {
  server = await startPostgres({ settings: { debug_logical_replication_streaming: "immediate" } });
});
afterAll(() => server.stop());

describeSource("postgres that sends every change before its commit", () => postgresDriver(server.url));
describeStreamedHistory(() => server.url);

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
  await database.run("CREATE TABLE item (id int PRIMARY KEY, name text)", "CREATE TABLE unread (id int)");
  const options = freshOptions(database, { heartbeatMs: 50 });
  await setupPostgres(options, [{ collection: "item", needsBefore: false }]);
  const open = await connectTo(database.url);
  await open.run("BEGIN", insert(1, 50));
  await database.run(insert(100, 101));
  let moved: Promise<unknown> = Promise.resolve();
  const first = await readBatches(postgresSource(options), (batches) => {
    // By itself a server's log moves on every 15 seconds.
    if (batches.length === 1) moved = database.run("INSERT INTO unread VALUES (1)");
    return batches.some(({ events }) => events.length === 0 && batches.length > 1);
  });
  await moved;
  expect(first.flatMap(({ events }) => events).map(({ key }) => key?.["id"])).toEqual([100, 101]);

  await open.run("COMMIT");
  const events = await readEvents(postgresSource(options), 50, positionsAfter(first));
  expect(events.map(({ key }) => key?.["id"])).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  await open.close();
  await database.close();
});
