import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { JournalFull, JournalOwned } from "@backstitch/core/journal";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { expect, test } from "vitest";
import { batch, CLAIM_ALL, delivery } from "./support/batches.ts";
import { runChild } from "./support/child.ts";
import { temporaryFolder } from "./support/folder.ts";

test("a second owner is refused by name, in the same process too, and is let in once the first has closed", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const first = openSqliteJournal({ path, owner: "take" });
  const take = (): unknown => openSqliteJournal({ path, owner: "take" });
  expect(take).toThrow(JournalOwned);
  expect(take).toThrow(new RegExp(`journal\\.db" is owned by process ${process.pid} on \\S+ since \\d{4}-.*; stop it first\\.`));
  expect(take, "being refused must not free the lock").toThrow(JournalOwned);
  await first.close();
  await openSqliteJournal({ path, owner: "take" }).close();
});

test("an owner in another process is named; once it is killed the journal can be taken at once", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  await using child = runChild("owner.ts", path);
  await child.said(1);
  expect(() => openSqliteJournal({ path, owner: "take" })).toThrow(JournalOwned);
  expect(() => openSqliteJournal({ path, owner: "take" })).not.toThrow(new RegExp(`process ${process.pid} `));
  await child.kill();
  await openSqliteJournal({ path, owner: "take" }).close();
});

test("every file is its user's alone, whatever the umask and whatever it was before", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "new", "journal.db");
  const umask = process.umask(0);
  try {
    await openSqliteJournal({ path, owner: "take" }).close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}-owner`).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o644);
    const journal = openSqliteJournal({ path, owner: "take" });
    const files = readdirSync(join(folder.path, "new"));
    expect(files.sort()).toEqual(["journal.db", "journal.db-owner", "journal.db-shm", "journal.db-wal"]);
    for (const file of files) expect(statSync(join(folder.path, "new", file)).mode & 0o777, file).toBe(0o600);
    expect(statSync(join(folder.path, "new")).mode & 0o777).toBe(0o700);
    await journal.close();
  } finally {
    process.umask(umask);
  }
});

test("beside its owner a journal is read and redriven, and nothing else", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const owner = openSqliteJournal({ path, owner: "take" });
  const { batch: first, matched } = batch(0, [delivery("a"), delivery("b")]);
  const [claim] = await owner.record(first, matched, "hash", { ...CLAIM_ALL, room: new Map([["sms", 1]]) });
  if (claim === undefined) throw new Error("one was to be claimed");
  await owner.settle([{ claim: claim.claim, attempts: 1, next: { state: "rejected" } }]);

  const beside = openSqliteJournal({ path, owner: "beside" });
  expect((await beside.deliveries({})).map((one) => one.state)).toEqual(["rejected", "pending"]);
  expect((await beside.counts()).deliveries).toMatchObject({ rejected: 1, pending: 1 });
  expect((await beside.event("a"))?.event.id).toBe("a");
  expect(await beside.positions("shop")).toEqual(new Map([["0", "0"]]));
  const refused = [
    beside.claim(CLAIM_ALL),
    beside.record(first, matched, "h", CLAIM_ALL),
    beside.start([]),
    beside.settle([]),
    beside.purge(),
  ];
  for (const call of refused) await expect(call).rejects.toThrow("beside its owner");
  expect(await beside.redrive([{ id: claim.id }])).toEqual([claim.id]);
  await beside.close();

  expect((await owner.claim(CLAIM_ALL)).map((one) => one.eventId)).toEqual(["b", "a"]);
  await owner.close();
});

test("there is nothing to open beside where no journal was made", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  expect(() => openSqliteJournal({ path, owner: "beside" })).toThrow('There is no journal at "');
  expect(existsSync(path)).toBe(false);
});

test("a file of a newer format is refused and left as it is", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  await openSqliteJournal({ path, owner: "take" }).close();
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 99");
  db.close();
  for (const owner of ["take", "beside"] as const) {
    expect(() => openSqliteJournal({ path, owner })).toThrow("was written by a newer Backstitch (format 99, here 7). Update Backstitch.");
  }
});

/** What turns a file of today into one of the sixth format, of the fifth, the fourth, the third and the second. */
const WITHOUT_PAUSES = `DROP TABLE pause; DROP INDEX entry_unused; ALTER TABLE entry DROP COLUMN uses; DROP INDEX delivery_parked; DROP INDEX delivery_lane; CREATE INDEX delivery_lane ON delivery (lane) WHERE queued = 1;
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

