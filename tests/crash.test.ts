import { describe, expect, test } from "vitest";
import { judge, type Seen, type Told } from "./crash/judge.ts";
import { instrumented, onThePath } from "./crash/moments.ts";
import { faultsOf } from "./crash/plan.ts";
import { crashRounds } from "./crash/rounds.ts";
import type { Written } from "./crash/writer.ts";

const ACCEPTED: Told = { state: "accepted", code: undefined, uncertain: 0 };
const HELD: Told = { state: "held", code: "CRASHED", uncertain: 1 };
const DROPPED: Told = { state: "dropped", code: "DROPPED_BY_LIMIT", uncertain: 0 };

/** Two items, of which the first went through two versions; and notes of several kinds. */
const written: Written = {
  versions: new Map([
    [1, 2],
    [2, 1],
  ]),
  notes: new Map([
    [1, { kind: "texted", who: 1 }],
    [2, { kind: "held", who: 1 }],
    [3, { kind: "stored", who: 1 }],
    [4, { kind: "ordered", who: 1 }],
    [5, { kind: "ordered", who: 1 }],
    [6, { kind: "quiet", who: 1 }],
    [7, { kind: "rationed", who: 1 }],
    [8, { kind: "expiring", who: 1 }],
  ]),
  rows: 13,
};

const sent = (id: number, version: number, life = "a", key = `${id}/${version}`) => ({ id, version, life, key });
const came = (id: number, life = "a") => ({ id, life, ...(id === 4 || id === 5 || id === 8 ? { key: `note ${id}` } : {}) });
const right: Seen = {
  versions: [sent(1, 1), sent(2, 1), sent(1, 2)],
  notes: [1, 2, 3, 4, 5, 7, 8].map((id) => came(id)),
  told: new Map([1, 2, 3, 4, 5, 6, 7, 8].map((id) => [id, id === 6 ? DROPPED : ACCEPTED])),
  uncertain: new Map(),
  eventsInJournal: 13,
  unsettled: 0,
  unaccounted: [],
  endings: [],
};
const without = (id: number) => right.notes.filter((note) => note.id !== id);
const told = (id: number, as: Told) => new Map([...right.told, [id, as] as const]);

interface Row {
  readonly name: string;
  readonly seen: Partial<Seen>;
  readonly verdict?: Partial<Record<"lost" | "outOfOrder" | "repeats" | "toldRepeats" | "unaccounted", number>>;
  readonly broken?: true;
}

const rows: readonly Row[] = [
  { name: "all well", seen: {} },
  {
    name: "a version repeated by another process",
    seen: { versions: [sent(1, 1), sent(1, 1, "b"), sent(2, 1), sent(1, 2, "b")] },
    verdict: { toldRepeats: 1 },
  },
  {
    name: "a version repeated without a reason",
    seen: { versions: [sent(1, 1), sent(1, 1), sent(2, 1), sent(1, 2)] },
    verdict: { repeats: 1 },
    broken: true,
  },
  {
    name: "a version repeated after an uncertain attempt",
    seen: { versions: [sent(1, 1), sent(1, 1), sent(2, 1), sent(1, 2)], uncertain: new Map([["1/1", 1]]) },
    verdict: { toldRepeats: 1 },
  },
  {
    name: "a version repeated under another key",
    seen: { versions: [sent(1, 1), sent(1, 1, "b", "other"), sent(2, 1), sent(1, 2)] },
    verdict: { toldRepeats: 1 },
    broken: true,
  },
  { name: "one key for two versions", seen: { versions: [sent(1, 1), sent(2, 1), sent(1, 2, "a", "1/1")] }, broken: true },
  { name: "a lost version", seen: { versions: [sent(1, 1), sent(2, 1)] }, verdict: { lost: 1 }, broken: true },
  { name: "versions swapped", seen: { versions: [sent(1, 2), sent(1, 1), sent(2, 1)] }, verdict: { outOfOrder: 1, lost: 1 }, broken: true },
  { name: "a lost text that is accepted", seen: { notes: without(1) }, verdict: { lost: 1 }, broken: true },
  {
    name: "a note of which the journal knows nothing",
    seen: { notes: without(3), told: new Map([...right.told].filter(([id]) => id !== 3)) },
    verdict: { lost: 1 },
    broken: true,
  },
  { name: "a text repeated over a death alone", seen: { notes: [...right.notes, came(1, "b")] }, verdict: { repeats: 1 }, broken: true },
  {
    name: "a text repeated after an uncertain attempt, which could have been looked up",
    seen: { notes: [...right.notes, came(1, "b")], told: told(1, { ...ACCEPTED, uncertain: 1 }) },
    verdict: { repeats: 1 },
    broken: true,
  },
  {
    name: "one of many texts to somebody repeated after an uncertain attempt",
    seen: { notes: [...right.notes, came(7, "b")], told: told(7, { ...ACCEPTED, uncertain: 1 }) },
    verdict: { toldRepeats: 1 },
  },
  {
    name: "a text repeated although its rule holds",
    seen: { notes: [...right.notes, came(2, "b")], told: told(2, HELD) },
    verdict: { repeats: 1 },
    broken: true,
  },
  { name: "held after a start", seen: { notes: without(2), told: told(2, HELD) } },
  { name: "held without a start", seen: { notes: without(2), told: told(2, { ...HELD, uncertain: 0 }) }, broken: true },
  {
    name: "an object stored twice without a doubt",
    seen: { notes: [...right.notes, came(3)], told: told(3, { ...ACCEPTED, uncertain: 0 }) },
    verdict: { repeats: 1 },
    broken: true,
  },
  {
    name: "a lane swapped",
    seen: { notes: [...right.notes.filter(({ id }) => id !== 4), came(4)] },
    verdict: { outOfOrder: 1 },
    broken: true,
  },
  { name: "something sent in the quiet hours", seen: { notes: [...right.notes, came(6)] }, broken: true },
  {
    name: "a limit that let too few through",
    seen: { notes: without(7), told: told(7, { ...HELD, code: "HELD_BY_LIMIT" }) },
    broken: true,
  },
  {
    name: "an end that is as good for another kind alone",
    seen: { notes: without(4), told: told(4, DROPPED) },
    verdict: { lost: 1 },
    broken: true,
  },
  { name: "expired", seen: { notes: without(8), told: told(8, { state: "expired", code: "EXPIRED", uncertain: 0 }) } },
  { name: "arrived and said to be dropped", seen: { told: told(5, DROPPED) }, broken: true },
  { name: "a note that nobody wrote", seen: { notes: [...right.notes, came(99)] }, broken: true },
  { name: "an event that the journal does not know", seen: { eventsInJournal: 12 }, verdict: { unaccounted: 1 }, broken: true },
  { name: "an event that came again, where none may", seen: { eventsInJournal: 14 }, verdict: { unaccounted: 1 }, broken: true },
  { name: "an event that came again from a sender that was not told", seen: { eventsInJournal: 14, comesAgain: true }, verdict: {} },
  {
    name: "an event that never came from such a sender",
    seen: { eventsInJournal: 12, comesAgain: true },
    verdict: { unaccounted: 1 },
    broken: true,
  },
  { name: "what verify finds", seen: { unaccounted: ["d: OUTCOME_MISSING It is accepted."] }, verdict: { unaccounted: 1 }, broken: true },
  { name: "a delivery without an end", seen: { unsettled: 1 }, verdict: { unaccounted: 1 }, broken: true },
  { name: "a process that ended by itself", seen: { endings: ["It exited 7"] }, broken: true },
];

