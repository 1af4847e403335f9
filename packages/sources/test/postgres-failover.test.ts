import { chmod, chown, cp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Batch } from "@backstitch/core/source";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { postgresSource, setupPostgres, verifyPostgres } from "@backstitch/sources/postgres";
import { connectTo, freshOptions, openDatabase, positionsAfter, readBatches, until, type Database } from "./support/database.ts";

const NEEDS = [{ collection: "item", needsBefore: false }];

let primary: LocalPostgres;
let database: Database;

beforeAll(async () => {
  primary = await startPostgres();
  database = await openDatabase(primary.url);
  await database.run("CREATE TABLE item (id int PRIMARY KEY)");
});
// One each, so that the server is stopped whatever fails.
afterAll(() => primary.stop());
afterAll(() => database.close());

test("a slot is made so that it is copied, one that is not becomes so, and until then it is told of and not read", async () => {
  const plain = freshOptions(database);
  await setupPostgres({ ...plain, failover: false }, NEEDS);
  expect(await verifyPostgres({ ...plain, failover: false }, NEEDS)).toEqual([]);
  expect(await verifyPostgres(plain, NEEDS)).toEqual([
    {
      severity: "warning",
      code: "SLOT_NOT_FAILOVER",
      message: `Replication slot "backstitch_${plain.name}" is not copied to standbys.`,
      remedy:
        'After a failover its position is lost. Say "failover": true and run "backstitch setup", or "failover": false where there is no standby.',
    },
  ]);
  const options = { ...plain, failover: true };
  expect(await verifyPostgres(options, NEEDS)).toMatchObject([{ severity: "error", code: "SLOT_NOT_FAILOVER" }]);
  await expect(postgresSource(options).read(new Map(), async () => undefined, AbortSignal.timeout(10_000))).rejects.toMatchObject({
    name: "SourceMisconfigured",
    message: `The replication slot "backstitch_${plain.name}" of source "${plain.name}" is not copied to standbys, and the source says "failover". Run "backstitch setup".`,
  });

  const steps = await setupPostgres(options, NEEDS);
  expect(steps.at(-1)).toEqual({
    what: `Replication slot "backstitch_${plain.name}" is copied to standbys.`,
    sql: `ALTER_REPLICATION_SLOT "backstitch_${plain.name}" (FAILOVER true)`,
    done: "created",
  });
  expect(await verifyPostgres(options, NEEDS)).toEqual([]);
  const fresh = freshOptions(database);
  expect((await setupPostgres(fresh, NEEDS)).at(-1)).toEqual({
    what: `Replication slot "backstitch_${fresh.name}" keeps what was not read yet, and is copied to standbys.`,
    sql: `SELECT pg_create_logical_replication_slot('backstitch_${fresh.name}', 'pgoutput', false, false, true)`,
    done: "created",
  });
  expect(await verifyPostgres(fresh, NEEDS)).toEqual([]);
  expect(await verifyPostgres({ ...fresh, failover: true }, NEEDS)).toEqual([]);
  expect((await setupPostgres(fresh, NEEDS)).map(({ done }) => done)).toEqual(["already there", "already there"]);
});

test("after the primary is gone, a standby that was promoted is read on without gap or repeat", async () => {
  await database.run("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
  const options = freshOptions(database);
  await setupPostgres(options, NEEDS);
  await database.run("SELECT pg_create_physical_replication_slot('standby', true)", "INSERT INTO item VALUES (1)");
  const standby = await startStandby();
  try {
    const first: Batch[] = [];
    const stop = new AbortController();
    // A slot is copied once it has moved on.
    const reading = postgresSource({ ...options, heartbeatMs: 50 }).read(new Map(), async (batch) => void first.push(batch), stop.signal);
    const other = await connectTo(standby.url.replace(/\/[^/]*$/, new URL(database.url).pathname));
    await until(async () => {
      await database.run("SELECT pg_log_standby_snapshot()");
      await other.run("SELECT pg_sync_replication_slots()");
      const slot = `backstitch_${options.name}`;
      return (await other.rows(`SELECT 1 FROM pg_replication_slots WHERE slot_name = '${slot}' AND synced AND NOT temporary`)).length > 0;
    });
    stop.abort();
    await reading;
    await database.run("INSERT INTO item VALUES (2)");
    const [written] = await database.rows("SELECT pg_current_wal_lsn() AS lsn");
    await until(async () => {
      const [seen] = await other.rows(`SELECT pg_last_wal_replay_lsn() >= '${String(written?.["lsn"])}' AS yes`);
      return seen?.["yes"] === true;
    });
    await primary.kill();
    await other.run("SELECT pg_promote()", "INSERT INTO item VALUES (3)");
    const moved = { ...options, connectionString: other.url };
    const second = await readBatches(
      postgresSource(moved),
      (batches) => batches.flatMap(({ events }) => events).length >= 2,
      positionsAfter(first),
    );
    expect([...first, ...second].flatMap(({ events }) => events).map(({ key }) => key?.["id"])).toEqual([1, 2, 3]);
    await other.close();
  } finally {
    await standby.stop();
  }
});

/** A copy of the primary that follows it. */
async function startStandby(): Promise<LocalPostgres> {
  const standby = await startPostgres();
  await standby.halt();
  await primary.halt();
  const data = join(standby.folder, "data");
  const { uid, gid } = await stat(data);
  await rm(data, { recursive: true });
  await cp(join(primary.folder, "data"), data, { recursive: true, preserveTimestamps: true });
  // As pg_basebackup leaves them out.
  for (const slot of await readdir(join(data, "pg_replslot"))) await rm(join(data, "pg_replslot", slot), { recursive: true });
  await primary.start();
  const { hostname, port, username, password } = new URL(primary.url);
  const from = `host=${hostname} port=${port} user=${username} password=${password} dbname=postgres`;
  await writeFile(join(data, "standby.signal"), "");
  await writeFile(
    join(data, "postgresql.auto.conf"),
    `primary_conninfo = '${from}'\nprimary_slot_name = 'standby'\nhot_standby_feedback = on\n`,
  );
  for (const entry of ["", ...(await readdir(data, { recursive: true }))]) await chown(join(data, entry), uid, gid);
  await chmod(data, 0o700);
  await standby.start();
  await database.close();
  database = await connectTo(database.url);
  return standby;
}
