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

/** What is done to the first delivery, and what then keeps it from ever being sent. */
const FILE: readonly (readonly [code: string, sql: string])[] = [
  ["ARGUMENTS_UNREADABLE", "UPDATE payload SET args = substr(args, 2) WHERE delivery = 1"],
  ["ARGUMENTS_UNREADABLE", `UPDATE payload SET args = '{"n":{"$":"n","v":"one"}}' WHERE delivery = 1`],
  ["ARGUMENTS_MISSING", "DELETE FROM payload WHERE delivery = 1"],
  ["ENTRY_MISSING", "UPDATE delivery SET entry = 99 WHERE seq = 1"],
  ["EVENT_MISSING", "DELETE FROM event WHERE id = 'a'"],
];
const SCHEMA: readonly (readonly [code: string, sql: string])[] = [
  ["ARGUMENTS_UNREADABLE", "UPDATE delivery SET args = substr(args, 2) WHERE seq = 1"],
  ["ARGUMENTS_UNREADABLE", `UPDATE delivery SET args = '{"n":{"$":"n","v":"one"}}' WHERE seq = 1`],
  ["ARGUMENTS_MISSING", "UPDATE delivery SET args = NULL WHERE seq = 1"],
  ["ENTRY_MISSING", "UPDATE delivery SET entry = 99 WHERE seq = 1"],
  ["EVENT_MISSING", "DELETE FROM event WHERE id = 'a'"],
];

/** Three that are pending, of which the first two share a lane. */
async function fill(journal: Journal): Promise<void> {
  const { batch: first, matched } = batch(0, [delivery("a", { lane: "l" }), delivery("b", { lane: "l" }), delivery("c")]);
  await journal.record(first, matched, "hash", { ...CLAIM_ALL, room: new Map() });
}

/** The damaged one is listed before and after, is rejected and never claimed, and holds up nothing. */
async function goesOn(journal: Journal, code: string): Promise<void> {
  const before = await journal.deliveries({});
  expect(before.map(({ state }) => state)).toEqual(["pending", "pending", "pending"]);
  const claims = [...(await journal.claim(CLAIM_ALL)), ...(await journal.claim(CLAIM_ALL))];
  expect(claims.map(({ eventId }) => eventId).toSorted()).toEqual(["b", "c"]);
  expect(await journal.settle(claims.map(({ claim }) => ({ claim, outcome: ACCEPTED, attempts: 1, next: { state: "accepted" } })))).toEqual(
    [],
  );
  const after = await journal.deliveries({});
  expect(after.map(({ state }) => state)).toEqual(["rejected", "accepted", "accepted"]);
  expect(after[0]?.outcomes).toMatchObject([{ attempt: 0, outcome: { kind: "rejected", code } }]);
  expect((await journal.deliveries({ code })).map(({ id }) => id)).toEqual([before[0]?.id]);
  expect((await journal.counts()).deliveries).toMatchObject({ pending: 0, claimed: 0, rejected: 1, accepted: 2 });
  const left = (await journal.verify()).map((one) => [one.code, one.id]);
  expect(left).toEqual(code.startsWith("ARGUMENTS") ? [] : [[code, before[0]?.id]]);
}

const ACCEPTED = { kind: "accepted", receipt: {} } as const;

test.each(FILE)("a file: what can never be sent is rejected as %s, and all else goes on: %s", async (code, sql) => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const before = openSqliteJournal({ path, owner: "take" });
  await fill(before);
  await before.close();
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
  const journal = openSqliteJournal({ path, owner: "take" });
  await goesOn(journal, code);
  await journal.close();
});

/** A rejected delivery whose arguments cannot be read is sent again where they are rendered again, and not without. */
async function isRenderedAgain(journal: Journal): Promise<void> {
  expect((await journal.claim(CLAIM_ALL)).map(({ eventId }) => eventId)).toEqual(["c"]);
  const [a] = await journal.deliveries({});
  if (a === undefined) throw new Error("it was to be listed");
  expect([a.state, a.args]).toEqual(["rejected", undefined]);
  expect(await journal.redrive([{ id: a.id }])).toEqual([]);
  const rendered = delivery("a", { lane: "l", args: { body: "again" } });
  expect(await journal.redrive([{ id: a.id, rendered }])).toEqual([a.id]);
  expect((await journal.claim(CLAIM_ALL)).map(({ id, args }) => [id, args])).toContainEqual([a.id, { body: "again" }]);
  expect(await journal.verify()).toEqual([]);
}

