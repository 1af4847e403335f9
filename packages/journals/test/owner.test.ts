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
