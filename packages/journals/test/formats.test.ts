import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { expect, test } from "vitest";
import { batch, CLAIM_ALL, delivery } from "./support/batches.ts";
import { temporaryFolder } from "./support/folder.ts";

test("a file of a newer format is refused and left as it is", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  await openSqliteJournal({ path, owner: "take" }).close();
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 99");
  db.close();
  for (const owner of ["take", "beside"] as const) {
    expect(() => openSqliteJournal({ path, owner })).toThrow("was written by a newer Backstitch (format 99, here 13). Update Backstitch.");
  }
});

/** What turns a file of today into one of the twelfth format, of the eleventh, of the tenth, of the ninth, of the eighth, of the seventh, the sixth, the fifth, the fourth, the third and the second. */
const WITHOUT_REPORTS = "DROP TABLE report; DROP TABLE suppression;";
const WITHOUT_ASKED = `${WITHOUT_REPORTS} ALTER TABLE event DROP COLUMN asked;`;
const WITHOUT_HOPS = `${WITHOUT_ASKED} ALTER TABLE event DROP COLUMN hops;`;
const WITHOUT_QUEUES = `${WITHOUT_HOPS} DROP INDEX delivery_queue; DROP INDEX delivery_queue_expires; ALTER TABLE delivery DROP COLUMN quota; DROP TABLE queue;`;
const WITHOUT_TURN = `${WITHOUT_QUEUES} ALTER TABLE payload DROP COLUMN turn;`;
const WITHOUT_ORIGIN = `${WITHOUT_TURN} ALTER TABLE event DROP COLUMN committed_at; ALTER TABLE event DROP COLUMN trace;`;
const WITHOUT_PAUSES = `${WITHOUT_ORIGIN} DROP TABLE pause; DROP INDEX entry_unused; ALTER TABLE entry DROP COLUMN uses; DROP INDEX delivery_parked; DROP INDEX delivery_lane; CREATE INDEX delivery_lane ON delivery (lane) WHERE queued = 1;
  DROP TRIGGER lane_blocked; DROP TRIGGER lane_blocked_again; DROP TRIGGER lane_free;`;
const WITHOUT_ADMITTED = `${WITHOUT_PAUSES} DROP TABLE admitted; DROP TABLE secret;`;
const WITHOUT_BLOCKED = `${WITHOUT_ADMITTED} DROP INDEX delivery_blocked; DELETE FROM tally WHERE name = 'blocked lanes';`;
const WITHOUT_TRIED = `${WITHOUT_BLOCKED} ALTER TABLE delivery DROP COLUMN tried_at;`;
const WITHOUT_UNMATCHED = `${WITHOUT_TRIED} DROP TABLE recent; DROP INDEX event_unmatched; ALTER TABLE event DROP COLUMN unmatched;`;

test("a file of the first format is brought up to date by its next owner, and by nobody else", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const old = openSqliteJournal({ path, owner: "take" });
  const first = batch(0, [delivery("e1")]);
  await old.record(first.batch, first.matched, "hash", { ...CLAIM_ALL, room: new Map() });
  await old.close();
  const db = new DatabaseSync(path);
  db.exec(`${WITHOUT_UNMATCHED} ALTER TABLE delivery DROP COLUMN expires_at; PRAGMA user_version = 1`);
  db.close();
  expect(() => openSqliteJournal({ path, owner: "beside" })).toThrow("was written by an older Backstitch");
  const journal = openSqliteJournal({ path, owner: "take" });
  const second = batch(1, [delivery("e2", { expiresAt: 5 })]);
  await journal.record(second.batch, second.matched, "hash", { ...CLAIM_ALL, room: new Map() });
  expect((await journal.claim(CLAIM_ALL)).map(({ eventId, expiresAt }) => [eventId, expiresAt])).toEqual([
    ["e1", undefined],
    ["e2", 5],
  ]);
  await openSqliteJournal({ path, owner: "beside" }).close();
  await journal.close();
});

test("a file of the second format is brought up to date as well", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const before = openSqliteJournal({ path, owner: "take" });
  const { batch: first, matched } = batch(0, [delivery("a")]);
  await before.record(first, matched, "hash", CLAIM_ALL);
  await before.close();
  const db = new DatabaseSync(path);
  db.exec(`${WITHOUT_UNMATCHED} PRAGMA user_version = 2`);
  db.close();
  expect(() => openSqliteJournal({ path, owner: "beside" })).toThrow("was written by an older Backstitch");
  const journal = openSqliteJournal({ path, owner: "take", events: "all" });
  const [event] = first.events;
  const quiet = { ...first, from: first.to, to: "later", events: event === undefined ? [] : [{ ...event, id: "quiet" }] };
  await journal.record(quiet, { deliveries: [], failures: [], undecided: [] }, "hash", CLAIM_ALL);
  expect(await journal.deliveries({})).toHaveLength(1);
  expect((await journal.event("quiet"))?.event.id).toBe("quiet");
  await journal.close();
});

