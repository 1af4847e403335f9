import { expect } from "vitest";
import type { ClaimedDelivery, CountedQuota } from "../../journal/index.ts";
import { deliveryId, type NewDelivery } from "../../rules/index.ts";
import { asks, settlementOf, type JournalBench } from "./bench.ts";
import type { JournalCase } from "./case.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const NOTE = { by: "ada@shop", reason: "A test." };
const RULE = { of: "rule", name: "low-stock" } as const;
const one = (of = "all", perMs = HOUR_MS): CountedQuota => ({ of, most: 1, perMs });
const to = (who: string): CountedQuota => ({ ...one(`to ${who}`), limit: "each" });
const id = (name: string): string => deliveryId(asks(name).key);

/** Asks about everything that is due, as a worker does: accepts what is admitted, lets the rest wait in its queue. Returns what was accepted. */
async function turn(bench: JournalBench, quotasOf: (name: string) => readonly CountedQuota[]): Promise<readonly string[]> {
  const claims = await bench.claim();
  const admissions = await bench.journal.admit(claims.map(({ claim, then }) => ({ claim, quotas: quotasOf(then) })));
  const settlements = claims.map((claim, index) => {
    const refusal = admissions[index]?.refusal;
    if (refusal === undefined) return settlementOf(claim, { state: "accepted" });
    const next = { state: "waiting", dueAt: refusal.roomAt, quota: quotasOf(claim.then)[refusal.quota] } as const;
    return { claim: claim.claim, attempts: claim.attempts, next };
  });
  expect(await bench.journal.settle(settlements)).toEqual([]);
  expect(await bench.journal.verify()).toEqual([]);
  return claims.filter((_, index) => admissions[index]?.refusal === undefined).map(({ then }) => then);
}

const byOne = (): readonly CountedQuota[] => [one()];

async function recorded(bench: JournalBench, names: readonly string[], more: Partial<NewDelivery> = {}): Promise<void> {
  await bench.record({ deliveries: names.map((name) => asks(name, more)) });
}

/** In milliseconds from now. */
async function dueIn(bench: JournalBench, name: string): Promise<number> {
  return ((await bench.journal.delivery(id(name)))?.dueAt ?? NaN) - bench.now();
}

