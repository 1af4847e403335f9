import { expect } from "vitest";
import type { NextState } from "../../journal/index.ts";
import { deliveryId } from "../../rules/index.ts";
import { asks, EVERYTHING, failed, LEASE_MS, settlementOf } from "./bench.ts";
import type { JournalCase } from "./case.ts";

const ID = deliveryId(asks("a").key);
const LANE = { lane: "one-lane" };
const DAY_MS = 86_400_000;

/** What a person sends again, and what is forgotten in time. */
export const redriveCases: readonly JournalCase[] = [
  ...(["rejected", "expired", "dropped", "held"] as const).map((state): JournalCase => ({
    name: `a ${state} delivery can be redriven: pending, marked, with its arguments and a fresh count`,
    async run(bench) {
      await bench.record({ deliveries: [asks("a")] });
      await bench.settleAll({ state });
      expect(await bench.claim()).toEqual([]);
      expect(await bench.journal.redrive([{ id: ID, rendered: asks("a", { args: { body: "other" } }) }])).toEqual([ID]);
      expect(await bench.journal.delivery(ID)).toMatchObject({ state: "pending", redriven: true, attempts: 0, blocked: false });
      expect(await bench.claim()).toMatchObject([{ id: ID, attempts: 0, claims: 1, args: { body: "a" }, uncertain: false }]);
    },
  })),
  ...(
    [
      undefined,
      { state: "accepted" },
      { state: "waiting", dueAt: Number.MAX_SAFE_INTEGER },
      { state: "uncertain", dueAt: Number.MAX_SAFE_INTEGER },
    ] satisfies (NextState | undefined)[]
  ).map((next): JournalCase => ({
    name: `a delivery that is ${next?.state ?? "pending"} is not redriven`,
    async run(bench) {
      await bench.record({ deliveries: [asks("a")] });
      if (next !== undefined) await bench.settleAll(next);
      expect(await bench.journal.redrive([{ id: ID }])).toEqual([]);
      expect(await bench.journal.delivery(ID)).toMatchObject({ state: next?.state ?? "pending", redriven: false });
    },
  })),
  {
    name: "what is redriven takes turns by what it did; once its arguments are forgotten, that is too, and it is what the rules ask today",
    async run(bench) {
      await bench.record({ deliveries: [asks("a", { turn: "then" }), asks("b", { turn: "then" })] });
      await bench.settleAll({ state: "rejected" });
      await bench.journal.redrive([{ id: ID, rendered: asks("a", { turn: "today" }) }]);
      expect((await bench.claim()).map(({ turn }) => turn)).toEqual(["then"]);
      const other = deliveryId(asks("b").key);
      await bench.journal.decide("forget", [other], { by: "ada", reason: "asked" });
      await bench.journal.redrive([{ id: other, rendered: asks("b") }]);
      const [claim] = await bench.claim();
      expect([claim?.then, claim?.turn]).toEqual(["b", undefined]);
      await bench.journal.settle([settlementOf(claim ?? expect.fail(), { state: "rejected" })]);
      bench.advance(8 * DAY_MS);
      while ((await bench.journal.purge()) > 0);
      await bench.journal.redrive([{ id: other, rendered: asks("b", { turn: "today" }) }]);
      expect((await bench.claim()).map(({ then, turn }) => [then, turn])).toContainEqual(["b", "today"]);
    },
  },
  {
    name: "a delivery is redriven once, and one that does not exist not at all",
    async run(bench) {
      await bench.record({ deliveries: [asks("a")] });
      await bench.settleAll({ state: "rejected" });
      expect(await bench.journal.redrive([{ id: ID }, { id: deliveryId("no such key") }, { id: ID }])).toEqual([ID]);
      expect((await bench.journal.counts()).deliveries).toMatchObject({ pending: 1, rejected: 0 });
    },
  },
  {
    name: "when a delivery expires is told with every claim of it, until a person sends it again",
    async run(bench) {
      const expiresAt = bench.now() + 500;
      const [first] = await bench.record({ deliveries: [asks("a", { expiresAt })], claim: EVERYTHING });
      expect(first?.expiresAt).toBe(expiresAt);
      await bench.reopen();
      bench.advance(1_000);
      expect((await bench.claim()).map((claim) => claim.expiresAt)).toEqual([expiresAt]);
      expect(await bench.journal.delivery(ID)).toMatchObject({ expiresAt });
      bench.advance(LEASE_MS);
      await bench.settleAll({ state: "expired" });
      expect(await bench.journal.delivery(ID)).toMatchObject({ state: "expired", expiresAt, dueAt: undefined });
      await bench.journal.redrive([{ id: ID }]);
      expect((await bench.journal.delivery(ID))?.expiresAt).toBeUndefined();
      const [again] = await bench.claim();
      expect(again).toMatchObject({ id: ID, attempts: 0 });
      expect(again?.expiresAt).toBeUndefined();
    },
  },
  {
    name: "a failed match is redriven as the rules ask today, policy and all, and only where it is known what it would have done",
    async run(bench) {
      await bench.record({ failures: [failed("a"), failed("b", { then: undefined, service: undefined, action: undefined })] });
      const other = deliveryId(failed("b").key);
      expect(await bench.journal.redrive([{ id: ID }, { id: other, rendered: asks("b") }])).toEqual([]);
      const retry = { attempts: 2, firstDelayMs: 1, longestDelayMs: 1 };
      const rendered = asks("a", { service: "texts", action: "text", args: { body: "given" }, ifUncertain: "hold", retry });
      expect(await bench.journal.redrive([{ id: ID, rendered }])).toEqual([ID]);
      expect(await bench.claim()).toEqual([]);
      const claims = await bench.claim({ room: new Map([["texts", 1]]) });
      expect(claims).toMatchObject([{ id: ID, service: "texts", action: "text", args: { body: "given" }, ifUncertain: "hold", retry }]);
      expect(await bench.journal.delivery(ID)).toMatchObject({ service: "texts", action: "text", args: { body: "given" } });
    },
  },
  {
    name: "a held delivery that is redriven gives up its lane, runs beside it and does not block it",
    async run(bench) {
      await bench.record({ deliveries: [asks("a", LANE), asks("b", LANE)] });
      await bench.settleAll({ state: "held" });
      expect(await bench.claim()).toEqual([]);
      await bench.journal.redrive([{ id: ID }]);
      const claims = await bench.claim();
      expect(claims.map((claim) => claim.then).sort()).toEqual(["a", "b"]);
      await bench.journal.settle(claims.map((one) => settlementOf(one, { state: one.then === "a" ? "held" : "accepted" })));
      expect((await bench.record({ deliveries: [asks("c", LANE)], claim: EVERYTHING })).map((claim) => claim.then)).toEqual(["c"]);
    },
  },
  {
    name: "a redriven delivery is not blocked by its lane, and its settling does not release it",
    async run(bench) {
      await bench.record({ deliveries: [asks("a", LANE), asks("b", LANE), asks("c", LANE)] });
      await bench.settleAll({ state: "rejected" });
      const [second] = await bench.claim();
      await bench.journal.redrive([{ id: ID }]);
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["a"]);
      expect(await bench.claim()).toEqual([]);
      if (second === undefined) throw new Error("b was to be claimed");
      await bench.journal.settle([settlementOf(second, { state: "accepted" })]);
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["c"]);
    },
  },
  {
    name: "payloads are forgotten 7 days after settling, keys after 30, and not before",
    async run(bench) {
      await bench.record({ deliveries: [asks("a"), asks("open")] });
      const [first] = await bench.claim({ room: new Map([["sms", 1]]) });
      if (first === undefined) throw new Error("a was to be claimed");
      bench.advance(30_000);
      await bench.journal.settle([settlementOf(first, { state: "accepted" })]);
      bench.advance(7 * DAY_MS - 1);
      expect(await bench.journal.purge()).toBe(0);
      expect((await bench.journal.delivery(ID))?.args).toEqual({ body: "a" });
      bench.advance(1);
      expect(await bench.journal.purge()).toBeGreaterThan(0);
      expect(await bench.journal.delivery(ID)).toMatchObject({ state: "accepted", args: undefined, eventId: "event-of-a" });
      expect(await bench.journal.event("event-of-a")).toBeUndefined();
      await bench.record({ deliveries: [asks("a")] });
      expect(await bench.stateOf(asks("a"))).toBe("accepted");
      bench.advance(23 * DAY_MS - 1);
      await bench.journal.purge();
      expect(await bench.stateOf(asks("a"))).toBe("accepted");
      bench.advance(1);
      await bench.journal.purge();
      expect(await bench.stateOf(asks("a"))).toBeUndefined();
      expect(await bench.stateOf(asks("open"))).toBe("pending");
      expect(await bench.journal.event("event-of-open")).toBeDefined();
      await bench.record({ deliveries: [asks("a")] });
      expect(await bench.stateOf(asks("a"))).toBe("pending");
    },
  },
  {
    name: "a delivery whose payload was forgotten is redriven with arguments only",
    async run(bench) {
      await bench.record({ deliveries: [asks("a")] });
      await bench.settleAll({ state: "rejected" });
      bench.advance(7 * DAY_MS);
      await bench.journal.purge();
      expect(await bench.journal.redrive([{ id: ID }])).toEqual([]);
      expect(await bench.journal.redrive([{ id: ID, rendered: asks("a", { args: { body: "given" } }) }])).toEqual([ID]);
      bench.advance(40 * DAY_MS);
      await bench.journal.purge();
      const [claim] = await bench.claim();
      expect(claim).toMatchObject({ id: ID, args: { body: "given" } });
      if (claim === undefined) return;
      await bench.journal.settle([settlementOf(claim, { state: "accepted" })]);
      bench.advance(7 * DAY_MS);
      await bench.journal.purge();
      expect(await bench.journal.delivery(ID)).toMatchObject({ state: "accepted", args: undefined });
    },
  },
  {
    name: "an event is kept as long as one of its deliveries has its arguments",
    async run(bench) {
      const eventId = "shared";
      await bench.record({ deliveries: [asks("a", { eventId }), asks("b", { eventId })] });
      const [one, two] = await bench.claim();
      if (one === undefined || two === undefined) throw new Error("two were to be claimed");
      await bench.journal.settle([settlementOf(one, { state: "accepted" })]);
      bench.advance(7 * DAY_MS);
      await bench.journal.purge();
      expect(await bench.journal.event(eventId)).toBeDefined();
      await bench.journal.settle([settlementOf((await bench.claim())[0] ?? two, { state: "accepted" })]);
      bench.advance(7 * DAY_MS);
      await bench.journal.purge();
      expect(await bench.journal.event(eventId)).toBeUndefined();
    },
  },
  {
    name: "purging again and again forgets everything that is old, then nothing more",
    async run(bench) {
      await bench.record({ deliveries: Array.from({ length: 300 }, (_, index) => asks(`n${index}`, { eventId: "many" })) });
      await bench.settleAll({ state: "accepted" });
      bench.advance(7 * DAY_MS);
      while ((await bench.journal.purge()) > 0);
      expect(await bench.journal.event("many")).toBeUndefined();
      expect((await bench.journal.deliveries({ limit: 300 })).filter((record) => record.args !== undefined)).toEqual([]);
    },
  },
];
