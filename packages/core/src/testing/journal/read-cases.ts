import { expect } from "vitest";
import { deliveryId, type NewDelivery, type Undecided } from "../../rules/index.ts";
import { Decimal, encodeValue, rowFrom, type Row, type Value } from "../../values/index.ts";
import { asks, eventOf, failed } from "./bench.ts";
import type { JournalCase } from "./case.ts";

const ODD: readonly { readonly name: string; readonly value: Value }[] = [
  { name: "a bigint", value: 9_007_199_254_740_993n },
  { name: "a decimal with trailing zeros", value: Decimal.parse("12.50") },
  { name: "NaN", value: Number.NaN },
  { name: "infinity", value: -Infinity },
  { name: "minus zero", value: -0 },
  { name: "a key $", value: { $: "n", v: "1" } },
  { name: "a key __proto__", value: rowFrom<Value>([["__proto__", { polluted: true }]]) },
  { name: "a key toJSON", value: { toJSON: "text" } },
  { name: "an empty key", value: { "": [] } },
  { name: "control characters and NUL", value: "a\u0000b\u001f\u2028" },
  { name: "characters beyond the basic plane", value: "🪡 𝒳" },
  { name: "nested lists", value: [[null, [true, { a: [1n] }]]] },
];

const DAY_MS = 86_400_000;

const undecided = (eventId: string, rule: string): Undecided => ({ eventId, rule, paths: ["before.quantity"] });

