import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Journal } from "@backstitch/core/journal";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { batch, CLAIM_ALL, delivery } from "./support/batches.ts";
import { temporaryFolder } from "./support/folder.ts";
import { startJournalServer, type JournalServer } from "./support/postgres.ts";

let server: JournalServer;
beforeAll(async () => {
  server = await startJournalServer();
});
afterAll(() => server.stop());

type Named = "a" | "b" | "c" | "d" | "pending" | "accepted" | "event-c" | "event-d";
type Wrong = readonly [code: string, of: Named, sql: string];

/** Ways in which a file can be wrong, and what is said of it. `a` and `b` share a lane, of which `a` goes first; `c` is accepted; `d` is another of the event of `c`. */
const WRONG: readonly Wrong[] = [
  ["ARGUMENTS_MISSING", "a", "DELETE FROM payload WHERE delivery = 1"],
  ["EVENT_MISSING", "a", "DELETE FROM event WHERE id = 'a'"],
  ["NEVER_DUE", "a", "UPDATE delivery SET next_at = NULL WHERE seq = 1"],
  ["NEVER_DUE", "a", "UPDATE delivery SET blocked = 3, quota = 'one that has no row' WHERE seq = 1"],
  ["LANE_STUCK", "a", "UPDATE delivery SET blocked = 1 WHERE seq = 1"],
  ["LANE_BROKEN", "b", "UPDATE delivery SET blocked = 0 WHERE seq = 2"],
  ["OUTCOME_MISSING", "c", 'UPDATE outcome SET body = \'{"kind":"rejected"}\' WHERE delivery = 3'],
  ["OUTCOME_MISSING", "c", "DELETE FROM outcome WHERE delivery = 3"],
  ["EVENT_UNACCOUNTED", "event-c", "DELETE FROM delivery WHERE seq = 3; UPDATE tally SET n = 0 WHERE name = 'accepted'"],
  ["EVENT_UNACCOUNTED", "event-c", "DELETE FROM delivery WHERE seq > 2; UPDATE tally SET n = n - 1 WHERE name IN ('accepted', 'pending')"],
  ["COUNT_WRONG", "pending", "UPDATE tally SET n = 7 WHERE name = 'pending'"],
];

/** The same in a schema. */
const WRONG_POSTGRES: readonly Wrong[] = [
  ["ARGUMENTS_MISSING", "a", "UPDATE delivery SET args = NULL WHERE seq = 1"],
  ["EVENT_MISSING", "a", "DELETE FROM event WHERE id = 'a'"],
  ["NEVER_DUE", "a", "UPDATE delivery SET next_at = NULL WHERE seq = 1"],
  ["NEVER_DUE", "a", "UPDATE delivery SET kept_back = true, quota = 'one that has no row' WHERE seq = 1"],
  ["LANE_STUCK", "a", "UPDATE delivery SET place = 2 WHERE seq = 1"],
  ["LANE_BROKEN", "c", "UPDATE delivery SET place = 1 WHERE seq = 3"],
  ["OUTCOME_MISSING", "c", "DELETE FROM outcome WHERE delivery = 3"],
  ["EVENT_UNACCOUNTED", "event-c", "DELETE FROM delivery WHERE seq = 3; INSERT INTO tally VALUES ('accepted', -1)"],
  ["EVENT_UNACCOUNTED", "event-c", "DELETE FROM delivery WHERE seq > 2; INSERT INTO tally VALUES ('accepted', -1), ('pending', -1)"],
  ["COUNT_WRONG", "pending", "INSERT INTO tally VALUES ('pending', 7)"],
];

/** Records and settles what is damaged below, and returns the ids by name. */
async function fill(journal: Journal): Promise<Readonly<Record<Named, string | undefined>>> {
  const { batch: first, matched } = batch(0, [
    delivery("a", { lane: "l" }),
    delivery("b", { lane: "l" }),
    delivery("c", { service: "mail" }),
    delivery("d", { eventId: "c" }),
  ]);
  const claims = await journal.record(first, matched, "hash", { ...CLAIM_ALL, room: new Map([["mail", 1]]) });
  await journal.settle(
    claims.map(({ claim }) => ({ claim, outcome: { kind: "accepted", receipt: {} }, attempts: 1, next: { state: "accepted" } })),
  );
  const [a, b, c, d] = (await journal.deliveries({})).map(({ id }) => id);
  return { a, b, c, d, pending: "pending", accepted: "accepted", "event-c": "c", "event-d": "d" };
}

test.each(WRONG)("a file: %s is found, of %s alone: %s", async (code, of, sql) => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const journal = openSqliteJournal({ path, owner: "take" });
  const ids = await fill(journal);
  expect(await journal.verify()).toEqual([]);
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
  expect((await journal.verify()).map((one) => [one.code, one.id])).toEqual([[code, ids[of]]]);
  await journal.close();
});

test.each(WRONG_POSTGRES)("a schema: %s is found, of %s alone: %s", async (code, of, sql) => {
  const schema = server.freshSchema();
  const journal = await server.open(schema);
  const ids = await fill(journal);
  expect(await journal.verify()).toEqual([]);
  await server.sql(`SET search_path = ${schema}; ${sql}`);
  expect((await journal.verify()).map((one) => [one.code, one.id])).toEqual([[code, ids[of]]]);
  await journal.close();
});

test("an event of whose deliveries one is gone is named with both numbers", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const journal = openSqliteJournal({ path, owner: "take" });
  await fill(journal);
  const db = new DatabaseSync(path);
  db.exec("DELETE FROM delivery WHERE seq = 4");
  db.close();
  expect(await journal.verify()).toContainEqual({
    id: "c",
    code: "EVENT_UNACCOUNTED",
    reason: "2 of its deliveries were recorded and are not forgotten yet; 1 of them can be found.",
  });
  await journal.close();
});
