import { expect } from "vitest";
import type { Decision, NextState } from "../../journal/index.ts";
import { deliveryId } from "../../rules/index.ts";
import { asks, EVERYTHING, failed, settlementOf, type JournalBench } from "./bench.ts";
import type { JournalCase } from "./case.ts";

const ID = deliveryId(asks("a").key);
const LANE = { lane: "one-lane" };
const DAY_MS = 86_400_000;
const NOTE = { by: "ada@shop", reason: "Wrong price." };

const idsOf = (...names: readonly string[]): string[] => names.map((name) => deliveryId(asks(name).key));

/** What may be decided of a delivery in each state; in the others nothing happens. */
const MAY: readonly (readonly [next: NextState | "claimed" | "started", may: readonly Decision[]])[] = [
  [{ state: "pending" }, ["drop", "hold"]],
  [{ state: "waiting", dueAt: Number.MAX_SAFE_INTEGER }, ["drop", "hold"]],
  [{ state: "uncertain", dueAt: Number.MAX_SAFE_INTEGER }, ["drop", "hold"]],
  ["claimed", []],
  ["started", []],
  [{ state: "held" }, ["drop", "release"]],
  [{ state: "accepted" }, ["forget"]],
  [{ state: "rejected" }, ["forget"]],
  [{ state: "expired" }, ["forget"]],
];

const BECOMES = { drop: "dropped", hold: "held", release: "pending", forget: undefined } as const;
const CODES = { drop: "DROPPED_BY_HAND", hold: "HELD_BY_HAND", release: "RELEASED_BY_HAND", forget: "FORGOTTEN_BY_HAND" } as const;

async function bring(bench: JournalBench, next: NextState | "claimed" | "started"): Promise<void> {
  const claims = await bench.record({ deliveries: [asks("a")], claim: EVERYTHING });
  if (next === "claimed") return;
  if (next === "started") return void (await bench.journal.start(claims.map((one) => one.claim)));
  await bench.journal.settle(claims.map((one) => settlementOf(one, next)));
}