test("a file of the third format is brought up to date, and its deliveries are tried on", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const before = openSqliteJournal({ path, owner: "take" });
  const { batch: first, matched } = batch(0, [delivery("a")]);
  const [claim] = await before.record(first, matched, "hash", CLAIM_ALL);
  if (claim === undefined) throw new Error("it was to be claimed");
  await before.settle([{ claim: claim.claim, attempts: 1, next: { state: "waiting", dueAt: 0 } }]);
  await before.close();
  const db = new DatabaseSync(path);
  db.exec(`${WITHOUT_TRIED} PRAGMA user_version = 3`);
  db.close();
  const journal = openSqliteJournal({ path, owner: "take" });
  const [again] = await journal.claim(CLAIM_ALL);
  expect(again).toMatchObject({ attempts: 1 });
  expect(again?.triedAt).toBeUndefined();
  await journal.close();
});

test("a file of the fourth format is brought up to date, with the lanes that are blocked", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const before = openSqliteJournal({ path, owner: "take", clock: () => 5 });
  const { batch: first, matched } = batch(0, [delivery("a"), ...["b", "c"].map((id) => delivery(id, { lane: "a" })), delivery("d")]);
  await before.record(first, matched, "hash", CLAIM_ALL);
  await before.close();
  const db = new DatabaseSync(path);
  db.exec(`${WITHOUT_BLOCKED} PRAGMA user_version = 4`);
  db.close();
  const journal = openSqliteJournal({ path, owner: "take" });
  expect((await journal.counts()).lanes).toEqual({ blocked: 1, blockedSince: 5 });
  await journal.close();
});

test("a file of the fifth format is brought up to date, and counts what limits let through", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const before = openSqliteJournal({ path, owner: "take" });
  const { batch: first, matched } = batch(0, [delivery("a"), delivery("b")]);
  await before.record(first, matched, "hash", CLAIM_ALL);
  await before.close();
  const db = new DatabaseSync(path);
  db.exec(`${WITHOUT_ADMITTED} PRAGMA user_version = 5`);
  db.close();
  const journal = openSqliteJournal({ path, owner: "take", clock: () => 5 });
  const claims = await journal.claim(CLAIM_ALL);
  const admitted = await journal.admit(claims.map(({ claim }) => ({ claim, quotas: [{ of: "all", most: 1, perMs: 10 }] })));
  expect(admitted.map((admission) => admission?.refusal)).toEqual([undefined, { quota: 0, roomAt: 15 }]);
  await journal.close();
});

test("a file of the sixth format is brought up to date as well: what was redriven in it is sent, and does not hold up its lane", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const before = openSqliteJournal({ path, owner: "take" });
  const { batch: first, matched } = batch(0, [delivery("a", { lane: "l" }), delivery("b", { lane: "l" })]);
  const claims = await before.record(first, matched, "hash", CLAIM_ALL);
  await before.settle(claims.map(({ claim }) => ({ claim, attempts: 1, next: { state: "rejected" } })));
  await before.redrive(claims.map(({ id }) => ({ id })));
  await before.close();
  const db = new DatabaseSync(path);
  db.exec(`${WITHOUT_PAUSES} UPDATE delivery SET queued = 0 WHERE redriven = 1; PRAGMA user_version = 6`);
  db.close();
  const journal = openSqliteJournal({ path, owner: "take" });
  expect((await journal.claim(CLAIM_ALL)).map(({ eventId }) => eventId).toSorted()).toEqual(["a", "b"]);
  await journal.close();
});

test("a file of the seventh format is brought up to date, and of what is pending in it nobody knows when it was committed", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const before = openSqliteJournal({ path, owner: "take" });
  const { batch: first, matched } = batch(0, [delivery("a")]);
  await before.record(first, matched, "hash", { ...CLAIM_ALL, room: new Map() });
  await before.close();
  const db = new DatabaseSync(path);
  db.exec(`${WITHOUT_ORIGIN} PRAGMA user_version = 7`);
  db.close();
  const journal = openSqliteJournal({ path, owner: "take" });
  expect(await journal.claim(CLAIM_ALL)).toMatchObject([{ eventId: "a", committedAt: undefined, trace: undefined }]);
  await journal.close();
});