/** What waits in the queues of quotas. */
export const queueCases: readonly JournalCase[] = [
  {
    name: "what a quota keeps back is let out when it has room, the oldest first and no more than fit",
    async run(bench) {
      const two = (): readonly CountedQuota[] => [{ of: "all", most: 2, perMs: 1_000 }];
      await recorded(bench, ["a", "b", "c", "d", "e"]);
      expect(await turn(bench, two)).toEqual(["a", "b"]);
      bench.advance(400);
      await recorded(bench, ["f"]);
      expect(await turn(bench, two)).toEqual([]);
      expect([await dueIn(bench, "c"), await dueIn(bench, "f")]).toEqual([600, 600]);
      bench.advance(599);
      expect(await bench.claim()).toEqual([]);
      bench.advance(1);
      expect(await turn(bench, two)).toEqual(["c", "d"]);
      expect(await dueIn(bench, "e")).toBe(1_000);
      bench.advance(1_000);
      expect(await turn(bench, two)).toEqual(["e", "f"]);
    },
  },
  {
    name: "while it waits it is waiting, blocks its lane and no other, and is found after a crash",
    async run(bench) {
      await recorded(bench, ["a"]);
      await recorded(bench, ["b", "b2"], { lane: "b" });
      expect(await turn(bench, byOne)).toEqual(["a"]);
      await bench.reopen();
      const b = await bench.journal.delivery(id("b"));
      expect(b).toMatchObject({ state: "waiting", blocked: false, attempts: 0, dueAt: bench.now() + HOUR_MS });
      expect(await bench.journal.delivery(id("b2"))).toMatchObject({ state: "pending", blocked: true });
      expect((await bench.journal.counts()).deliveries).toMatchObject({ waiting: 1, pending: 1, accepted: 1 });
      await recorded(bench, ["other"]);
      expect(await turn(bench, (name) => (name === "other" ? [] : byOne()))).toEqual(["other"]);
      bench.advance(HOUR_MS);
      expect(await turn(bench, byOne)).toEqual(["b"]);
      bench.advance(HOUR_MS);
      expect(await turn(bench, byOne)).toEqual(["b2"]);
    },
  },
  {
    name: "nobody overtakes what waits, also where there is room; the oldest is kept back by none that is younger",
    async run(bench) {
      await recorded(bench, ["a", "b"]);
      const [, b] = (await bench.claim()) as [ClaimedDelivery, ClaimedDelivery];
      await bench.journal.settle([{ claim: b.claim, attempts: 0, next: { state: "waiting", dueAt: bench.now() + 500, quota: one() } }]);
      await recorded(bench, ["c"]);
      const [c] = (await bench.claim()) as [ClaimedDelivery];
      const [admission] = await bench.journal.admit([{ claim: c.claim, quotas: byOne() }]);
      expect(admission?.refusal).toEqual({ quota: 0, roomAt: bench.now() + 500 });
      await bench.journal.settle([settlementOf(c, { state: "pending" })]);
      const a = { id: id("a"), number: 1 };
      expect(await bench.journal.admit([{ claim: a, quotas: byOne() }])).toMatchObject([{ refusal: undefined }]);
      expect(await dueIn(bench, "b")).toBe(HOUR_MS);
    },
  },
  {
    name: "what was let out and does not use its room keeps nothing from the next for longer than a second",
    async run(bench) {
      await recorded(bench, ["a", "b", "c"]);
      await turn(bench, byOne);
      bench.advance(HOUR_MS);
      const [b] = (await bench.claim()) as [ClaimedDelivery];
      await bench.journal.settle([settlementOf(b, { state: "dropped" })]);
      bench.advance(999);
      expect(await turn(bench, byOne)).toEqual([]);
      bench.advance(1);
      expect(await turn(bench, byOne)).toEqual(["c"]);
    },
  },
  {
    name: "what expires in a queue comes out in time, whatever stands before it, and holds up no other",
    async run(bench) {
      await recorded(bench, ["a", "b"]);
      await recorded(bench, ["c", "d", "e"], { expiresAt: bench.now() + 5_000 });
      await recorded(bench, ["f"]);
      await turn(bench, byOne);
      bench.advance(4_999);
      expect(await bench.claim()).toEqual([]);
      bench.advance(1);
      expect(await bench.settleAll({ state: "expired" })).toEqual(["c", "d", "e"]);
      bench.advance(HOUR_MS - 5_000);
      expect(await turn(bench, byOne)).toEqual(["b"]);
      bench.advance(HOUR_MS);
      expect(await turn(bench, byOne)).toEqual(["f"]);
    },
  },
  {
    name: "of several quotas it waits for the one that has room last, and is then asked about by all",
    async run(bench) {
      const quotasOf = (name: string): readonly CountedQuota[] => [one("short", 1_000), name === "a" ? to("ada") : to("bob")];
      await recorded(bench, ["a"]);
      expect(await turn(bench, quotasOf)).toEqual(["a"]);
      await recorded(bench, ["a", "b"]);
      const both = (name: string): readonly CountedQuota[] => [one("short", 1_000), name === "b" ? to("ada") : to("bob")];
      expect(await turn(bench, both)).toEqual([]);
      expect(await dueIn(bench, "b")).toBe(HOUR_MS);
      bench.advance(HOUR_MS);
      expect(await turn(bench, both)).toEqual(["b"]);
    },
  },
  {
    name: "what a person decides takes it out of its queue, and what is released comes at its old place",
    async run(bench) {
      await recorded(bench, ["a", "b", "c", "d", "e"]);
      await turn(bench, byOne);
      expect(await bench.journal.decide("drop", [id("b")], NOTE)).toHaveLength(1);
      expect(await bench.journal.decide("hold", [id("c"), id("e")], NOTE)).toHaveLength(2);
      expect(await bench.journal.decide("forget", [id("b")], NOTE)).toHaveLength(1);
      bench.advance(HOUR_MS);
      expect(await turn(bench, byOne)).toEqual(["d"]);
      expect(await bench.journal.decide("release", [id("c")], NOTE)).toHaveLength(1);
      expect(await bench.journal.redrive([{ id: id("e") }], NOTE)).toHaveLength(1);
      await recorded(bench, ["f"]);
      const [first] = (await bench.claim({ room: new Map([["sms", 1]]) })) as [ClaimedDelivery];
      expect([first.then, first.keptBack]).toEqual(["c", true]);
      await bench.journal.settle([settlementOf(first, { state: "pending" })]);
      expect(await turn(bench, (name) => (name === "e" ? [] : byOne()))).toEqual(["e"]);
      bench.advance(HOUR_MS);
      expect(await turn(bench, byOne)).toEqual(["c"]);
      bench.advance(HOUR_MS);
      expect(await turn(bench, byOne)).toEqual(["f"]);
    },
  },
  {
    name: "what a paused rule has in a queue stays until it goes on, and comes in its order",
    async run(bench) {
      await recorded(bench, ["a", "b", "c"]);
      await turn(bench, byOne);
      await bench.journal.setPaused([RULE], NOTE);
      for (let hour = 0; hour < 3; hour += 1) {
        bench.advance(HOUR_MS);
        expect(await turn(bench, byOne)).toEqual([]);
      }
      await bench.journal.setPaused([RULE], undefined);
      expect(await turn(bench, byOne)).toEqual(["b"]);
      bench.advance(HOUR_MS);
      expect(await turn(bench, byOne)).toEqual(["c"]);
    },
  },
  {
    name: "thousands that wait are not claimed again and again, and keep nothing from those behind them",
    async run(bench) {
      const names = Array.from({ length: 3_000 }, (_, index) => `n${index}`);
      await bench.record({ deliveries: names.map((name) => asks(name, { eventId: "many" })) });
      const few = (): readonly CountedQuota[] => [{ of: "all", most: 700, perMs: 1_000 }];
      expect(await claimedIn(bench, 4, few)).toEqual([3_000, 700]);
      await recorded(bench, ["behind"]);
      expect(await claimedIn(bench, 1, () => [])).toEqual([1, 1]);
      const rest: number[] = [];
      for (let second = 0; second < 4; second += 1) {
        bench.advance(1_000);
        const [claimed] = await claimedIn(bench, 1, few);
        bench.advance(50);
        rest.push(claimed, ...(await claimedIn(bench, 1, few)).slice(0, 1));
      }
      expect(rest.reduce((sum, count) => sum + count, 0)).toBe(2_300);
      expect(Math.max(...rest)).toBeLessThanOrEqual(500);
    },
  },
  {
    name: "after a minute one is let out all the same, and where another limit judges it all others come, too; not where none is asked about",
    async run(bench) {
      const old = (name: string): readonly CountedQuota[] => [to(name.charAt(0))];
      await recorded(bench, ["a1", "b1", "a2", "b2"]);
      expect(await turn(bench, old)).toEqual(["a1", "b1"]);
      bench.advance(MINUTE_MS - 1);
      expect(await bench.claim()).toEqual([]);
      bench.advance(1);
      const [{ claim, then, keptBack }, ...none] = (await bench.claim()) as [ClaimedDelivery];
      expect([keptBack, none]).toEqual([true, []]);
      expect(await bench.journal.admit([{ claim, quotas: undefined }])).toEqual([{ refusal: undefined, codes: [] }]);
      const next = { state: "waiting", dueAt: bench.now() + HOUR_MS, quota: to(then.charAt(0)) } as const;
      await bench.journal.settle([{ claim, attempts: 0, next }]);
      expect(await bench.claim()).toEqual([]);
      bench.advance(MINUTE_MS);
      const gone = await turn(bench, () => []);
      expect([...gone, ...(await turn(bench, () => []))].toSorted()).toEqual(["a2", "b2"]);
      expect(gone).toHaveLength(1);
    },
  },
  {
    name: "what was kept back is asked about once the journal is opened again, by limits that may have changed",
    async run(bench) {
      await recorded(bench, ["a", "b", "c"]);
      await turn(bench, byOne);
      await bench.reopen();
      const now = (): readonly CountedQuota[] => [{ of: "all, as it is now", most: 9, perMs: HOUR_MS }];
      expect(await turn(bench, now)).toEqual(["b"]);
      expect(await turn(bench, now)).toEqual(["c"]);
    },
  },
];

/** How many were claimed in so many turns, and how many of them accepted. */
async function claimedIn(bench: JournalBench, turns: number, quotas: () => readonly CountedQuota[]): Promise<readonly [number, number]> {
  let [claimed, accepted] = [0, 0];
  for (let done = 0; done < turns; done += 1) {
    const claims = await bench.claim();
    const admissions = await bench.journal.admit(claims.map(({ claim }) => ({ claim, quotas: quotas() })));
    const settlements = claims.map((claim, index) => {
      const refusal = admissions[index]?.refusal;
      if (refusal === undefined) return settlementOf(claim, { state: "accepted" });
      return {
        claim: claim.claim,
        attempts: 0,
        next: { state: "waiting", dueAt: refusal.roomAt, quota: quotas()[refusal.quota] } as const,
      };
    });
    await bench.journal.settle(settlements);
    claimed += claims.length;
    accepted += admissions.filter((admission) => admission?.refusal === undefined).length;
  }
  return [claimed, accepted];
}
