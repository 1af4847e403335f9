import { afterAll, beforeAll, test } from "vitest";
import { openDatabase, type Database } from "./support/database.ts";
import { expectEveryArray, expectEveryType } from "./support/every-type.ts";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";

let server: LocalPostgres;
let database: Database;

beforeAll(async () => {
  server = await startPostgres();
  // Settings that would change how values are printed.
  const admin = await openDatabase(server.url);
  await admin.run(
    "ALTER SYSTEM SET datestyle = 'SQL, DMY'",
    "ALTER SYSTEM SET timezone = 'Asia/Kolkata'",
    "ALTER SYSTEM SET bytea_output = 'escape'",
    "SELECT pg_reload_conf()",
  );
  await admin.close();
  database = await openDatabase(server.url);
});
// One each, so that the server is stopped whatever fails.
afterAll(() => server.stop());
afterAll(() => database.close());

test("every type comes without loss, from the log and in a snapshot alike", () => expectEveryType(database));

test("arrays of every built-in type are lists", () => expectEveryArray(database));
