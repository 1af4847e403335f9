import { describe, expect, test } from "vitest";
import type { DeliveryRecord } from "@backstitch/core/journal";
import { judge, type Seen } from "./crash/judge.ts";
import { crashRounds } from "./crash/rounds.ts";
import type { Written } from "./crash/writer.ts";

/** Two items, of which the first went through two versions; one text of each handling. */
const written: Written = {
  versions: new Map([
    [1, 2],
    [2, 1],
  ]),
  texts: { retry: new Set([1]), hold: new Set([2]) },
  rows: 5,
};
const sent = (id: number, version: number, life = 0, answered = true) => ({ id, version, life, answered });
const heldAfter = (...outcomes: object[]) => ({ outcomes }) as unknown as DeliveryRecord;
const crashed = { attempt: 1, at: 0, outcome: { kind: "uncertain", code: "CRASHED", reason: "" } };
const right: Seen = {
  arrivals: [sent(1, 1), sent(2, 1), sent(1, 2)],
  texts: [
    { id: 1, life: 0 },
    { id: 2, life: 0 },
  ],
  held: new Map(),
  eventsInJournal: 5,
  unsettled: 0,
  unaccounted: [],
};

interface Row {
  readonly name: string;
  readonly seen: Partial<Seen>;
  readonly verdict: { readonly lost?: number; readonly outOfOrder?: number; readonly repeats?: number };
  readonly promisesKept: boolean;
}

const rows: readonly Row[] = [
  { name: "all well", seen: {}, verdict: { lost: 0, outOfOrder: 0, repeats: 0 }, promisesKept: true },
  {
    name: "a repeat over a crash",
    seen: { arrivals: [sent(1, 1), sent(1, 1, 1), sent(2, 1), sent(1, 2, 1)] },
    verdict: { repeats: 1 },
    promisesKept: true,
  },
  {
    name: "a repeat without a crash",
    seen: { arrivals: [sent(1, 1), sent(1, 1), sent(2, 1), sent(1, 2)] },
    verdict: { repeats: 1 },
    promisesKept: false,
  },
  {
    name: "a repeat after a cut answer",
    seen: { arrivals: [sent(1, 1, 0, false), sent(1, 1), sent(2, 1), sent(1, 2)] },
    verdict: { repeats: 1 },
    promisesKept: true,
  },
  { name: "a lost version", seen: { arrivals: [sent(1, 1), sent(2, 1)] }, verdict: { lost: 1 }, promisesKept: false },
  { name: "versions swapped", seen: { arrivals: [sent(1, 2), sent(1, 1), sent(2, 1)] }, verdict: { outOfOrder: 1 }, promisesKept: false },
  { name: "a lost text", seen: { texts: [{ id: 2, life: 0 }] }, verdict: { lost: 1 }, promisesKept: false },
  {
    name: "a text repeated over a crash",
    seen: { texts: [...right.texts, { id: 1, life: 1 }] },
    verdict: { repeats: 1 },
    promisesKept: true,
  },
  {
    name: "a text repeated although its rule holds",
    seen: { texts: [...right.texts, { id: 2, life: 1 }] },
    verdict: { repeats: 1 },
    promisesKept: false,
  },
  {
    name: "held after a start",
    seen: { texts: [{ id: 1, life: 0 }], held: new Map([[2, heldAfter(crashed)]]) },
    verdict: { lost: 0 },
    promisesKept: true,
  },
  {
    name: "held without a start",
    seen: { texts: [{ id: 1, life: 0 }], held: new Map([[2, heldAfter()]]) },
    verdict: { lost: 0 },
    promisesKept: false,
  },
  { name: "an event that the journal does not know", seen: { eventsInJournal: 4 }, verdict: {}, promisesKept: false },
  {
    name: "an end that nothing tells",
    seen: { unaccounted: [{ id: "d", code: "OUTCOME_MISSING", reason: "It is accepted." }] },
    verdict: {},
    promisesKept: false,
  },
  { name: "a delivery without an end", seen: { unsettled: 1 }, verdict: {}, promisesKept: false },
];

describe("the judge of crash runs", () => {
  test.each(rows)("$name", ({ seen, verdict, promisesKept }) => {
    const { broken, ...counts } = judge(written, { ...right, ...seen });
    expect(counts).toMatchObject(verdict);
    expect(broken.length === 0).toBe(promisesKept);
  });
});

test("kill -9 of backstitch and of PostgreSQL at random moments loses nothing, keeps order and repeats only what was started", async () => {
  const verdict = await crashRounds({ rounds: 4, seed: 7, rows: 1_200, serverPercent: 25, tell: () => undefined });
  expect(verdict.broken).toEqual([]);
  expect(verdict).toMatchObject({ lost: 0, outOfOrder: 0 });
  expect(verdict.events).toBeGreaterThan(1_200);
}, 180_000);