test("what limits count is in the file by a hash of its own: neither in clear, nor by what another journal made of it", async () => {
  using folder = temporaryFolder();
  const hashes: Uint8Array[] = [];
  for (const name of ["one.db", "two.db"]) {
    const path = join(folder.path, name);
    const journal = openSqliteJournal({ path, owner: "take" });
    const { batch: first, matched } = batch(0, [delivery("a")]);
    const claims = await journal.record(first, matched, "hash", CLAIM_ALL);
    await journal.admit(claims.map(({ claim }) => ({ claim, quotas: [{ of: "to +15005550123", most: 1, perMs: 10 }] })));
    await journal.close();
    expect(readFileSync(path).includes("+15005550123")).toBe(false);
    const db = new DatabaseSync(path);
    hashes.push((db.prepare("SELECT counted FROM admitted").get() as { counted: Uint8Array }).counted);
    db.close();
  }
  expect(hashes[0]).not.toEqual(hashes[1]);
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

test("the last events that matched nothing are found beside the owner, those of its last second once it has closed", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const nothing = { deliveries: [], failures: [], undecided: [] };
  const { batch: first } = batch(0, [delivery("a"), delivery("b")]);
  const [one, two] = first.events;
  if (one === undefined || two === undefined) throw new Error("no events");
  const journal = openSqliteJournal({ path, owner: "take", clock: () => 1_772_000_000_000 });
  await journal.record({ ...first, events: [one] }, nothing, "hash", CLAIM_ALL);
  await journal.record({ ...first, from: first.to, to: "later", events: [two] }, nothing, "hash", CLAIM_ALL);
  const beside = openSqliteJournal({ path, owner: "beside" });
  expect([(await beside.event(one.id))?.event, await beside.event(two.id)]).toEqual([one, undefined]);
  await journal.close();
  expect((await beside.event(two.id))?.event).toEqual(two);
  await beside.close();
});

test("an owner whose epoch is over is told so by its next call", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const journal = openSqliteJournal({ path, owner: "take" });
  const db = new DatabaseSync(path);
  db.exec("UPDATE owner SET epoch = epoch + 1, pid = 4711");
  db.close();
  await expect(journal.claim(CLAIM_ALL)).rejects.toThrow("owned by process 4711");
  await expect(journal.settle([])).rejects.toBeInstanceOf(JournalOwned);
  await journal.close();
});

test("what another process keeps locked is refused like a full disk, which passes, and nothing of it is stored", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const journal = openSqliteJournal({ path, owner: "take" });
  const { batch: first, matched } = batch(0, [delivery("a")]);
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const refusal: unknown = await journal.record(first, matched, "hash", CLAIM_ALL).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(JournalFull);
  expect((refusal as Error).message).toContain("Another program keeps the journal locked");
  other.exec("ROLLBACK");
  other.close();
  expect(await journal.record(first, matched, "hash", CLAIM_ALL)).toHaveLength(1);
  await journal.close();
});

test("closing twice is closing once", async () => {
  using folder = temporaryFolder();
  const journal = openSqliteJournal({ path: join(folder.path, "journal.db"), owner: "take" });
  await journal.close();
  await expect(journal.close()).resolves.toBeUndefined();
});

test("what is forgotten beside the owner is nowhere in the file once its log is written back", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const secret = "+15005550123";
  const journal = openSqliteJournal({ path, owner: "take" });
  const { batch: first, matched } = batch(0, [
    delivery("a", { args: { to: secret } }),
    delivery("b", { args: { long: secret.repeat(1_000) } }),
  ]);
  const claims = await journal.record(first, matched, "hash", CLAIM_ALL);
  await journal.settle(claims.map(({ claim }) => ({ claim, attempts: 1, next: { state: "accepted" } })));
  await journal.close();
  expect(readFileSync(path).includes(secret)).toBe(true);
  const beside = openSqliteJournal({ path, owner: "beside" });
  const ids = claims.map(({ id }) => id);
  expect(await beside.decide("forget", ids, { by: "ada", reason: "Asked to." })).toEqual(ids);
  await beside.close();
  expect(readFileSync(path).includes(secret)).toBe(false);
});
