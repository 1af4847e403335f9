import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SourceMisconfigured, type Batch, type ChangeEvent } from "@backstitch/core/source";
import { postgresSource, setupPostgres, type PostgresSourceOptions } from "@backstitch/sources/postgres";
import {
  connectTo,
  freshOptions,
  openDatabase,
  positionsAfter,
  readBatches,
  readEvents,
  until,
  type Database,
} from "./support/database.ts";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";

let server: LocalPostgres;
let database: Database;
let options: PostgresSourceOptions;

beforeAll(async () => {
  // Short, so that a reader that is silent is given up within the test.
  server = await startPostgres({ settings: { wal_sender_timeout: "1500ms" } });
});
afterAll(() => server.stop());

beforeEach(async () => {
  database = await openDatabase(server.url);
  await database.run("CREATE TABLE item (id int PRIMARY KEY, name text)", "CREATE TABLE other (id int)");
  options = freshOptions(database, { batch: { events: 100 } });
  await setupPostgres(options, [{ collection: "item", needsBefore: false }]);
});
afterEach(() => database.close());

const slot = (): string => `backstitch_${options.name}`;
const insert = (from: number, to: number): Promise<void> =>
  database.run(`INSERT INTO item SELECT i, 'row ' || i FROM generate_series(${from}, ${to}) i`);
const ids = (events: readonly ChangeEvent[]): unknown[] => events.map(({ key }) => key?.["id"]);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

async function confirmed(): Promise<string> {
  const [row] = await database.rows(`SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots WHERE slot_name = '${slot()}'`);
  return String(row?.["lsn"]);
}

/** Reads as the engine does: again from the journal's position whenever reading fails. */
function journal(): { readonly events: ChangeEvent[]; readonly failures: string[]; readonly stop: () => Promise<void> } {
  const stop = new AbortController();
  const events: ChangeEvent[] = [];
  const failures: string[] = [];
  const positions = new Map<string, string>();
  const accept = async (batch: Batch): Promise<void> => {
    expect(batch.from).toBe(positions.get(batch.partition));
    positions.set(batch.partition, batch.to);
    events.push(...batch.events);
  };
  const running = (async () => {
    while (!stop.signal.aborted) {
      await postgresSource(options)
        .read(positions, accept, stop.signal)
        .catch((error: Error) => failures.push(`${error.name}: ${error.message}`));
      await wait(50);
    }
  })();
  return {
    events,
    failures,
    async stop() {
      stop.abort();
      await running;
    },
  };
}

describe("a connection that breaks", () => {
  const breaks: readonly (readonly [name: string, breakIt: () => Promise<unknown>])[] = [
    ["the server restarts", () => server.restart()],
    ["the server is killed", () => server.kill().then(() => server.start())],
    [
      "the server process is terminated",
      () => database.rows(`SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '${slot()}'`),
    ],
  ];
  for (const [name, breakIt] of breaks) {
    test(`loses and repeats nothing where ${name}`, async () => {
      const reading = journal();
      await insert(1, 1000);
      await until(() => reading.events.length >= 100);
      await breakIt();
      await database.close();
      database = await connectTo(database.url);
      await insert(1001, 1500);
      await until(() => reading.events.length >= 1500);
      await reading.stop();
      expect(ids(reading.events)).toEqual(range(1, 1500));
      expect(reading.failures.length).toBeGreaterThan(0);
      for (const failure of reading.failures) {
        expect(failure).toMatch(/^Error: The (?:server|connection)/);
        expect(failure).not.toContain("correct-horse");
      }
    });
  }
});

describe("acknowledging", () => {
  test("a batch that was not accepted is not acknowledged, and neither is a transaction of which a part was", async () => {
    const before = await confirmed();
    await insert(1, 1000);
    let batches = 0;
    const refusal = new Error("full");
    const reading = postgresSource(options).read(
      new Map(),
      async () => {
        if (++batches > 3) throw refusal;
      },
      new AbortController().signal,
    );
    await expect(reading).rejects.toBe(refusal);
    expect(await confirmed()).toBe(before);
  });

  test("what was accepted is", async () => {
    await insert(1, 10);
    const batches = await readBatches(postgresSource(options), (all) => all.length > 0);
    const lsn = batches.at(-1)?.to.split(":")[2];
    await until(async () => (await confirmed()) === lsn);
  });

  test("a journal that takes far longer than the server waits does not lose the connection", async () => {
    // More than fits into the buffers between, so that the server has to wait too.
    await database.run("INSERT INTO item SELECT i, repeat('x', 1000) FROM generate_series(1, 20000) i");
    const stop = new AbortController();
    const seen: ChangeEvent[] = [];
    const accept = async ({ events }: Batch): Promise<void> => {
      if (seen.length === 0) await wait(4000);
      seen.push(...events);
      if (seen.length === 20_000) stop.abort();
    };
    await postgresSource(options).read(new Map(), accept, stop.signal);
    expect(ids(seen)).toEqual(range(1, 20_000));
  });

  test("changes of other tables move the position by empty batches", async () => {
    options = { ...options, heartbeatMs: 200 };
    await insert(1, 1);
    const first = await readBatches(postgresSource(options), (all) => all.length > 0);
    const before = await confirmed();
    const reading = readBatches(postgresSource(options), (all) => all.length > 0, positionsAfter(first));
    await database.run("INSERT INTO other SELECT generate_series(1, 1000)");
    const [heartbeat] = await reading;
    expect(heartbeat).toMatchObject({ from: first.at(-1)?.to, events: [] });
    await until(async () => (await confirmed()) !== before);
    await insert(2, 2);
    expect(ids(await readEvents(postgresSource(options), 1, new Map([["wal", heartbeat?.to ?? ""]])))).toEqual([2]);
  });
});

