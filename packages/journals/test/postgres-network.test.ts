import { JournalFull, JournalOwned, type ClaimedDelivery, type Journal } from "@backstitch/core/journal";
import { deliveryId } from "@backstitch/core/rules";
import type { Outcome } from "@backstitch/core/connector";
import type { PostgresJournal } from "@backstitch/journals/postgres";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { batch, CLAIM_ALL, delivery } from "./support/batches.ts";
import { startJournalServer, type JournalServer } from "./support/postgres.ts";
import type { Proxy } from "./support/proxy.ts";
import { randomFrom } from "./support/random.ts";

vi.setConfig({ testTimeout: 60_000 });

let server: JournalServer;
beforeAll(async () => (server = await startJournalServer()));
afterAll(() => server.stop());

interface Far {
  readonly schema: string;
  readonly journal: PostgresJournal;
  readonly proxy: Proxy;
  open(worker: string, clock?: () => number): Promise<PostgresJournal>;
}

/** A journal behind a network of its own, and others that reach the server without. */
async function withFar(use: (far: Far) => Promise<void>, clock?: () => number): Promise<void> {
  const schema = server.freshSchema();
  const proxy = await server.proxy();
  const journal = await server.open(schema, { connectionString: proxy.url, worker: "far", clock });
  const others: Journal[] = [];
  try {
    await use({
      schema,
      journal,
      proxy,
      async open(worker, at) {
        const other = await server.open(schema, { worker, clock: at });
        others.push(other);
        return other;
      },
    });
  } finally {
    for (const one of [journal, ...others]) await one.close();
    await proxy.close();
  }
}

const ACCEPTED: Outcome = { kind: "accepted", receipt: { id: "r" } };
const accept = ({ claim, attempts }: ClaimedDelivery): Parameters<Journal["settle"]>[0][number] => ({
  claim,
  outcome: ACCEPTED,
  attempts: attempts + 1,
  next: { state: "accepted" },
});

/** Makes a call of which the server does all, and whose answer never comes; then the connection breaks. */
async function withoutAnswer<Result>({ proxy, schema }: Far, call: () => Promise<Result>, isDone: string): Promise<Result> {
  proxy.loseAnswers();
  const answer = call();
  const done = async (): Promise<boolean> => (await server.sql(isDone.replaceAll("%", schema)))[0]?.["done"] === true;
  while (!(await done()));
  proxy.restore();
  proxy.cut();
  return answer;
}

test("a batch that was recorded without an answer is recorded once, and its claims are found", () =>
  withFar(async (far) => {
    const { journal } = far;
    const { batch: before, matched: known } = batch(0, [delivery("z")]);
    await journal.settle((await journal.record(before, known, "hash", CLAIM_ALL)).map(accept));
    const { batch: first, matched } = batch(1, [delivery("a"), delivery("b", { lane: "a" }), delivery("c")]);
    const record = (): Promise<readonly ClaimedDelivery[]> => journal.record(first, matched, "hash", CLAIM_ALL);
    const claims = await withoutAnswer(far, record, "SELECT position = '1' AS done FROM %.position");
    expect(claims.map(({ eventId, args }) => [eventId, args])).toEqual([
      ["a", { body: "a" }],
      ["c", { body: "c" }],
    ]);
    expect(await journal.claim(CLAIM_ALL)).toEqual([]);
    expect(await journal.counts()).toMatchObject({ events: 4, deliveries: { claimed: 2, pending: 1, accepted: 1 } });
    expect(await journal.settle(claims.map(accept))).toEqual([]);
    const { batch: second, matched: more } = batch(2, [delivery("d")]);
    expect(await journal.record(second, more, "hash", CLAIM_ALL)).toHaveLength(1);
    await expect(record()).rejects.toThrow("position");
  }));

test("claims without an answer are found, once", () =>
  withFar(async (far) => {
    const { journal } = far;
    const { batch: first, matched } = batch(0, [delivery("a"), delivery("b")]);
    await journal.record(first, matched, "hash", { ...CLAIM_ALL, room: new Map() });
    const claim = (): Promise<readonly ClaimedDelivery[]> => journal.claim(CLAIM_ALL);
    const claims = await withoutAnswer(far, claim, "SELECT count(*) = 2 AS done FROM %.delivery WHERE state = 'claimed'");
    expect(claims.map(({ eventId, claims: times }) => [eventId, times])).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
    expect(await journal.claim(CLAIM_ALL)).toEqual([]);
    expect(await journal.start(claims.map((one) => one.claim))).toHaveLength(2);
  }));

