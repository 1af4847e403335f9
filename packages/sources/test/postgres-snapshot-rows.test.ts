import { afterAll, afterEach, beforeAll, beforeEach, test } from "vitest";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { openDatabase, type Database } from "./support/database.ts";
import { expectSameAsLog } from "./support/same-as-log.ts";
import { CASES } from "./support/snapshot-cases.ts";

let server: LocalPostgres;
let database: Database;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

beforeEach(async () => {
  database = await openDatabase(server.url);
});
afterEach(async () => {
  await database.rows("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()");
  await database.close();
});

test.each(CASES)("a snapshot sends the same as the log: $name", (one) => expectSameAsLog(database, one));
