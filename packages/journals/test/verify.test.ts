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
  [
    "EVENT_UNACCOUNTED",
    "event-c",
    "UPDATE event SET unmatched = 1 WHERE id = 'c'; DELETE FROM delivery WHERE seq = 4; UPDATE tally SET n = n - 1 WHERE name = 'pending'",
  ],
  ["ENTRY_MISSING", "d", "UPDATE delivery SET entry = 99 WHERE seq = 4"],
  ["ENTRY_MISSING", "c", "UPDATE delivery SET entry = 99 WHERE seq = 3"],
  ["ARGUMENTS_UNREADABLE", "a", "UPDATE payload SET args = substr(args, 2) WHERE delivery = 1"],
  ["ARGUMENTS_UNREADABLE", "a", "UPDATE payload SET args = '[]' WHERE delivery = 1"],
  ["ARGUMENTS_UNREADABLE", "a", `UPDATE payload SET args = '{"n":{"$":"n","v":"one"}}' WHERE delivery = 1`],
  ["LANE_BROKEN", "b", "UPDATE delivery SET blocked = 0, redriven = 1 WHERE seq < 3"],
  ["OUTCOME_MISSING", "c", `UPDATE outcome SET body = 'no JSON' WHERE delivery = 3`],
  ["OUTCOME_MISSING", "c", `INSERT INTO outcome VALUES (3, 9, 1, 1, '{"kind":"uncertain","code":"C","reason":"r"}')`],
  ["OUTCOME_MISSING", "c", "UPDATE delivery SET state = 8 WHERE seq = 3; UPDATE tally SET name = 'expired' WHERE name = 'accepted'"],
  ["OUTCOME_MISSING", "c", "UPDATE delivery SET state = 9 WHERE seq = 3; UPDATE tally SET name = 'dropped' WHERE name = 'accepted'"],
  ["OUTCOME_MISSING", "c", "UPDATE delivery SET state = 5 WHERE seq = 3; UPDATE tally SET name = 'held' WHERE name = 'accepted'"],
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
  ["ENTRY_MISSING", "d", "UPDATE delivery SET entry = 99 WHERE seq = 4"],
  ["ARGUMENTS_UNREADABLE", "a", "UPDATE delivery SET args = substr(args, 2) WHERE seq = 1"],
  ["ARGUMENTS_UNREADABLE", "a", "UPDATE delivery SET args = '[]' WHERE seq = 1"],
  ["ARGUMENTS_UNREADABLE", "a", `UPDATE delivery SET args = '{"n":{"$":"n","v":"one"}}' WHERE seq = 1`],
  ["LANE_BROKEN", "c", "UPDATE delivery SET place = 1, redriven = true WHERE seq = 3"],
  ["OUTCOME_MISSING", "c", `INSERT INTO outcome VALUES (3, 9, 1, 1, 'C', '{"kind":"uncertain","code":"C","reason":"r"}')`],
  ["OUTCOME_MISSING", "c", `UPDATE outcome SET body = 'no JSON' WHERE delivery = 3`],
  [
    "OUTCOME_MISSING",
    "c",
    "UPDATE delivery SET state = 'expired' WHERE seq = 3; UPDATE tally SET name = 'expired' WHERE name = 'accepted'",
  ],
  [
    "OUTCOME_MISSING",
    "c",
    "UPDATE delivery SET state = 'dropped' WHERE seq = 3; UPDATE tally SET name = 'dropped' WHERE name = 'accepted'",
  ],
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
  const schema = server.emptySchema();
  const journal = await server.open(schema);
  const ids = await fill(journal);
  expect(await journal.verify()).toEqual([]);
  await server.sql(`SET search_path = ${schema}; ${sql}`);
  expect((await journal.verify()).map((one) => [one.code, one.id])).toEqual([[code, ids[of]]]);
  await journal.close();
  await server.giveBack(schema);
});

test("what is kept back as of a paused rule that is not paused is taken back by whoever runs", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  let now = 1_772_000_000_000;
  const journal = openSqliteJournal({ path, owner: "take", clock: () => now });
  const { batch: first, matched } = batch(0, [delivery("a")]);
  await journal.record(first, matched, "hash", { ...CLAIM_ALL, room: new Map() });
  const db = new DatabaseSync(path);
  db.exec("UPDATE delivery SET blocked = 2");
  db.close();
  expect(await journal.verify()).toEqual([]);
  expect(await journal.claim(CLAIM_ALL)).toEqual([]);
  now += 60_000;
  expect((await journal.claim(CLAIM_ALL)).map(({ eventId }) => eventId)).toEqual(["a"]);
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
