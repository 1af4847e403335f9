import { join } from "node:path";
import type { Journal } from "@backstitch/core/journal";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { expect, test } from "vitest";
import { batch, CLAIM_ALL, delivery } from "./support/batches.ts";
import { temporaryFolder } from "./support/folder.ts";

const HOUR_MS = 3_600_000;

/** A clock that somebody sets, and the time that passes whatever the clock shows. */
interface Time {
  readonly journal: Journal;
  pass(ms: number): void;
  set(byMs: number): void;
  now(): number;
}

async function withTime(use: (time: Time) => Promise<void>): Promise<void> {
  using folder = temporaryFolder();
  let shown = 1_772_000_000_000;
  let passed = 50;
  const journal = openSqliteJournal({ path: join(folder.path, "journal.db"), owner: "take", clock: () => shown, steady: () => passed });
  const pass = (ms: number): void => {
    shown += ms;
    passed += ms;
  };
  await use({ journal, pass, set: (byMs) => void (shown += byMs), now: () => shown });
  await journal.close();
}

async function recorded({ journal }: Time): Promise<readonly string[]> {
  const { batch: first, matched } = batch(0, [delivery("a"), delivery("b"), delivery("c", { lane: "b" })]);
  const claims = await journal.record(first, matched, "hash", { ...CLAIM_ALL, room: new Map([["sms", 1]]) });
  return claims.map(({ eventId }) => eventId);
}

const claimedNow = async ({ journal }: Time): Promise<readonly string[]> =>
  (await journal.claim(CLAIM_ALL)).map(({ eventId, attempts }) => `${eventId}${attempts}`);

for (const byMs of [HOUR_MS, -HOUR_MS]) {
  const name = `a clock that is set ${byMs > 0 ? "forward" : "back"} an hour`;

  test(`${name} neither ends nor prolongs claims`, () =>
    withTime(async (time) => {
      expect(await recorded(time)).toEqual(["a"]);
      time.pass(CLAIM_ALL.leaseMs - 1);
      time.set(byMs);
      expect(await claimedNow(time)).toEqual(["b0"]);
      time.pass(1);
      expect(await claimedNow(time)).toEqual(["a0"]);
    }));

  test(`${name} neither shortens nor prolongs the time for which a delivery is tried`, () =>
    withTime(async (time) => {
      const { batch: first, matched } = batch(0, [delivery("a")]);
      const [one] = await time.journal.record(first, matched, "hash", CLAIM_ALL);
      if (one === undefined) throw new Error("it was to be claimed");
      await time.journal.settle([{ claim: one.claim, attempts: 1, next: { state: "waiting", dueAt: 0 } }]);
      time.pass(1_000);
      time.set(byMs);
      const [again] = await time.journal.claim(CLAIM_ALL);
      expect(time.now() - (again?.triedAt ?? 0)).toBe(1_000);
    }));

  test(`${name} neither shortens nor prolongs what limits count`, () =>
    withTime(async (time) => {
      const { batch: first, matched } = batch(0, [delivery("a"), delivery("b")]);
      const [one, two] = await time.journal.record(first, matched, "hash", CLAIM_ALL);
      if (one === undefined || two === undefined) throw new Error("two were to be claimed");
      const quotas = [{ of: "all", most: 1, perMs: 10_000 }];
      await time.journal.admit([{ claim: one.claim, quotas }]);
      time.set(byMs);
      time.pass(9_999);
      const [refused] = await time.journal.admit([{ claim: two.claim, quotas }]);
      expect(refused?.refusal).toEqual({ quota: 0, roomAt: time.now() + 1 });
    }));

  test(`${name} lets a claim start and settle`, () =>
    withTime(async (time) => {
      const { batch: first, matched } = batch(0, [delivery("a")]);
      const [one] = await time.journal.record(first, matched, "hash", CLAIM_ALL);
      if (one === undefined) throw new Error("it was to be claimed");
      time.set(byMs);
      expect(await time.journal.start([one.claim])).toEqual([one.claim]);
      time.set(byMs);
      expect(await time.journal.claim(CLAIM_ALL)).toEqual([]);
      expect(await time.journal.settle([{ claim: one.claim, attempts: 1, next: { state: "accepted" } }])).toEqual([]);
    }));

  test(`${name} keeps nothing that is due waiting, also what is given back or released later`, () =>
    withTime(async (time) => {
      const { batch: first, matched } = batch(0, [delivery("a"), delivery("b"), delivery("c", { lane: "b" })]);
      await time.journal.record(first, matched, "hash", { ...CLAIM_ALL, room: new Map() });
      time.set(byMs);
      const claims = await time.journal.claim(CLAIM_ALL);
      expect(claims.map(({ eventId }) => eventId)).toEqual(["a", "b"]);
      const next = ["pending", "accepted"] as const;
      await time.journal.settle(claims.map(({ claim }, index) => ({ claim, attempts: index, next: { state: next[index] ?? "held" } })));
      expect(await claimedNow(time)).toEqual(["a0", "c0"]);
    }));
}

