import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Journal } from "@backstitch/core/journal";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { expect, test } from "vitest";
import { batch, CLAIM_ALL, delivery } from "./support/batches.ts";
import { temporaryFolder } from "./support/folder.ts";

const DAY_MS = 86_400_000;

/** Records so many, in batches of 250, under a rule set of their own, and settles them. */
async function fill(
  journal: Journal,
  { first, many, bytes, hash }: { first: number; many: number; bytes: number; hash: string },
): Promise<void> {
  for (let at = first; at < first + many; at += 250) {
    const asked = Array.from({ length: Math.min(250, first + many - at) }, (_, index) =>
      delivery(`e${at + index}`, { args: { body: "x".repeat(bytes) } }),
    );
    const from = at === 0 ? undefined : String(at);
    const { batch: one, matched } = batch(0, asked);
    const claims = await journal.record({ ...one, from, to: String(at + 250) }, matched, hash, CLAIM_ALL);
    const outcome = { kind: "accepted", receipt: { id: "SM1" } } as const;
    expect(await journal.settle(claims.map(({ claim }) => ({ claim, outcome, attempts: 1, next: { state: "accepted" } })))).toEqual([]);
  }
}

async function purgeAll(journal: Journal): Promise<readonly number[]> {
  const touched: number[] = [];
  for (;;) {
    const rows = await journal.purge();
    if (rows === 0) return touched;
    touched.push(rows);
  }
}

test("the file of a journal that is filled, forgets and is filled again does not grow", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  let now = 1_772_000_000_000;
  const journal = openSqliteJournal({ path, owner: "take", clock: () => now });
  const sizes: number[] = [];
  const used: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    await fill(journal, { first: round * 3_000, many: 3_000, bytes: 300, hash: `hash-${round}` });
    used.push((await journal.counts()).bytes);
    for (const days of [7, 23]) {
      now += days * DAY_MS;
      await purgeAll(journal);
    }
    expect(await journal.deliveries({})).toEqual([]);
    expect(await journal.verify()).toEqual([]);
    sizes.push(statSync(path).size);
  }
  await journal.close();
  expect(Math.max(...used)).toBeLessThan((used[0] ?? 0) * 1.1);
  expect(Math.max(...sizes)).toBeLessThan((used[0] ?? 0) * 1.1);
  const db = new DatabaseSync(path);
  const { bytes } = db
    .prepare("SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count, pragma_freelist_count, pragma_page_size")
    .get() as {
    bytes: number;
  };
  expect(bytes).toBeLessThan((used[0] ?? 0) / 10);
  // Nor do the rules' entries stay, of which each edit of the rules makes new ones.
  expect(db.prepare("SELECT count(*) AS n FROM entry").get()).toEqual({ n: 0 });
  db.close();
});

test("one call forgets so little that nobody waits for it: few rows, fewer where they are large, one where it is huge", async () => {
  using folder = temporaryFolder();
  let now = 1_772_000_000_000;
  const journal = openSqliteJournal({ path: join(folder.path, "journal.db"), owner: "take", clock: () => now });
  await fill(journal, { first: 0, many: 500, bytes: 10, hash: "hash" });
  now += 7 * DAY_MS;
  expect(await purgeAll(journal)).toEqual([200, 200, 100]);
  await fill(journal, { first: 500, many: 6, bytes: 1_500_000, hash: "hash" });
  now += 7 * DAY_MS;
  expect(await purgeAll(journal)).toEqual([2, 2, 2]);
  await fill(journal, { first: 750, many: 2, bytes: 9_000_000, hash: "hash" });
  now += 7 * DAY_MS;
  expect(await purgeAll(journal)).toEqual([1, 1]);
  await journal.close();
});

test("an entry is kept as long as a delivery belongs to it, also one that was rendered anew beside the owner", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  let now = 1_772_000_000_000;
  const clock = (): number => now;
  const journal = openSqliteJournal({ path, owner: "take", clock });
  const { batch: first, matched } = batch(0, [delivery("a"), delivery("b")]);
  const [a, b] = await journal.record(first, matched, "hash", CLAIM_ALL);
  if (a === undefined || b === undefined) throw new Error("two were to be claimed");
  const rejected = { kind: "rejected", code: "NO", reason: "No." } as const;
  await journal.settle([a, b].map(({ claim }) => ({ claim, outcome: rejected, attempts: 1, next: { state: "rejected" } })));
  now += 7 * DAY_MS;
  await purgeAll(journal);
  const beside = openSqliteJournal({ path, owner: "beside", clock });
  expect(await beside.redrive([{ id: a.id, rendered: delivery("a", { action: "text" }) }])).toEqual([a.id]);
  await beside.close();
  now += 30 * DAY_MS;
  await purgeAll(journal);
  expect((await journal.deliveries({})).map(({ action }) => action)).toEqual(["text"]);
  const { batch: second, matched: more } = batch(1, [delivery("c")]);
  await journal.record(second, more, "hash", CLAIM_ALL);
  expect((await journal.deliveries({})).map(({ eventId, action }) => [eventId, action])).toEqual([
    ["a", "text"],
    ["c", "send"],
  ]);
  await journal.close();
});