test("what was settled without an answer is settled once, and is no stale claim", () =>
  withFar(async (far) => {
    const { journal } = far;
    const { batch: first, matched } = batch(0, [delivery("a"), delivery("b", { lane: "a" })]);
    const claims = await journal.record(first, matched, "hash", CLAIM_ALL);
    const settle = (): Promise<unknown> => journal.settle(claims.map(accept));
    expect(await withoutAnswer(far, settle, "SELECT count(*) = 1 AS done FROM %.outcome")).toEqual([]);
    const record = await journal.delivery(deliveryId(delivery("a").key));
    expect(record).toMatchObject({ state: "accepted", attempts: 1, outcomes: [{ attempt: 1, outcome: ACCEPTED }] });
    expect((await journal.claim(CLAIM_ALL)).map(({ eventId }) => eventId)).toEqual(["b"]);
    expect(await settle()).toEqual(claims.map((one) => one.claim));
  }));

test("a network that breaks again and again loses nothing and doubles nothing", () =>
  withFar(async ({ journal, proxy }) => {
    const random = randomFrom(7);
    proxy.cutEvery(() => 5 + Math.floor(random() * 60));
    const done: string[] = [];
    for (let number = 0; number < 40; number += 1) {
      const deliveries = Array.from({ length: 5 }, (_, index) => delivery(`${number}-${index}`, { lane: `lane-${index % 3}` }));
      const { batch: next, matched } = batch(number, deliveries);
      let claims = await journal.record(next, matched, "hash", CLAIM_ALL);
      while (claims.length > 0) {
        const started = await journal.start(claims.map((one) => one.claim));
        expect(started).toHaveLength(claims.length);
        expect(await journal.settle(claims.map(accept))).toEqual([]);
        done.push(...claims.map(({ eventId }) => eventId));
        claims = await journal.claim(CLAIM_ALL);
      }
    }
    proxy.restore();
    // Claims that a lost call made are found by a later one.
    for (let claims = await journal.claim(CLAIM_ALL); claims.length > 0; claims = await journal.claim(CLAIM_ALL)) {
      await journal.settle(claims.map(accept));
      done.push(...claims.map(({ eventId }) => eventId));
    }
    expect(done).toHaveLength(200);
    expect(new Set(done).size).toBe(200);
    const records = await journal.deliveries({ limit: 1_000 });
    expect(records.filter(({ state, outcomes }) => state !== "accepted" || outcomes.length !== 1)).toEqual([]);
    expect(await journal.counts()).toMatchObject({ events: 200, deliveries: { accepted: 200, pending: 0, claimed: 0, started: 0 } });
  }));

test("what settles while the clock is set back, and the server is away, waits as long as it was to", () =>
  withFar(async ({ journal, proxy }) => {
    const { batch: first, matched } = batch(0, [delivery("a")]);
    const claims = await journal.record(first, matched, "hash", CLAIM_ALL);
    proxy.sever();
    const next = { state: "waiting", dueAt: Date.now() + 60_000 } as const;
    const settled = journal.settle(claims.map(({ claim }) => ({ claim, attempts: 1, next })));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 26 * 3_600_000 });
    proxy.restore();
    await settled.finally(() => vi.useRealTimers());
    const [record] = await journal.deliveries({});
    expect(Math.abs((record?.dueAt ?? NaN) - next.dueAt)).toBeLessThan(30_000);
  }));

test("a server that stays away is told of like a full disk, which passes", () =>
  withFar(async ({ journal, proxy }) => {
    proxy.sever();
    const refusal: unknown = await journal.claim(CLAIM_ALL).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(JournalFull);
    expect((refusal as Error).message).toMatch(
      /^The (journal's server|connection to the journal's server) .* It goes on by itself when the server answers\.$/,
    );
    proxy.restore();
    expect(await journal.claim(CLAIM_ALL)).toEqual([]);
  }));

