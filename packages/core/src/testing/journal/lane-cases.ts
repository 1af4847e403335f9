import { expect } from "vitest";
import type { NextState } from "../../journal/index.ts";
import { deliveryId } from "../../rules/index.ts";
import { asks, EVERYTHING, failed, settlementOf } from "./bench.ts";
import type { JournalCase } from "./case.ts";

const LANE = { lane: "one-lane" };

/** Lanes: one delivery at a time, in the order of recording. */
export const laneCases: readonly JournalCase[] = [
  {
    name: "of a lane, one delivery is claimed at a time, in the order of recording",
    async run(bench) {
      const first = await bench.record({ deliveries: [asks("a", LANE), asks("b", LANE)], claim: EVERYTHING });
      expect(first.map((claim) => claim.then)).toEqual(["a"]);
      expect(await bench.record({ deliveries: [asks("c", LANE)], claim: EVERYTHING })).toEqual([]);
      expect(await bench.claim()).toEqual([]);
      await bench.journal.settle(first.map((claim) => settlementOf(claim, { state: "accepted" })));
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["b"]);
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["c"]);
      expect(await bench.settleAll({ state: "accepted" })).toEqual([]);
    },
  },
  {
    name: "several deliveries of one event in one lane go in the order in which they were asked for, also after a crash",
    async run(bench) {
      const eventId = "fans-out";
      const elements = Array.from({ length: 12 }, (_, index) =>
        asks(`n${index}`, { ...LANE, eventId, key: `${eventId}/low-stock/each/${index}` }),
      );
      await bench.record({ deliveries: elements, claim: EVERYTHING });
      await bench.reopen();
      const seen: string[] = [];
      for (let name = await bench.settleAll({ state: "accepted" }); name.length > 0; name = await bench.settleAll({ state: "accepted" }))
        seen.push(...name);
      expect(seen).toEqual(elements.map(({ then }) => then));
    },
  },
  {
    name: "what is recorded behind a delivery under a claim waits for it, whichever call claimed that",
    async run(bench) {
      await bench.record({ deliveries: [asks("a", LANE)] });
      const claims = await bench.claim();
      expect(await bench.record({ deliveries: [asks("b", LANE)], claim: EVERYTHING })).toEqual([]);
      await bench.journal.start(claims.map((claim) => claim.claim));
      expect(await bench.record({ deliveries: [asks("c", LANE)], claim: EVERYTHING })).toEqual([]);
      await bench.journal.settle(claims.map((claim) => settlementOf(claim, { state: "rejected" })));
      expect((await bench.claim()).map((claim) => claim.then)).toEqual(["b"]);
    },
  },
  {
    name: "a batch that was refused leaves no lane taken",
    async run(bench) {
      await expect(bench.record({ deliveries: [asks("a", LANE)], from: "elsewhere", claim: EVERYTHING })).rejects.toThrow();
      expect(await bench.record({ deliveries: [asks("b", LANE)], claim: EVERYTHING })).toHaveLength(1);
    },
  },
  {
    name: "lanes do not wait for each other, and are claimed oldest first",
    async run(bench) {
      await bench.record({ deliveries: [asks("a", LANE), asks("b", LANE), asks("c")] });
      bench.advance(5);
      await bench.record({ deliveries: [asks("d"), asks("e", LANE)] });
      expect((await bench.claim()).map((claim) => claim.then)).toEqual(["a", "c", "d"]);
    },
  },
  ...(["accepted", "rejected", "expired", "dropped"] as const).map((state): JournalCase => ({
    name: `${state} releases the lane`,
    async run(bench) {
      await bench.record({ deliveries: [asks("a", LANE), asks("b", LANE)] });
      expect(await bench.settleAll({ state })).toEqual(["a"]);
      expect((await bench.claim()).map((claim) => claim.then)).toEqual(["b"]);
    },
  })),
  ...(["waiting", "uncertain", "held", "pending"] as const).map((state): JournalCase => ({
    name: `${state} keeps the lane, also for what comes later`,
    async run(bench) {
      await bench.record({ deliveries: [asks("a", LANE), asks("b", LANE)] });
      const next = state === "held" || state === "pending" ? { state } : { state, dueAt: bench.now() + 1_000 };
      expect(await bench.settleAll(next)).toEqual(["a"]);
      expect(await bench.record({ deliveries: [asks("c", LANE)], claim: EVERYTHING })).toEqual([]);
      expect((await bench.journal.delivery(deliveryId(asks("b").key)))?.blocked).toBe(true);
      expect((await bench.claim()).map((claim) => claim.then)).toEqual(state === "pending" ? ["a"] : []);
      bench.advance(1_000);
      expect((await bench.claim()).map((claim) => claim.then)).toEqual(state === "held" || state === "pending" ? [] : ["a"]);
    },
  })),
  ...([{ state: "accepted" }, { state: "waiting", dueAt: 0 }] satisfies NextState[]).map((next): JournalCase => ({
    name: `the order of a lane survives a crash; first ${next.state}`,
    async run(bench) {
      await bench.record({ deliveries: ["a", "b", "c"].map((name) => asks(name, LANE)), claim: EVERYTHING });
      await bench.reopen();
      expect(await bench.settleAll(next)).toEqual(["a"]);
      await bench.reopen();
      await bench.record({ deliveries: [asks("d", LANE)], claim: EVERYTHING });
      const seen: string[] = [];
      for (let name = await bench.settleAll({ state: "accepted" }); name.length > 0; name = await bench.settleAll({ state: "accepted" }))
        seen.push(...name);
      expect(seen).toEqual(next.state === "accepted" ? ["b", "c", "d"] : ["a", "b", "c", "d"]);
    },
  })),
  {
    name: "lanes in which a delivery waits are counted, with when the oldest of those was recorded",
    async run(bench) {
      const lanes = async (): Promise<unknown> => (await bench.journal.counts()).lanes;
      expect(await lanes()).toEqual({ blocked: 0, blockedSince: undefined });
      await bench.record({ deliveries: [asks("a", LANE), asks("x"), asks("y", { lane: "lane-of-x" })], claim: EVERYTHING });
      const since = bench.now();
      expect(await lanes()).toEqual({ blocked: 1, blockedSince: since });
      bench.advance(7);
      await bench.record({ deliveries: [asks("b", LANE), asks("c", LANE), asks("d", LANE)] });
      expect(await lanes()).toEqual({ blocked: 2, blockedSince: since });
      await bench.reopen();
      expect(await lanes()).toEqual({ blocked: 2, blockedSince: since });
      expect(await bench.settleAll({ state: "held" })).toEqual(["a", "x"]);
      expect(await lanes()).toEqual({ blocked: 2, blockedSince: since });
      await bench.journal.redrive([{ id: deliveryId(asks("x").key) }]);
      expect(await lanes()).toEqual({ blocked: 1, blockedSince: since + 7 });
      await bench.journal.redrive([{ id: deliveryId(asks("a").key) }]);
      expect(await lanes()).toEqual({ blocked: 1, blockedSince: since + 7 });
      await bench.settleAll({ state: "accepted" });
      expect(await lanes()).toEqual({ blocked: 1, blockedSince: since + 7 });
      await bench.settleAll({ state: "accepted" });
      expect(await lanes()).toEqual({ blocked: 0, blockedSince: undefined });
      await bench.settleAll({ state: "accepted" });
      expect(await lanes()).toEqual({ blocked: 0, blockedSince: undefined });
    },
  },
  {
    name: "a lane has moved on from a delivery once a later one of it is settled, whatever became of that",
    async run(bench) {
      const [a, b, c, alone] = ["a", "b", "c", "alone"].map((name) => deliveryId(asks(name).key)) as [string, string, string, string];
      const movedOn = async (): Promise<unknown> => Object.fromEntries(await bench.journal.movedOn([b, a, alone, "no such id", c]));
      await bench.record({ deliveries: [asks("a", LANE), asks("alone"), asks("b", LANE), asks("c", LANE)] });
      await bench.settleAll({ state: "rejected" });
      expect(await movedOn()).toEqual({});
      await bench.settleAll({ state: "held" });
      expect(await movedOn()).toEqual({});
      await bench.journal.redrive([{ id: b }]);
      await bench.settleAll({ state: "accepted" });
      expect(await movedOn()).toEqual({ [a]: 2, [b]: 1 });
      expect(await bench.journal.movedOn([])).toEqual(new Map());
    },
  },
  {
    name: "a failed match is in no lane, and none moves on from it",
    async run(bench) {
      await bench.record({ failures: [failed("a"), failed("b")] });
      expect(await bench.journal.movedOn([deliveryId(failed("a").key)])).toEqual(new Map());
      expect((await bench.journal.counts()).lanes.blocked).toBe(0);
    },
  },
  {
    name: "a lane is free again once everything in it is settled",
    async run(bench) {
      await bench.record({ deliveries: [asks("a", LANE)] });
      await bench.settleAll({ state: "accepted" });
      const claims = await bench.record({ deliveries: [asks("b", LANE)], claim: EVERYTHING });
      expect(claims.map((claim) => claim.then)).toEqual(["b"]);
    },
  },
];