/** What makes the stored text one that cannot be read. */
const UNREADABLE = ["substr(args, 2)", `'{"n":{"$":"n","v":"one"}}'`];

test.each(UNREADABLE)("a file: arguments that cannot be read are rendered again: %s", async (text) => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const journal = openSqliteJournal({ path, owner: "take" });
  await fill(journal);
  const db = new DatabaseSync(path);
  db.exec(`UPDATE payload SET args = ${text} WHERE delivery = 1`);
  db.close();
  await isRenderedAgain(journal);
  await journal.close();
});

test.each(UNREADABLE)("a schema: arguments that cannot be read are rendered again: %s", async (text) => {
  const schema = server.freshSchema();
  const journal = await server.open(schema);
  await fill(journal);
  await server.sql(`SET search_path = ${schema}; UPDATE delivery SET args = ${text} WHERE seq = 1`);
  const { bytes } = await journal.counts();
  await isRenderedAgain(journal);
  expect((await journal.counts()).bytes).toBe(bytes + 4);
  await journal.close();
});

test.each(SCHEMA)("a schema: what can never be sent is rejected as %s, and all else goes on: %s", async (code, sql) => {
  const schema = server.freshSchema();
  const before = await server.open(schema);
  await fill(before);
  await before.close();
  await server.sql(`SET search_path = ${schema}; ${sql}`);
  const journal = await server.open(schema);
  await goesOn(journal, code);
  await journal.close();
});

test("a schema: without room to reject what can never be sent, what was claimed beside it is given all the same", async () => {
  const schema = server.freshSchema();
  const journal = await server.open(schema);
  await fill(journal);
  await server.sql(`SET search_path = ${schema}; UPDATE delivery SET args = NULL WHERE seq = 1;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room' USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER full_disk BEFORE INSERT ON outcome FOR EACH ROW EXECUTE FUNCTION refuse()`);
  expect((await journal.claim(CLAIM_ALL)).map(({ eventId }) => eventId)).toEqual(["c"]);
  expect((await journal.counts()).deliveries).toMatchObject({ claimed: 2, pending: 1, rejected: 0 });
  await journal.close();
});

test("a schema: an entry that was missing while it was listed is found when it is claimed", async () => {
  const schema = server.freshSchema();
  const journal = await server.open(schema);
  await fill(journal);
  await server.sql(`SET search_path = ${schema}; UPDATE delivery SET entry = 99 WHERE seq = 1`);
  expect((await journal.deliveries({}))[0]?.rule).toBe("");
  await server.sql(`SET search_path = ${schema}; ${STORE_LATE}`);
  expect((await journal.claim(CLAIM_ALL)).map(({ eventId, rule }) => [eventId, rule])).toContainEqual(["a", "late"]);
  await journal.close();
});

/** An entry of the number 99, and the event of "a". */
const STORE_LATE = `
  INSERT INTO entry (number, rule, holds, body) OVERRIDING SYSTEM VALUE
    SELECT 99, 'late', false, '{"rule":"late","then":"t","action":"send","ifUncertain":"retry","ruleSetHash":"h"}' ON CONFLICT DO NOTHING;
  INSERT INTO event (seq, id, recorded_at, body, unmatched) OVERRIDING SYSTEM VALUE SELECT 1, 'a', 1, '{}', false ON CONFLICT DO NOTHING;`;

/** What the claim stores after it looked things up stands for what another stores meanwhile. */
test.each(SCHEMA.slice(3))("a schema: what is stored while it is claimed is no %s: %s", async (_, sql) => {
  const schema = server.freshSchema();
  const journal = await server.open(schema);
  await fill(journal);
  await server.sql(`SET search_path = ${schema}; ${sql};
    CREATE FUNCTION store_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${STORE_LATE} RETURN NULL; END $$;
    CREATE TRIGGER late AFTER INSERT ON lease FOR EACH ROW EXECUTE FUNCTION store_late()`);
  expect((await journal.claim(CLAIM_ALL)).map(({ eventId }) => eventId)).toEqual(["a", "c"]);
  await journal.close();
});