test("what a worker had that is gone lapses with its lease by the server's clock, and then is another's", async () => {
  let now = 1_772_000_000_000;
  const clock = (): number => now;
  await withFar(async ({ journal, proxy, open }) => {
    const other = await open("other", clock);
    const { batch: first, matched } = batch(0, [delivery("a"), delivery("b"), delivery("c", { lane: "a" })]);
    const claims = await journal.record(first, matched, "hash", CLAIM_ALL);
    await journal.start(claims.slice(0, 1).map((one) => one.claim));
    proxy.sever();
    now += CLAIM_ALL.leaseMs - 1;
    expect(await other.claim(CLAIM_ALL)).toEqual([]);
    now += 1;
    const theirs = await other.claim(CLAIM_ALL);
    expect(theirs.map(({ eventId, attempts, uncertain }) => [eventId, attempts, uncertain])).toEqual([
      ["b", 0, false],
      ["a", 1, true],
    ]);
    proxy.restore();
    expect(await journal.start(claims.map((one) => one.claim))).toEqual([]);
    expect(await journal.settle(claims.map(accept))).toEqual(claims.map((one) => one.claim));
    expect(await other.settle(theirs.map(accept))).toEqual([]);
    expect((await journal.claim(CLAIM_ALL)).map(({ eventId }) => eventId)).toEqual(["c"]);
  }, clock);
});

test("no two processes have one name; one that comes back under it voids what it had, and the one before is told", () =>
  withFar(async ({ journal, proxy, open }) => {
    const { batch: first, matched } = batch(0, [delivery("a"), delivery("b")]);
    const claims = await journal.record(first, matched, "hash", CLAIM_ALL);
    await journal.start(claims.slice(0, 1).map((one) => one.claim));
    const refused: unknown = await open("far").catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(JournalOwned);
    expect((refused as Error).message).toMatch(/^The worker "far" runs already: process \d+ on .+ since .+\. Stop it first/);

    proxy.sever();
    const back = await open("far");
    expect((await back.deliveries({})).map(({ state }) => state)).toEqual(["uncertain", "pending"]);
    proxy.restore();
    await expect(journal.settle(claims.map(accept))).rejects.toBeInstanceOf(JournalOwned);
    await expect(journal.claim(CLAIM_ALL)).rejects.toThrow('The worker "far" is process');
    expect(await back.claim(CLAIM_ALL)).toHaveLength(2);
  }));

test("a source is read by one at a time; another takes over when that one's connection is gone, and that one is told", () =>
  withFar(async ({ journal, proxy, open }) => {
    const other = await open("other");
    const { signal } = new AbortController();
    const log: string[] = [];
    const began = Promise.withResolvers<void>();
    const first = journal.readAlone(
      "shop",
      async (alone) => {
        log.push("far reads");
        began.resolve();
        await new Promise((resolve) => alone.addEventListener("abort", resolve));
        log.push("far stops");
      },
      { signal, onStandBy: () => log.push("far stands by") },
    );
    await began.promise;
    const standsBy = Promise.withResolvers<void>();
    const second = other.readAlone("shop", async () => void log.push("other reads"), { signal, onStandBy: standsBy.resolve });
    await standsBy.promise;
    await other.readAlone("till", async () => void log.push("another source"), { signal, onStandBy: () => log.push("never") });
    proxy.sever();
    await expect(first).rejects.toThrow('reading source "shop"');
    await second;
    expect(log).toEqual(["far reads", "another source", "far stops", "other reads"]);
  }));

test("who lost the lock of its name, by which the others count it, does not know where it sits until it has it again", async () => {
  const schema = server.freshSchema();
  const proxy = await server.proxy();
  const first = await server.open(schema, { worker: "a", connectionString: proxy.url });
  const second = await server.open(schema, { worker: "b" });
  expect(await first.seat()).toEqual({ index: 0, of: 2 });
  proxy.refuse();
  await server.sql(
    "SELECT pg_terminate_backend(l.pid) FROM pg_locks AS l WHERE locktype = 'advisory' AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = hashtextextended('backstitch/' || $1 || '/worker/a', 0)",
    [schema],
  );
  await vi.waitFor(async () => expect(await second.seat()).toEqual({ index: 0, of: 1 }), 10_000);
  await expect(first.seat()).rejects.toThrow("has lost the lock of its name");
  proxy.restore();
  await vi.waitFor(async () => expect(await first.seat()).toEqual({ index: 0, of: 2 }), 10_000);
  await first.close();
  await second.close();
  await proxy.close();
});
