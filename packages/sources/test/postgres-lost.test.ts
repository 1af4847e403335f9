import { chownSync, statSync } from "node:fs";
import { chmod, cp, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PositionLost, type Batch, type ChangeEvent, type Positions } from "@backstitch/core/source";
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
  server = await startPostgres();
});
afterAll(() => server.stop());

beforeEach(async () => {
  database = await openDatabase(server.url);
  await database.run("CREATE TABLE item (id int PRIMARY KEY, name text)");
  options = freshOptions(database, { batch: { events: 100 } });
  await setupPostgres(options, [{ collection: "item", needsBefore: false }]);
});
afterEach(() => database.close());

const slot = (): string => `backstitch_${options.name}`;
const insert = (from: number, to: number): Promise<void> =>
  database.run(`INSERT INTO item SELECT i FROM generate_series(${from}, ${to}) i`);
const ids = (events: readonly ChangeEvent[]): unknown[] => events.map(({ key }) => key?.["id"]);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

async function confirmed(): Promise<string> {
  const [row] = await database.rows(`SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots WHERE slot_name = '${slot()}'`);
  return String(row?.["lsn"]);
}

describe("a position that cannot be gone on from is PositionLost", () => {
  let positions: Positions;

  beforeEach(async () => {
    await insert(1, 3);
    positions = positionsAfter(await readBatches(postgresSource(options), (all) => all.length > 0));
  });

  async function lost(from: Positions = positions): Promise<PositionLost> {
    const error: unknown = await postgresSource(options)
      .read(from, async () => undefined, AbortSignal.timeout(10_000))
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(PositionLost);
    expect(error).toMatchObject({ source: options.name, from: from.get("wal") });
    return error as PositionLost;
  }

  test("the slot is gone", async () => {
    await until(
      async () => (await database.rows(`SELECT 1 FROM pg_replication_slots WHERE slot_name = '${slot()}' AND NOT active`)).length === 1,
    );
    await database.run(`SELECT pg_drop_replication_slot('${slot()}')`);
    expect(await lost()).toMatchObject({ earliest: undefined, message: expect.stringContaining("is gone") });
  });

  test("someone else read the slot on", async () => {
    await insert(4, 6);
    await until(
      async () => (await database.rows(`SELECT 1 FROM pg_replication_slots WHERE slot_name = '${slot()}' AND NOT active`)).length === 1,
    );
    await database.run(`SELECT pg_replication_slot_advance('${slot()}', pg_current_wal_lsn())`);
    const { earliest, message } = await lost();
    expect(message).toContain("by someone else");
    expect(earliest?.split(":")[2]).toBe(await confirmed());
  });

  test("the publication was dropped for a while, however it is read afterwards", async () => {
    const source = postgresSource({ ...options, heartbeatMs: 100 });
    const accepted: ChangeEvent[] = [];
    const accept = async ({ partition, to, events }: Batch): Promise<void> => {
      positions = new Map([[partition, to]]);
      accepted.push(...events);
    };
    const reading = source.read(positions, accept, AbortSignal.timeout(10_000)).catch((error: unknown) => error);
    await insert(4, 4);
    await until(() => accepted.length === 1);
    await database.run(`DROP PUBLICATION ${slot()}`);
    await insert(5, 5);
    expect(await reading).toBeInstanceOf(PositionLost);
    await setupPostgres(options, [{ collection: "item", needsBefore: false }]);
    await insert(6, 6);
    expect((await lost()).message).toMatch(/publication "\w+" was dropped.*Drop the slot/);
    expect(ids(accepted)).toEqual([4]);
  });

  test("it is of another cluster, another kind, or the future", async () => {
    const [system, timeline, lsn] = (positions.get("wal") ?? "").split(":");
    expect((await lost(new Map([["wal", `1:${timeline}:${lsn}`]]))).message).toContain("another database cluster");
    expect((await lost(new Map([["wal", `${system}:1:7F/0`]]))).message).toContain("restored from an older copy");
    expect((await lost(new Map([["wal", `${system}:9:${lsn}`]]))).message).toContain("timeline");
    expect((await lost(new Map([["wal", "nonsense"]]))).message).toContain("not a position");
  });
});

describe("a server that was promoted or restored", () => {
  test("goes on over the fork where the position is before it, and is PositionLost where it is after", async () => {
    const own = await startPostgres();
    try {
      const db = await openDatabase(own.url);
      await db.run("CREATE TABLE item (id int PRIMARY KEY, name text)");
      const mine = freshOptions(db);
      await setupPostgres(mine, [{ collection: "item", needsBefore: false }]);
      await db.run("INSERT INTO item VALUES (1)");
      const early = positionsAfter(await readBatches(postgresSource(mine), (all) => all.length > 0));
      await db.run("INSERT INTO item VALUES (2)");
      await db.close();
      await own.halt();
      const copy = join(own.folder, "copy");
      await cp(join(own.folder, "data"), copy, { recursive: true, preserveTimestamps: true });
      await own.start();

      const later = await connectTo(db.url);
      await later.run("INSERT INTO item VALUES (3)");
      await later.close();
      const late = positionsAfter(await readBatches(postgresSource(mine), (all) => all.flatMap(({ events }) => events).length >= 2, early));
      await own.halt();

      await replaceData(own, copy);
      await own.start();
      // Writing again until the new timeline has gone past the old one's end.
      const restored = await connectTo(db.url);
      await until(async () => (await restored.rows("SELECT pg_is_in_recovery() AS r"))[0]?.["r"] === false);
      await restored.run("INSERT INTO item SELECT generate_series(10, 2000)", "SELECT pg_switch_wal()");
      await restored.close();

      const error: unknown = await postgresSource(mine)
        .read(late, async () => undefined, AbortSignal.timeout(10_000))
        .catch((error: unknown) => error);
      expect(error).toBeInstanceOf(PositionLost);
      expect((error as Error).message).toMatch(/left timeline 1 at .*restored/);
      const events = await readEvents(postgresSource(mine), 1992, early);
      expect(ids(events)).toEqual([2, ...range(10, 2000)]);
    } finally {
      await own.stop();
    }
  });
});

/** Puts a copy in the place of the data; the server recovers from it on a new timeline. */
async function replaceData(own: LocalPostgres, copy: string): Promise<void> {
  const data = join(own.folder, "data");
  const { uid, gid, mode } = statSync(data);
  await rename(data, join(own.folder, "old"));
  await rename(copy, data);
  await writeFile(join(data, "recovery.signal"), "");
  await writeFile(join(data, "postgresql.auto.conf"), "restore_command = 'false'\n");
  for (const entry of await readdir(data, { recursive: true })) chownSync(join(data, entry), uid, gid);
  chownSync(data, uid, gid);
  await chmod(data, mode & 0o777);
}
