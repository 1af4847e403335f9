import { setTimeout as wait } from "node:timers/promises";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { postgresSource, setupPostgres, type PostgresSourceOptions } from "@backstitch/sources/postgres";
import { freshOptions, openDatabase, until, type Database } from "./support/database.ts";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";

let server: LocalPostgres;
let database: Database;

beforeAll(async () => {
  server = await startPostgres({ settings: { wal_sender_timeout: "0" } });
  database = await openDatabase(server.url);
  await database.run("CREATE TABLE item (id int PRIMARY KEY)");
});
afterAll(() => server.stop());
afterAll(() => database.close());

const SILENCE_MS = 1_000;

async function setUp(): Promise<PostgresSourceOptions> {
  const options = freshOptions(database, { heartbeatMs: 200, silenceMs: SILENCE_MS, batch: { events: 10 } });
  await setupPostgres(options, [{ collection: "item", needsBefore: false }]);
  return options;
}

/** The way to the server, which can swallow everything and keep the connections open, as a router does that forgot them. */
async function wayTo(url: string): Promise<AsyncDisposable & { readonly url: string; swallow(): void }> {
  const sockets: Socket[] = [];
  let swallows = false;
  const way = createServer((near) => {
    const far = connect(Number(new URL(url).port), "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.push(from);
      from.on("error", () => to.destroy()).on("close", () => to.destroy());
      from.on("data", (bytes) => swallows || to.write(bytes));
    }
  });
  await new Promise<void>((listening) => way.listen(0, "127.0.0.1", listening));
  return {
    url: Object.assign(new URL(url), { host: `127.0.0.1:${(way.address() as AddressInfo).port}` }).href,
    swallow: () => void (swallows = true),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => way.close(closed));
    },
  };
}

test("a server that answers no more, on a connection that looks alive, fails the reading", async () => {
  const options = await setUp();
  await using way = await wayTo(database.url);
  const accepted: string[] = [];
  const reading = postgresSource({ ...options, connectionString: way.url }).read(
    new Map(),
    async ({ to }) => {
      accepted.push(to);
      way.swallow();
    },
    AbortSignal.timeout(10_000),
  );
  await database.run("INSERT INTO item SELECT coalesce(max(id), 0) + 1 FROM item");
  await expect(reading).rejects.toThrow(/^The server of source "shop\d+_\d+" has not answered for 1 s: the connection to it is dead\.$/);
  expect(accepted).toHaveLength(1);
});

test("neither an idle server nor a slow journal counts as silence", async () => {
  const options = await setUp();
  const stop = new AbortController();
  let events = 0;
  const reading = postgresSource(options).read(
    new Map(),
    async (batch) => {
      if (events === 0) await wait(2 * SILENCE_MS);
      events += batch.events.length;
    },
    stop.signal,
  );
  await wait(2 * SILENCE_MS);
  await database.run("INSERT INTO item SELECT i FROM generate_series(1001, 1100) i");
  await until(() => events === 100);
  stop.abort();
  await expect(reading).resolves.toBeUndefined();
});