describe("the judge of crash runs", () => {
  test.each(rows)("$name", ({ seen, verdict = {}, broken = false }) => {
    const { broken: sentences, ...counts } = judge(written, { ...right, ...seen });
    expect(counts).toEqual({ lost: 0, outOfOrder: 0, repeats: 0, toldRepeats: 0, unaccounted: 0, ...verdict });
    expect(sentences.length > 0).toBe(broken);
  });
});

describe("moments", () => {
  test.each([
    ["  await settle(one);", '  at("f.ts:1:3") ?? await settle(one);'],
    ["if (full) await wait(5);", 'if (full) at("f.ts:1:11") ?? await wait(5);'],
    ["return (await rows(a)).concat(await rows(b));", 'return (at("f.ts:1:9") ?? await rows(a)).concat(at("f.ts:1:31") ?? await rows(b));'],
    ["const turn = async () => await next();", 'const turn = async () => at("f.ts:1:26") ?? await next();'],
    ["await using one = open();", "await using one = open();"],
    ["for await (const part of tape) read(part);", "for await (const part of tape) read(part);"],
    ["  // await it (await it)", "  // await it (await it)"],
    [" * await it", " * await it"],
  ])("%s", (source, expected) => {
    expect(instrumented("f.ts", source, "at")).toBe(expected);
  });

  test("files of the path", () => {
    expect(onThePath("file:///w/packages/core/src/runtime/perform.ts")).toBe("core/src/runtime/perform.ts");
    expect(onThePath("file:///w/packages/rules/src/index.ts")).toBeUndefined();
  });
});

// Together the 25 rounds of every change; many more by command.
const RUNS = [
  { journal: "sqlite", rounds: 13, seed: 4, workers: 1 },
  { journal: "postgres", rounds: 12, seed: 4, workers: 2 },
] as const;

test.concurrent.each(RUNS)(
  "$rounds rounds of faults over $journal lose nothing, keep order, repeat nothing blindly, and all of it is accounted for",
  async ({ journal, rounds, seed, workers }) => {
    const result = await crashRounds({ journal, rounds, seed, workers, rows: rounds * 80, tell: () => undefined });
    expect(result.broken).toEqual([]);
    expect(result).toMatchObject({ lost: 0, outOfOrder: 0, repeats: 0, unaccounted: 0 });
    expect(result.events).toBeGreaterThan(rounds * 80);
    expect(result.awaits).toBeGreaterThan(0);
    const drawn = faultsOf(journal).filter((fault) => (result.faults[fault] ?? 0) > 0 || (fault === "disk-full" && journal === "postgres"));
    expect(drawn).toEqual(faultsOf(journal));
  },
  300_000,
);

test.concurrent.each(["mongodb", "dynamodb", "http", "jsonl"] as const)(
  "rounds of faults with rows that come by %s lose nothing, keep order, repeat nothing blindly, and all of it is accounted for",
  async (source) => {
    const rounds = 5;
    const result = await crashRounds({ source, journal: "sqlite", rounds, seed: 6, workers: 1, rows: rounds * 80, tell: () => undefined });
    expect(result.broken).toEqual([]);
    expect(result).toMatchObject({ lost: 0, outOfOrder: 0, repeats: 0, unaccounted: 0 });
    expect(result.events).toBeGreaterThan(rounds * 80);
    expect(result.starts).toBeGreaterThan(1);
  },
  300_000,
);
