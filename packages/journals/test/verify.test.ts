import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { expect, test } from "vitest";
import { batch, CLAIM_ALL, delivery } from "./support/batches.ts";
import { temporaryFolder } from "./support/folder.ts";

/** Ways in which a file can be wrong, and what is said of it. `a` and `b` share a lane, of which `a` goes first; `c` is accepted. */
const WRONG: readonly (readonly [code: string, of: "a" | "b" | "c" | "pending" | "event-c", sql: string])[] = [
  ["ARGUMENTS_MISSING", "a", "DELETE FROM payload WHERE delivery = 1"],
  ["EVENT_MISSING", "a", "DELETE FROM event WHERE id = 'a'"],
  ["NEVER_DUE", "a", "UPDATE delivery SET next_at = NULL WHERE seq = 1"],
  ["NEVER_DUE", "a", "UPDATE delivery SET blocked = 3, quota = 'one that has no row' WHERE seq = 1"],
  ["LANE_STUCK", "a", "UPDATE delivery SET blocked = 1 WHERE seq = 1"],
  ["LANE_BROKEN", "b", "UPDATE delivery SET blocked = 0 WHERE seq = 2"],
  ["OUTCOME_MISSING", "c", 'UPDATE outcome SET body = \'{"kind":"rejected"}\' WHERE delivery = 3'],
  ["OUTCOME_MISSING", "c", "DELETE FROM outcome WHERE delivery = 3"],
  ["EVENT_UNACCOUNTED", "event-c", "DELETE FROM delivery WHERE seq = 3; UPDATE tally SET n = 0 WHERE name = 'accepted'"],
  ["COUNT_WRONG", "pending", "UPDATE tally SET n = 7 WHERE name = 'pending'"],
];

test.each(WRONG)("%s is found, of %s alone", async (code, of, sql) => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const journal = openSqliteJournal({ path, owner: "take" });
  const { batch: first, matched } = batch(0, [
    delivery("a", { lane: "l" }),
    delivery("b", { lane: "l" }),
    delivery("c", { service: "mail" }),
  ]);
  const claims = await journal.record(first, matched, "hash", { ...CLAIM_ALL, room: new Map([["mail", 1]]) });
  await journal.settle(
    claims.map(({ claim }) => ({ claim, outcome: { kind: "accepted", receipt: {} }, attempts: 1, next: { state: "accepted" } })),
  );
  const [a, b, c] = (await journal.deliveries({})).map(({ id }) => id) as [string, string, string];
  expect(await journal.verify()).toEqual([]);
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
  const id = { a, b, c, pending: "pending", "event-c": "c" }[of];
  expect((await journal.verify()).map((one) => [one.code, one.id])).toEqual([[code, id]]);
  await journal.close();
});