/** What people decide of deliveries. */
export const decisionCases: readonly JournalCase[] = [
  ...MAY.flatMap(([next, may]) =>
    (["drop", "hold", "release", "forget"] as const).map((decision): JournalCase => {
      const state = typeof next === "string" ? next : next.state;
      const done = may.includes(decision);
      return {
        name: `${decision}: one that is ${state} ${done ? "is noted with who and why" : "is left as it is"}`,
        async run(bench) {
          await bring(bench, next);
          const before = await bench.journal.delivery(ID);
          bench.advance(10);
          expect(await bench.journal.decide(decision, [ID, deliveryId("no such key"), ID], NOTE)).toEqual(done ? [ID] : []);
          const after = await bench.journal.delivery(ID);
          if (!done) return expect(after).toEqual(before);
          expect(after?.state).toBe(BECOMES[decision] ?? state);
          expect(after?.outcomes.slice(0, -1)).toEqual(before?.outcomes);
          const outcome = { kind: "decided", code: CODES[decision], ...NOTE };
          expect(after?.outcomes.at(-1)).toEqual({ attempt: before?.attempts, at: bench.now(), outcome });
          expect(await bench.journal.decide(decision, [ID], NOTE)).toEqual([]);
        },
      };
    }),
  ),
  {
    name: "what is dropped is never claimed, and its lane goes on; behind another of its lane it frees nobody",
    async run(bench) {
      await bench.record({ deliveries: ["a", "b", "c", "d"].map((name) => asks(name, LANE)) });
      const claims = await bench.claim();
      expect(claims.map(({ then }) => then)).toEqual(["a"]);
      expect(await bench.journal.decide("drop", idsOf("b"), NOTE)).toEqual(idsOf("b"));
      expect(await bench.claim()).toEqual([]);
      expect(await bench.record({ deliveries: [asks("e", LANE)], claim: EVERYTHING })).toEqual([]);
      await bench.journal.settle(claims.map((one) => settlementOf(one, { state: "held" })));
      await bench.journal.decide("drop", idsOf("a"), NOTE);
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["c"]);
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["d"]);
    },
  },
  {
    name: "what is recorded behind one under a claim waits, although all between them was dropped",
    async run(bench) {
      const claims = await bench.record({ deliveries: [asks("a", LANE), asks("b", LANE)], claim: EVERYTHING });
      await bench.journal.decide("drop", idsOf("b"), NOTE);
      expect(await bench.record({ deliveries: [asks("c", LANE)], claim: EVERYTHING })).toEqual([]);
      expect(await bench.claim()).toEqual([]);
      await bench.journal.settle(claims.map((one) => settlementOf(one, { state: "accepted" })));
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["c"]);
    },
  },
  {
    name: "what is held holds its lane from its place on; released, the lane goes on in order",
    async run(bench) {
      await bench.record({ deliveries: ["a", "b", "c"].map((name) => asks(name, LANE)) });
      await bench.journal.decide("hold", idsOf("b"), NOTE);
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["a"]);
      expect(await bench.claim()).toEqual([]);
      expect(await bench.journal.delivery(idsOf("b")[0] ?? "")).toMatchObject({ state: "held", dueAt: undefined, blocked: false });
      await bench.reopen();
      expect(await bench.claim()).toEqual([]);
      await bench.journal.decide("release", idsOf("b"), NOTE);
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["b"]);
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["c"]);
    },
  },
  ...(["retry", "hold"] as const).map((ifUncertain): JournalCase => ({
    name: `released where its rule says ${ifUncertain}: attempts count afresh, its expiry stays${ifUncertain === "hold" ? ", and it may be repeated" : ""}`,
    async run(bench) {
      const expiresAt = bench.now() + DAY_MS;
      await bench.record({ deliveries: [asks("a", { ifUncertain, expiresAt })] });
      await bench.settleAll({ state: "held" });
      await bench.journal.decide("release", [ID], NOTE);
      const uncertain = ifUncertain === "retry";
      expect(await bench.claim()).toMatchObject([{ id: ID, attempts: 0, claims: 1, uncertain, expiresAt, args: { body: "a" } }]);
    },
  })),
  ...(["release", "retry"] as const).flatMap((how) =>
    (["retry", "hold"] as const).map((ifUncertain): JournalCase => ({
      name: `${how}: what a person held is as uncertain as it was where its rule says ${ifUncertain}; what its rule held is not`,
      async run(bench) {
        await bench.record({ deliveries: [asks("a", { ifUncertain })] });
        await bench.settleAll({ state: "uncertain", dueAt: bench.now() + DAY_MS });
        await bench.journal.decide("hold", [ID], NOTE);
        await letGo(bench, how);
        const [claimed] = await bench.claim();
        expect(claimed).toMatchObject({ id: ID, attempts: 0, claims: 1, uncertain: true });
        if (claimed === undefined || ifUncertain === "retry") return;
        // Without an outcome, as what a crash left uncertain is held.
        await bench.journal.settle([{ claim: claimed.claim, attempts: 0, next: { state: "held" } }]);
        await letGo(bench, how);
        expect(await bench.claim()).toMatchObject([{ id: ID, uncertain: false }]);
      },
    })),
  ),
  {
    name: "what is forgotten has no arguments any more, nor its event once all of it is forgotten; its key is known as long as ever",
    async run(bench) {
      const eventId = "shared";
      const [a, b] = [asks("a", { eventId }), failed("b", { eventId })];
      await bench.record({ deliveries: [a], failures: [b] });
      await bench.settleAll({ state: "rejected" });
      expect(await bench.journal.decide("forget", [deliveryId(a.key)], NOTE)).toHaveLength(1);
      expect(await bench.journal.delivery(deliveryId(a.key))).toMatchObject({ state: "rejected", args: undefined });
      expect(await bench.journal.event(eventId)).toBeDefined();
      expect(await bench.journal.decide("forget", [deliveryId(b.key)], NOTE)).toHaveLength(1);
      expect(await bench.journal.event(eventId)).toBeUndefined();
      expect(await bench.journal.redrive([{ id: deliveryId(a.key) }], NOTE)).toEqual([]);
      bench.advance(30 * DAY_MS - 1);
      await bench.journal.purge();
      expect(await bench.stateOf(a)).toBe("rejected");
      bench.advance(1);
      await bench.journal.purge();
      expect(await bench.stateOf(a)).toBeUndefined();
    },
  },
  {
    name: "forget: an event goes though a rule is undecided for it",
    async run(bench) {
      const delivery = asks("a");
      await bench.record({ deliveries: [delivery], undecided: [{ eventId: delivery.eventId, rule: "other", paths: ["before.x"] }] });
      await bench.settleAll({ state: "accepted" });
      expect(await bench.journal.event(delivery.eventId)).toBeDefined();
      expect(await bench.journal.decide("forget", [ID], NOTE)).toEqual([ID]);
      expect(await bench.journal.event(delivery.eventId)).toBeUndefined();
      expect(await bench.journal.verify()).toEqual([]);
      for (const days of [7, 23]) {
        bench.advance(days * DAY_MS);
        await bench.journal.purge();
        expect(await bench.journal.verify()).toEqual([]);
      }
      expect(await bench.stateOf(delivery)).toBeUndefined();
    },
  },
  {
    name: "redriven ones of one lane are made one after another, the oldest first, and say by whom",
    async run(bench) {
      const names = ["a", "b", "c"];
      await bench.record({ deliveries: [...names.map((name) => asks(name, LANE)), asks("other")] });
      for (const _ of names) await bench.settleAll({ state: "rejected" });
      await bench.journal.redrive(
        idsOf("c", "b", "a", "other").map((id) => ({ id })),
        NOTE,
      );
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["c", "other"]);
      const claims = await bench.claim();
      expect(claims.map(({ then }) => then)).toEqual(["a"]);
      await bench.journal.settle(claims.map((one) => settlementOf(one, { state: "waiting", dueAt: bench.now() + 5 })));
      expect(await bench.claim()).toEqual([]);
      bench.advance(5);
      expect(await bench.settleAll({ state: "rejected" })).toEqual(["a"]);
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["b"]);
      expect((await bench.journal.delivery(ID))?.outcomes).toMatchObject([
        { outcome: { kind: "rejected" } },
        { outcome: { kind: "decided", code: "RETRIED_BY_HAND", ...NOTE } },
        { outcome: { kind: "unavailable" } },
        { outcome: { kind: "rejected" } },
      ]);
    },
  },
  {
    name: "failed matches of one row that are redriven go one after another in the lane that the rules give them today",
    async run(bench) {
      await bench.record({ failures: [failed("a"), failed("b")] });
      await bench.journal.redrive(
        ["a", "b"].map((name) => ({ id: idsOf(name)[0] ?? "", rendered: asks(name, LANE) })),
        NOTE,
      );
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["a"]);
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["b"]);
    },
  },
];

function letGo({ journal }: JournalBench, how: "release" | "retry"): Promise<readonly string[]> {
  return how === "release" ? journal.decide("release", [ID], NOTE) : journal.redrive([{ id: ID }], NOTE);
}
