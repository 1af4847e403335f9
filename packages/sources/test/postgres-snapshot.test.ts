import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { openDatabase, readBatches, setUp, type Database } from "./support/database.ts";

let server: LocalPostgres;
let database: Database;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

beforeEach(async () => {
  database = await openDatabase(server.url);
});
afterEach(() => database.close());

test("the rows that were there come once, as inserts of origin snapshot, and what is changed later comes from the log", async () => {
  await database.run(
    "CREATE TABLE item (id int PRIMARY KEY, name text)",
    "INSERT INTO item SELECT i, 'n' || i FROM generate_series(1, 1234) i",
  );
  const source = await setUp(database, [{ collection: "item", needsBefore: false }], { snapshot: ["item"] });
  const batches = await readBatches(source, (all) => all.some(({ to }) => to.includes('"done":true')));
  const events = batches.flatMap(({ events: some }) => some);
  expect(events.length).toBe(1234);
  expect(events[0]).toMatchObject({
    origin: "snapshot",
    operation: "insert",
    key: { id: 1 },
    after: { id: 1, name: "n1" },
    changed: ["id", "name"],
  });
});
