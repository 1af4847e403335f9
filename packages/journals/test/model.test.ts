import { join } from "node:path";
import type { ClaimedDelivery, Journal, NextState } from "@backstitch/core/journal";
import { deliveryKey, type FailedMatch, type NewDelivery } from "@backstitch/core/rules";
import { emptyMemory, memoryJournal } from "@backstitch/journals/memory";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { batch, delivery } from "./support/batches.ts";
import { temporaryFolder } from "./support/folder.ts";
import { checkLanes } from "./support/lanes.ts";
import { startJournalServer } from "./support/postgres.ts";

const LEASE_MS = 1_000;
const DAY_MS = 86_400_000;
/** As what is settled may go on; "x" and "y" wait in the queues of these quotas. */
const STATES = ["x", "y", "x", "y", "accepted", "rejected", "expired", "dropped", "held", "waiting", "uncertain", "pending"] as const;

const small = fc.nat({ max: 5 });
const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("record"),
      rows: fc.array(fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 3 })), { maxLength: 6 }),
      room: small,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("fail"), row: fc.nat({ max: 40 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("claim"), room: small, bytes: fc.constantFrom(0, 30, 1_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("start"), picks: fc.array(small, { maxLength: 4 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("admit"),
      picks: fc.array(small, { maxLength: 4 }),
      quotas: fc.array(
        fc.record({ of: fc.constantFrom("x", "y"), most: fc.integer({ min: 1, max: 2 }), perMs: fc.constantFrom(500, 1_000) }),
        {
          maxLength: 2,
        },
      ),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("settle"), picks: fc.array(fc.tuple(small, fc.constantFrom(...STATES)), { maxLength: 5 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("redrive"), rows: fc.array(fc.nat({ max: 40 }), { maxLength: 8 }), args: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.constantFrom(1, LEASE_MS / 2, LEASE_MS, 7 * DAY_MS, 23 * DAY_MS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("purge") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash") }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer One> ? One : never;

/** Two journals under one clock, and the claims that a worker remembers, stale ones too. */
interface Pair {
  journals: readonly [Journal, Journal];
  now: number;
  batches: number;
  claims: readonly ClaimedDelivery[];
  reopen(): Promise<readonly [Journal, Journal]>;
}

test("SQLite does what the simple journal in memory does, whatever is asked of both", { timeout: 120_000 }, () =>
  holdsForAll(150, async (use) => {
    using folder = temporaryFolder();
    const path = join(folder.path, "journal.db");
    await use(async (clock) => openSqliteJournal({ path, owner: "take", clock }));
  }),
);

test("PostgreSQL does the same", { timeout: 240_000 }, async () => {
  const server = await startJournalServer();
  try {
    await holdsForAll(12, async (use) => {
      const schema = server.emptySchema();
      await use((clock) => server.open(schema, { clock }));
      await server.giveBack(schema);
    });
  } finally {
    await server.stop();
  }
});

type Open = (clock: () => number) => Promise<Journal>;

/** Whatever is asked, in any order, of the journal that is opened so: it answers as the simple one does. */
async function holdsForAll(numRuns: number, withJournal: (use: (open: Open) => Promise<void>) => Promise<void>): Promise<void> {
  const operations = fc.array(operation, { minLength: 5, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(operations, (asked) => withJournal((open) => playOn(open, asked))),
    { numRuns },
  );
}

async function playOn(open: Open, operations: readonly Operation[]): Promise<void> {
  const pair = await openPair(open);
  try {
    for (const [index, one] of operations.entries()) {
      const [left, right] = await both(pair, one);
      expect(left, `${index}: ${one.do}`).toEqual(right);
      await compare(pair, `${index}: ${one.do}`);
    }
  } finally {
    for (const journal of pair.journals) await journal.close();
  }
}

async function openPair(openOne: Open): Promise<Pair> {
  const memory = emptyMemory();
  const clock = (): number => pair.now;
  const open = async (): Promise<readonly [Journal, Journal]> => [await openOne(clock), memoryJournal({ memory, clock })];
  const pair: Pair = {
    journals: [] as never,
    now: 1_772_000_000_000,
    batches: 0,
    claims: [],
    async reopen() {
      for (const journal of pair.journals) await journal.close();
      return open();
    },
  };
  pair.journals = await open();
  return pair;
}

async function both(pair: Pair, one: Operation): Promise<[unknown, unknown]> {
  if (one.do === "wait") pair.now += one.ms;
  if (one.do === "crash") pair.journals = await pair.reopen();
  const [left, right] = [await run(pair, pair.journals[0], one), await run(pair, pair.journals[1], one)];
  if (one.do === "record" || one.do === "fail") pair.batches += 1;
  if (one.do === "record" || one.do === "claim") {
    const claims = left as readonly ClaimedDelivery[];
    const held = new Map(pair.claims.map((claim) => [claim.id, claim.claim.number]));
    for (const claim of claims) expect(claim.claim.number, "a claim's number only grows").toBeGreaterThan(held.get(claim.id) ?? 0);
    pair.claims = [...claims, ...pair.claims].slice(0, 12);
  }
  return [left, right];
}

async function run(pair: Pair, journal: Journal, one: Operation): Promise<unknown> {
  switch (one.do) {
    case "record":
      return record(pair, journal, { deliveries: one.rows.map(asked), failures: [], room: one.room });
    case "fail":
      return record(pair, journal, { deliveries: [], failures: [failed(one.row)], room: 0 });
    case "claim":
      return journal.claim({ room: new Map([["sms", one.room]]), bytes: one.bytes, leaseMs: LEASE_MS });
    case "start":
      return journal.start(picked(pair, one.picks).map((claim) => claim.claim));
    case "admit":
      return journal.admit(picked(pair, one.picks).map(({ claim }) => ({ claim, quotas: one.quotas })));
    case "settle":
      return journal.settle(
        one.picks.flatMap(([pick, state]) =>
          picked(pair, [pick]).map(({ claim, attempts }) => ({ claim, attempts, next: next(pair, state) })),
        ),
      );
    case "redrive":
      return redrive(journal, one);
    case "purge":
      return journal.purge();
    case "wait":
    case "crash":
      return undefined;
  }
}

function record(
  pair: Pair,
  journal: Journal,
  { deliveries, failures, room }: { deliveries: readonly NewDelivery[]; failures: readonly FailedMatch[]; room: number },
): Promise<unknown> {
  const { batch: given } = batch(pair.batches, deliveries);
  const claim = { room: new Map([["sms", room]]), bytes: 1_000, leaseMs: LEASE_MS };
  return journal.record(given, { deliveries, failures, undecided: [] }, "hash", claim);
}

function asked([row, lane]: readonly [number, number]): NewDelivery {
  return delivery(`row-${row}`, { lane: `lane-${lane}`, args: { row }, expiresAt: row % 3 === 0 ? 1_772_000_000_000 + row : undefined });
}

function failed(row: number): FailedMatch {
  const eventId = `row-${row}`;
  const entry = { rule: "low-stock", then: "sms.send", service: "sms", action: "send" };
  return { key: deliveryKey(eventId, entry.rule, entry.then), eventId, ...entry, code: "TEMPLATE_FAILED", reason: "A template failed." };
}

function picked({ claims }: Pair, picks: readonly number[]): ClaimedDelivery[] {
  return picks.map((pick) => claims[pick]).filter((claim) => claim !== undefined);
}

const QUOTAS = { x: { of: "x", most: 1, perMs: 1_000 }, y: { of: "y", most: 2, perMs: 500 } };

function next({ now }: Pair, state: (typeof STATES)[number]): NextState {
  if (state === "x" || state === "y") return { state: "waiting", dueAt: now + 500, quota: QUOTAS[state] };
  return state === "waiting" || state === "uncertain" ? { state, dueAt: now + 500 } : { state };
}

const RENDERED = { lane: "lane-0", service: "sms", action: "send", args: { given: true }, ifUncertain: "hold", retry: undefined } as const;

async function redrive(journal: Journal, { rows, args }: { rows: readonly number[]; args: boolean }): Promise<unknown> {
  const all = await journal.deliveries({ limit: 1_000 });
  const ids = rows.map((row) => all.find((record) => record.eventId === `row-${row}`)?.id ?? "none");
  return journal.redrive(ids.map((id) => (args ? { id, rendered: RENDERED } : { id })));
}

async function compare({ journals: [left, right] }: Pair, when: string): Promise<void> {
  const [ours, theirs] = [await left.deliveries({ limit: 1_000 }), await right.deliveries({ limit: 1_000 })];
  expect(ours, when).toEqual(theirs);
  checkLanes(ours, when);
  const [{ bytes: _ours, ...counted }, { bytes: _theirs, ...expected }] = [await left.counts(), await right.counts()];
  expect(counted, when).toEqual(expected);
  expect(
    (await left.verify()).filter(({ code }) => code === "NEVER_DUE" || code.startsWith("LANE")),
    when,
  ).toEqual([]);
  for (const { eventId } of ours) expect(await left.event(eventId), when).toEqual(await right.event(eventId));
}