test("a clock that is set back does not keep the position from moving", async () => {
  let back = 0;
  options = { ...options, heartbeatMs: 200, clock: () => Date.now() - back };
  const stop = new AbortController();
  const batches: Batch[] = [];
  const accept = async (batch: Batch): Promise<void> => void batches.push(batch);
  const reading = postgresSource(options).read(new Map(), accept, stop.signal);
  await insert(1, 1);
  await until(() => batches.length > 0);
  back = 3_600_000;
  const before = batches.length;
  await database.run("INSERT INTO other SELECT generate_series(1, 10)");
  await until(() => batches.length > before, 5_000).finally(() => stop.abort());
  await reading;
});

describe("a source that a person must mend is SourceMisconfigured, and says no secret", () => {
  const secret = "s3cret-canary";
  const cases: readonly (readonly [name: string, change: (url: URL) => Partial<PostgresSourceOptions>, message: RegExp])[] = [
    [
      "the password is wrong",
      (url) => ({ connectionString: Object.assign(url, { password: secret }).href }),
      /password authentication failed/,
    ],
    [
      "the database does not exist",
      (url) => ({ connectionString: Object.assign(url, { pathname: "/nowhere" }).href }),
      /"nowhere" does not exist/,
    ],
    ["the connection string is no URL", () => ({ connectionString: `postgres://me:${secret}/x@[host/db` }), /not of the form/],
    ["there is no slot", () => ({ slot: "missing_slot" }), /no replication slot "missing_slot".*setup/],
    ["there is no publication", () => ({ publication: "missing" }), /no publication "missing".*setup/],
  ];
  for (const [name, change, message] of cases) {
    test(name, async () => {
      const source = postgresSource({ ...options, ...change(new URL(String(options.connectionString))) });
      const error = (await source
        .read(new Map(), async () => undefined, AbortSignal.timeout(10_000))
        .catch((error: unknown) => error)) as Error;
      expect(error).toBeInstanceOf(SourceMisconfigured);
      expect(error.message).toMatch(message);
      expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toContain(secret);
    });
  }

  test("a user without the privilege to replicate is told of with what to check", async () => {
    await database.run(`DROP ROLE IF EXISTS plain`, `CREATE ROLE plain LOGIN PASSWORD '${secret}'`);
    const url = Object.assign(new URL(String(options.connectionString)), { username: "plain", password: secret });
    const error: unknown = await postgresSource({ ...options, connectionString: url.href })
      .read(new Map(), async () => undefined, AbortSignal.timeout(10_000))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SourceMisconfigured);
    expect((error as Error).message).toMatch(
      /^The server of source "\w+" says: .*permission denied to start WAL sender.* \(42501\)\. Grant the privilege to the user in the connection string; to replicate it needs the REPLICATION attribute\.$/,
    );
    expect((error as Error).stack).not.toContain(secret);
  });

  test("a server that is down is a plain error, since it may come up", async () => {
    const source = postgresSource({ ...options, connectionString: `postgres://me:${secret}@127.0.0.1:1/db` });
    const error = (await source
      .read(new Map(), async () => undefined, AbortSignal.timeout(10_000))
      .catch((error: unknown) => error)) as Error;
    expect(error).not.toBeInstanceOf(SourceMisconfigured);
    expect(error.message).toMatch(/cannot be reached \(ECONNREFUSED\)/);
    expect(error.stack).not.toContain(secret);
  });

  test("a slot that another process reads is a plain error that says so", async () => {
    const reading = journal();
    await until(
      async () => (await database.rows(`SELECT 1 FROM pg_replication_slots WHERE slot_name = '${slot()}' AND active`)).length === 1,
    );
    await expect(postgresSource(options).read(new Map(), async () => undefined, AbortSignal.timeout(10_000))).rejects.toThrow(
      /being read by another process/,
    );
    await reading.stop();
  });
});
