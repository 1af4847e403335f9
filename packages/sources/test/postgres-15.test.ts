/** The release that Debian 12 has: https://packages.debian.org/bookworm/postgresql-15 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeSource } from "@backstitch/core/testing";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { setupPostgres, verifyPostgres } from "@backstitch/sources/postgres";
import { freshOptions, openDatabase, type Database } from "./support/database.ts";
import { expectEveryArray, expectEveryType } from "./support/every-type.ts";
import { postgresDriver } from "./support/postgres-driver.ts";
import { replayBeside } from "./support/replay-beside.ts";
import { expectSameAsLog } from "./support/same-as-log.ts";
import { CASES } from "./support/snapshot-cases.ts";
import { describeStreamedHistory } from "./support/streamed-history.ts";
import { largeTransaction } from "./support/writers.ts";

const BIN = "/usr/lib/postgresql/15/bin";
const isThere = existsSync(join(BIN, "postgres"));
const reason = isThere ? "" : `, which is not there: apt-get install postgresql-15 brings ${BIN}`;

describe.skipIf(!isThere)(`over PostgreSQL 15${reason}`, () => {
  let server: LocalPostgres;
  let database: Database;

  beforeAll(async () => {
    // The least that there is: what a transaction changes beyond it is sent before its commit.
    server = await startPostgres({ bin: BIN, settings: { logical_decoding_work_mem: "64kB" } });
    database = await openDatabase(server.url);
  });
  afterAll(() => server.stop());
  afterAll(() => database.close());

  // With the key alone, and at length, over the newest.
  describeSource("postgres 15", () => postgresDriver(server.url, true), { canLose: true, rowsElsewhere: true });

  describeStreamedHistory(() => server.url);

  test.each([3])("a snapshot beside transactions that are sent before they end (seed %i)", async (seed) => {
    const other = await openDatabase(server.url);
    await replayBeside(other, { rows: 800, seed, transaction: (random) => largeTransaction(800, random), batches: 15, most: 8 });
    await other.close();
  });

  test.each(CASES.filter(({ since = 0 }) => since <= 15))("a snapshot sends the same as the log: $name", async (one) => {
    const other = await openDatabase(server.url);
    await expectSameAsLog(other, one);
    await other.rows("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()");
    await other.close();
  });

  test("every type comes without loss, from the log and in a snapshot alike", () => expectEveryType(database));

  test("arrays of every built-in type are lists", () => expectEveryArray(database));

  test("a slot cannot be copied to standbys: that is said where it is asked for, and else it is none of a person's business", async () => {
    await database.run("CREATE TABLE IF NOT EXISTS item (id int PRIMARY KEY)");
    const needs = [{ collection: "item", needsBefore: false }];
    const options = freshOptions(database);
    await expect(setupPostgres({ ...options, failover: true }, needs)).rejects.toThrow(
      /^The server of source "\w+" is PostgreSQL 15\..*; a slot with "failover" needs 17 or later\. Upgrade the server, or take "failover" out\.$/,
    );
    expect((await setupPostgres(options, needs)).at(-1)?.what).toMatch(/keeps what was not read yet\.$/);
    expect(await verifyPostgres(options, needs)).toEqual([]);
  });
});