/** Reading: events, deliveries and counts. */
export const readCases: readonly JournalCase[] = [
  {
    name: "everything is accounted for: failed matches, what is undecided, what matched nothing and what was settled",
    events: "all",
    async run(bench) {
      await bench.record({
        deliveries: [asks("a", { lane: "l" }), asks("b", { lane: "l" })],
        failures: [failed("f")],
        undecided: [undecided("u", "r")],
        events: [eventOf("nobody")],
      });
      expect(await bench.journal.verify()).toEqual([]);
      await bench.settleAll({ state: "accepted" });
      expect(await bench.journal.verify()).toEqual([]);
    },
  },
  {
    name: "an event is asked for deliveries again and again, and each is accounted for once",
    events: "all",
    async run(bench) {
      const [a, b, c] = ["a", "b", "c"].map((name) => asks(name, { eventId: "e" })) as [NewDelivery, NewDelivery, NewDelivery];
      const events = [eventOf("e")];
      const rounds = [{}, { deliveries: [a, a] }, { deliveries: [a] }, { undecided: [undecided("e", "r")] }, { deliveries: [c, b, a] }];
      for (const round of rounds) {
        await bench.record({ events, ...round });
        expect(await bench.journal.verify()).toEqual([]);
      }
      expect(await bench.journal.deliveries({ eventId: "e" })).toHaveLength(3);
    },
  },
  {
    name: "what was forgotten in time is not missed, though another delivery of its event is kept for longer",
    async run(bench) {
      const [a, b] = [asks("a", { eventId: "e" }), asks("b", { eventId: "e", service: "mail" })];
      await bench.record({ deliveries: [a, b], failures: [failed("f", { eventId: "e" })] });
      await bench.settleAll({ state: "accepted" });
      for (const days of [7, 23]) {
        bench.advance(days * DAY_MS);
        await bench.journal.purge();
        expect(await bench.journal.verify()).toEqual([]);
      }
      expect(await bench.journal.deliveries({ eventId: "e" })).toMatchObject([{ then: "b", state: "pending" }]);
      await bench.record({ deliveries: [a, b] });
      expect(await bench.journal.verify()).toEqual([]);
      expect(await bench.journal.deliveries({ eventId: "e" })).toHaveLength(2);
    },
  },
  {
    name: "an end that no outcome tells is found",
    async run(bench) {
      await bench.record({ deliveries: [asks("a"), asks("b"), asks("c")] });
      const claims = await bench.claim();
      const states = ["accepted", "rejected", "held"] as const;
      await bench.journal.settle(claims.map(({ claim }, index) => ({ claim, attempts: 1, next: { state: states[index] ?? "held" } })));
      const found = await bench.journal.verify();
      expect(found.map(({ id, code }) => [id, code])).toEqual(claims.map(({ id }) => [id, "OUTCOME_MISSING"]));
    },
  },
  ...ODD.map(({ name, value }): JournalCase => ({
    name: `${name} comes back as it was, in arguments and in the event`,
    async run(bench) {
      const args: Row = { value };
      const event = eventOf("odd", { after: { value }, before: undefined, key: null });
      await bench.record({ deliveries: [asks("a", { eventId: "odd", args })], events: [event] });
      await bench.reopen();
      const [claim] = await bench.claim();
      expect(encodeValue(claim?.args ?? null)).toBe(encodeValue(args));
      const read = await bench.journal.event("odd");
      expect(encodeValue(read?.event.after ?? null)).toBe(encodeValue({ value }));
    },
  })),
  {
    name: "an event comes back whole, with what the source did not send still undefined",
    async run(bench) {
      const event = eventOf("e", { operation: "update", before: undefined, changed: undefined, unsent: ["blob"], previousKey: { id: 0 } });
      const bare = eventOf("f", { operation: "delete", after: null, key: null, changed: [] });
      await bench.record({
        events: [event, bare, eventOf("nobody")],
        deliveries: [asks("a", { eventId: "e" }), asks("b", { eventId: "f" })],
      });
      expect(await bench.journal.event("e")).toStrictEqual({ event, undecided: [] });
      expect(await bench.journal.event("f")).toStrictEqual({ event: bare, undecided: [] });
    },
  },
  {
    name: "an event that something refers to is kept; all are counted",
    async run(bench) {
      const events = [eventOf("nobody"), eventOf("failed"), eventOf("undecided")];
      await bench.record({ events, failures: [failed("a", { eventId: "failed" })], undecided: [undecided("undecided", "r")] });
      expect((await bench.journal.event("failed"))?.event.id).toBe("failed");
      expect((await bench.journal.event("undecided"))?.undecided).toEqual([undecided("undecided", "r")]);
      expect(await bench.journal.counts()).toMatchObject({ events: 3, undecided: 1 });
    },
  },
  {
    name: "what is undecided is kept once for each rule and each entry of one, and forgotten after 7 days",
    async run(bench) {
      await bench.record({ undecided: [undecided("e", "one")] });
      const entry = { ...undecided("e", "one"), then: "sms.send" };
      await bench.record({ undecided: [undecided("e", "one"), undecided("e", "two"), entry] });
      await bench.record({ undecided: [entry] });
      expect((await bench.journal.event("e"))?.undecided).toEqual([undecided("e", "one"), undecided("e", "two"), entry]);
      expect((await bench.journal.counts()).undecided).toBe(3);
      bench.advance(7 * 86_400_000);
      expect(await bench.journal.purge()).toBeGreaterThan(0);
      expect(await bench.journal.event("e")).toBeUndefined();
      expect(await bench.journal.purge()).toBe(0);
    },
  },
  {
    name: "deliveries are shown newest last, as many as asked for, by state, rule, service and event",
    async run(bench) {
      const names = ["a", "b", "c", "d", "e"];
      const deliveries = names.map((name) => asks(name));
      await bench.record({ deliveries: [...deliveries, asks("m", { service: "mail", rule: "other", eventId: "event-of-a" })] });
      await bench.settleAll({ state: "rejected" });
      const then = async (filter: Parameters<typeof bench.journal.deliveries>[0]): Promise<unknown[]> =>
        (await bench.journal.deliveries(filter)).map((record) => record.then);
      expect(await then({})).toEqual([...names, "m"]);
      expect(await then({ limit: 2 })).toEqual(["e", "m"]);
      expect(await then({ states: ["rejected"], limit: 3 })).toEqual(["c", "d", "e"]);
      expect(await then({ states: ["pending", "held"] })).toEqual(["m"]);
      expect(await then({ states: [] })).toEqual([]);
      expect(await then({ rule: "other" })).toEqual(["m"]);
      expect(await then({ rule: "no such rule" })).toEqual([]);
      expect(await then({ service: "sms" })).toEqual(names);
      expect(await then({ eventId: "event-of-a" })).toEqual(["a", "m"]);
      expect(await then({ eventId: "no such event" })).toEqual([]);
      expect(await then({ eventId: "event-of-a", service: "mail", states: ["pending"], rule: "other" })).toEqual(["m"]);
    },
  },
  {
    name: "deliveries are found by when they were recorded and by their last outcome, and read page by page",
    async run(bench) {
      const times: number[] = [];
      for (const name of ["a", "b", "c", "d"]) {
        times.push(bench.now());
        await bench.record({ deliveries: [asks(name)] });
        if (name !== "d") await bench.settleAll(name === "b" ? { state: "expired" } : { state: "rejected" });
        bench.advance(10);
      }
      const then = async (filter: Parameters<typeof bench.journal.deliveries>[0]): Promise<unknown[]> =>
        (await bench.journal.deliveries(filter)).map((record) => record.then);
      expect(await bench.journal.now()).toBe(bench.now());
      expect(await then({ recordedFrom: times[1] ?? 0 })).toEqual(["b", "c", "d"]);
      expect(await then({ recordedBefore: times[2] ?? 0 })).toEqual(["a", "b"]);
      expect(await then({ recordedFrom: times[1] ?? 0, recordedBefore: times[2] ?? 0, rule: "low-stock" })).toEqual(["b"]);
      expect(await then({ code: "EXPIRED" })).toEqual(["b"]);
      expect(await then({ code: "SMS_1", limit: 1 })).toEqual(["c"]);
      await bench.journal.redrive([{ id: deliveryId(asks("a").key) }], { by: "ada", reason: "Try again." });
      expect(await then({ code: "SMS_1" })).toEqual(["c"]);
      expect(await then({ code: "RETRIED_BY_HAND" })).toEqual(["a"]);
      expect(await then({ outcome: "rejected" })).toEqual(["b", "c"]);
      expect(await then({ outcome: "decided" })).toEqual(["a"]);
      expect(await then({ outcome: "locked-out" })).toEqual([]);
      const [first, second] = await bench.journal.deliveries({ afterSeq: 0, limit: 2 });
      expect([first?.then, second?.then]).toEqual(["a", "b"]);
      expect(await then({ afterSeq: second?.seq ?? 0, limit: 2 })).toEqual(["c", "d"]);
      expect(await then({ afterSeq: second?.seq ?? 0, states: ["pending"] })).toEqual(["d"]);
    },
  },
  {
    name: "a delivery is shown with everything the journal knows of it",
    async run(bench) {
      await bench.record({ deliveries: [asks("a")] });
      const id = deliveryId(asks("a").key);
      const { eventId, rule, then, service, action, args, lane } = asks("a");
      const record = await bench.journal.delivery(id);
      expect(record).toMatchObject({ id, eventId, rule, then, service, action, args, lane, ruleSetHash: "hash-1", outcomes: [] });
      expect(record).toMatchObject({
        state: "pending",
        attempts: 0,
        recordedAt: bench.now(),
        dueAt: bench.now(),
        blocked: false,
        redriven: false,
      });
      expect(await bench.journal.delivery(deliveryId("no such key"))).toBeUndefined();
    },
  },
  {
    name: "counts add up in every state",
    async run(bench) {
      const names = ["accepted", "rejected", "expired", "held", "waiting", "uncertain"] as const;
      await bench.record({ deliveries: names.map((name) => asks(name)) });
      for (const { claim, then } of await bench.claim()) {
        const state = names.find((name) => name === then) ?? "held";
        const next = state === "waiting" || state === "uncertain" ? { state, dueAt: bench.now() + 1_000 } : { state };
        await bench.journal.settle([{ claim, attempts: 1, next }]);
      }
      const claims = await bench.record({
        deliveries: [asks("s"), asks("c"), asks("p")],
        claim: { room: new Map([["sms", 2]]), bytes: 1_000, leaseMs: 10 },
      });
      await bench.journal.start(claims.slice(0, 1).map((one) => one.claim));
      const counts = await bench.journal.counts();
      const one = { accepted: 1, rejected: 1, expired: 1, held: 1, waiting: 1, uncertain: 1, started: 1, claimed: 1, pending: 1 };
      expect(counts.deliveries).toEqual({ ...one, dropped: 0 });
      expect(counts).toMatchObject({ events: 9, undecided: 0 });
      expect(counts.bytes).toBeGreaterThan(0);
      await bench.reopen();
      expect((await bench.journal.counts()).deliveries).toEqual({
        ...one,
        started: 0,
        claimed: 0,
        pending: 2,
        uncertain: 2,
        dropped: 0,
      });
    },
  },
];