test("a file of the eighth format is brought up to date, and what is pending in it takes turns by nothing of its event", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const before = openSqliteJournal({ path, owner: "take" });
  const { batch: first, matched } = batch(0, [delivery("a")]);
  await before.record(first, matched, "hash", { ...CLAIM_ALL, room: new Map() });
  await before.close();
  const db = new DatabaseSync(path);
  db.exec(`${WITHOUT_TURN} PRAGMA user_version = 8`);
  db.close();
  const journal = openSqliteJournal({ path, owner: "take" });
  const second = batch(1, [delivery("b", { turn: "tenant" })]);
  await journal.record(second.batch, second.matched, "hash", { ...CLAIM_ALL, room: new Map() });
  expect((await journal.claim(CLAIM_ALL)).map(({ eventId, turn }) => [eventId, turn])).toEqual([
    ["a", undefined],
    ["b", "tenant"],
  ]);
  await journal.close();
});

test("a file of the ninth format is brought up to date, and what waits for room in it joins a queue when its time has come", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  let now = 1_772_000_000_000;
  const open = (): ReturnType<typeof openSqliteJournal> => openSqliteJournal({ path, owner: "take", clock: () => now });
  const before = open();
  const { batch: first, matched } = batch(0, [delivery("a"), delivery("b")]);
  const claims = await before.record(first, matched, "hash", CLAIM_ALL);
  await before.settle(claims.map(({ claim }) => ({ claim, attempts: 0, next: { state: "waiting", dueAt: now + 10 } })));
  await before.close();
  const db = new DatabaseSync(path);
  db.exec(`${WITHOUT_QUEUES} PRAGMA user_version = 9`);
  db.close();
  const journal = open();
  now += 10;
  const again = await journal.claim(CLAIM_ALL);
  const quota = { of: "all", most: 1, perMs: 1_000 };
  const admissions = await journal.admit(again.map(({ claim }) => ({ claim, quotas: [quota] })));
  expect(admissions.map((admission) => admission?.refusal?.roomAt)).toEqual([undefined, now + 1_000]);
  await journal.settle(again.slice(1).map(({ claim }) => ({ claim, attempts: 0, next: { state: "waiting", dueAt: now + 1_000, quota } })));
  expect(await journal.claim(CLAIM_ALL)).toEqual([]);
  now += 1_000;
  expect((await journal.claim(CLAIM_ALL)).map(({ eventId }) => eventId)).toEqual(["b"]);
  await journal.close();
  const after = new DatabaseSync(path);
  expect(after.prepare("SELECT count(*) AS n FROM queue").get()).toEqual({ n: 0 });
  after.close();
});

test("a file of the eleventh format is brought up to date, and what its events asked for is what is there", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const before = openSqliteJournal({ path, owner: "take" });
  const { batch: first, matched } = batch(0, [delivery("a"), delivery("b", { eventId: "a" })]);
  await before.record(first, matched, "hash", { ...CLAIM_ALL, room: new Map() });
  await before.close();
  const db = new DatabaseSync(path);
  db.exec(`${WITHOUT_ASKED} PRAGMA user_version = 11`);
  db.close();
  const journal = openSqliteJournal({ path, owner: "take" });
  expect(await journal.verify()).toEqual([]);
  const beside = new DatabaseSync(path);
  beside.exec("DELETE FROM delivery WHERE seq = 2");
  beside.close();
  expect((await journal.verify()).map(({ id, code }) => [id, code])).toContainEqual(["a", "EVENT_UNACCOUNTED"]);
  await journal.close();
});

test("a file of the tenth format is brought up to date, and of what is pending in it nobody told of deliveries", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const before = openSqliteJournal({ path, owner: "take" });
  const { batch: first, matched } = batch(0, [delivery("a")]);
  await before.record(first, matched, "hash", { ...CLAIM_ALL, room: new Map() });
  await before.close();
  const db = new DatabaseSync(path);
  db.exec(`${WITHOUT_HOPS} PRAGMA user_version = 10`);
  db.close();
  const journal = openSqliteJournal({ path, owner: "take" });
  const second = batch(1, [delivery("b")]);
  const events = second.batch.events.map((event) => ({ ...event, hops: 4 }));
  await journal.record({ ...second.batch, events }, second.matched, "hash", { ...CLAIM_ALL, room: new Map() });
  expect((await journal.claim(CLAIM_ALL)).map(({ eventId, hops }) => [eventId, hops])).toEqual([
    ["a", undefined],
    ["b", 4],
  ]);
  await journal.close();
});