test("what is pending waits for nothing, where the clock was set back while no process ran", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const { batch: first, matched } = batch(0, [delivery("a"), delivery("b", { lane: "a" })]);
  const ahead = openSqliteJournal({ path, owner: "take", clock: () => 1_772_000_000_000 + HOUR_MS });
  await ahead.record(first, matched, "hash", { ...CLAIM_ALL, room: new Map() });
  await ahead.close();
  const journal = openSqliteJournal({ path, owner: "take", clock: () => 1_772_000_000_000 });
  const [a, ...others] = await journal.claim(CLAIM_ALL);
  expect([a?.eventId, others]).toEqual(["a", []]);
  if (a !== undefined) await journal.settle([{ claim: a.claim, attempts: 1, next: { state: "accepted" } }]);
  expect((await journal.claim(CLAIM_ALL)).map(({ eventId }) => eventId)).toEqual(["b"]);
  await journal.close();
});

test("what waits waits as long as it was to, where the clock is set back meanwhile", () =>
  withTime(async (time) => {
    const { batch: first, matched } = batch(0, [delivery("a")]);
    const [one] = await time.journal.record(first, matched, "hash", CLAIM_ALL);
    if (one === undefined) throw new Error("it was to be claimed");
    const dueAt = 1_772_000_000_000 + 60_000;
    await time.journal.settle([{ claim: one.claim, attempts: 1, next: { state: "waiting", dueAt } }]);
    time.set(-HOUR_MS);
    time.pass(59_999);
    expect(await claimedNow(time)).toEqual([]);
    time.pass(1);
    expect(await claimedNow(time)).toEqual(["a1"]);
  }));

test("what waits, and what limits count, does not wait for a clock that was set back while no process ran", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  let shown = 1_772_000_000_000 + HOUR_MS;
  const open = (): Journal => openSqliteJournal({ path, owner: "take", clock: () => shown });
  const { batch: first, matched } = batch(0, [delivery("a"), delivery("b")]);
  const quotas = [{ of: "anybody", most: 1, perMs: 60_000 }];
  const ahead = open();
  const [a, b] = await ahead.record(first, matched, "hash", CLAIM_ALL);
  if (a === undefined || b === undefined) throw new Error("both were to be claimed");
  await ahead.admit([{ claim: a.claim, quotas }]);
  await ahead.settle([{ claim: a.claim, attempts: 1, next: { state: "accepted" } }]);
  await ahead.settle([{ claim: b.claim, attempts: 1, next: { state: "waiting", dueAt: shown + 60_000 } }]);
  await ahead.close();

  shown -= HOUR_MS;
  const journal = open();
  shown += 59_999;
  expect(await journal.claim(CLAIM_ALL)).toEqual([]);
  shown += 1;
  const [again] = await journal.claim(CLAIM_ALL);
  if (again === undefined) throw new Error("it was to be claimed");
  expect(await journal.admit([{ claim: again.claim, quotas }])).toMatchObject([{ refusal: undefined }]);
  await journal.close();
});
