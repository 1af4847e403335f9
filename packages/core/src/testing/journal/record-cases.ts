import { expect } from "vitest";
import { JournalFull, PositionMoved, type ClaimedDelivery } from "../../journal/index.ts";
import { deliveryId } from "../../rules/index.ts";
import { asks, EVERYTHING, eventOf, failed, NOTHING, settlementOf } from "./bench.ts";
import type { JournalCase } from "./case.ts";

const sms = (room: number, bytes = 1_000_000): typeof EVERYTHING => ({ ...NOTHING, room: new Map([["sms", room]]), bytes });
const letters = (count: number): string => "x".repeat(count);

/** Recording: position, key, claims at once, high water. */
export const recordCases: readonly JournalCase[] = [
  {
    name: "a new journal has no positions",
    run: async ({ journal }) => expect(await journal.positions("shop")).toEqual(new Map()),
  },
  {
    name: "the position moves with each batch, also an empty one, by partition and source",
    async run(bench) {
      await bench.record({ deliveries: [asks("a")] });
      await bench.record({});
      await bench.journal.record({ source: "shop", partition: "1", from: undefined, to: "q", events: [] }, nothing, "h", NOTHING);
      await bench.journal.record({ source: "other", partition: "0", from: undefined, to: "r", events: [] }, nothing, "h", NOTHING);
      expect(await bench.journal.positions("shop")).toEqual(
        new Map([
          ["0", "p2"],
          ["1", "q"],
        ]),
      );
      expect(await bench.journal.positions("other")).toEqual(new Map([["0", "r"]]));
    },
  },
  ...[
    { name: "a batch that goes on from another position is refused", from: "elsewhere" },
    { name: "a first batch is refused where there is a position", from: undefined },
  ].map(
    ({ name, from }) =>
      ({
        name: `${name}, and nothing of it is stored`,
        run: async (bench) => {
          await bench.record({ deliveries: [asks("a")] });
          const before = await bench.journal.counts();
          const refused = bench.record({ deliveries: [asks("b")], from, claim: EVERYTHING });
          await expect(refused).rejects.toBeInstanceOf(PositionMoved);
          expect(await bench.stateOf(asks("b"))).toBeUndefined();
          expect(await bench.journal.positions("shop")).toEqual(new Map([["0", "p1"]]));
          expect((await bench.journal.counts()).events).toBe(before.events);
          await bench.record({ deliveries: [asks("b")], from: "p1" });
          expect(await bench.stateOf(asks("b"))).toBe("pending");
        },
      }) satisfies JournalCase,
  ),
  {
    name: "a first batch that names a position is refused by a journal that has none",
    run: async (bench) => expect(bench.record({ from: "p0" })).rejects.toBeInstanceOf(PositionMoved),
  },
  {
    name: "recording a key twice in a batch is recording it once; the first arguments win",
    async run(bench) {
      const claims = await bench.record({ deliveries: [asks("a"), asks("a", { args: { body: "second" } })], claim: EVERYTHING });
      expect(claims.map((claim) => claim.args)).toEqual([{ body: "a" }]);
      expect((await bench.journal.counts()).deliveries.claimed).toBe(1);
    },
  },
  {
    name: "recording a key again in a later batch is recording it once, whatever became of it",
    async run(bench) {
      await bench.record({ deliveries: [asks("a"), asks("b")] });
      await bench.journal.settle(
        (await bench.claim({ room: new Map([["sms", 1]]) })).map((one) => settlementOf(one, { state: "accepted" })),
      );
      const again = await bench.record({
        deliveries: [asks("a", { args: { body: "2" } }), asks("b", { args: { body: "2" } })],
        claim: EVERYTHING,
      });
      expect(again).toEqual([]);
      expect(await bench.stateOf(asks("a"))).toBe("accepted");
      expect((await bench.claim()).map((claim) => claim.args)).toEqual([{ body: "b" }]);
    },
  },
  {
    name: "what fits is claimed at once, with everything a worker needs",
    async run(bench) {
      const retry = { attempts: 3, firstDelayMs: 10, longestDelayMs: 100 };
      const limits = { of: ["low-stock"], hops: 3, exceeded: "hold" } as const;
      const asked = asks("a", { ifUncertain: "hold", retry, limits });
      const { key, ...rest } = asked;
      const [claim] = await bench.record({ deliveries: [asked], claim: EVERYTHING });
      const id = deliveryId(key);
      expect(claim).toEqual({
        ...rest,
        id,
        claim: claim?.claim,
        attempts: 0,
        claims: 1,
        uncertain: false,
        redriven: false,
        committedAt: Date.parse("2026-03-01T11:59:59.123Z"),
        trace: undefined,
      });
      expect(claim?.claim.id).toBe(id);
      expect(await bench.claim()).toEqual([]);
    },
  },
  {
    name: "what is claimed says through how many deliveries its event came: as it is recorded, later, and after a crash",
    async run(bench) {
      const events = [3, 0, undefined].map((hops, index) => eventOf(`event-${index}`, { hops }));
      const deliveries = events.map(({ id }) => asks(id, { eventId: id }));
      const hopsOf = (claims: readonly ClaimedDelivery[]): unknown => claims.map(({ then, hops }) => [then, hops]);
      const wanted = [
        ["event-0", 3],
        ["event-1", 0],
        ["event-2", undefined],
      ];
      expect(hopsOf(await bench.record({ events, deliveries, claim: EVERYTHING }))).toEqual(wanted);
      await bench.reopen();
      expect(hopsOf(await bench.claim())).toEqual(wanted);
      await bench.record({ deliveries: [asks("late", { eventId: "event-0" })] });
      expect(hopsOf(await bench.claim())).toEqual([["late", 3]]);
      const kept = await Promise.all(events.map(({ id }) => bench.journal.event(id)));
      expect(kept.map((one) => one?.event.hops)).toEqual([3, 0, undefined]);
    },
  },
  {
    name: "no more is claimed than there is room for, by service; the rest waits its turn",
    async run(bench) {
      const deliveries = [asks("a"), asks("b"), asks("c"), asks("m", { service: "mail" }), asks("x", { service: "archive" })];
      const room = new Map([
        ["sms", 2],
        ["mail", 5],
        ["archive", 0],
      ]);
      const claims = await bench.record({ deliveries, claim: { ...EVERYTHING, room } });
      expect(claims.map((claim) => claim.then).sort()).toEqual(["a", "b", "m"]);
      expect((await bench.claim({ room })).map((claim) => claim.then)).toEqual(["c"]);
      expect((await bench.claim({ room: new Map([["archive", 1]]) })).map((claim) => claim.then)).toEqual(["x"]);
    },
  },
  {
    name: "no more bytes are claimed than allowed, but one delivery always is",
    async run(bench) {
      const deliveries = ["a", "b", "c"].map((name) => asks(name, { args: { body: letters(1_000) } }));
      expect(await bench.record({ deliveries, claim: sms(10, 2_500) })).toHaveLength(2);
      await bench.record({ deliveries: [asks("d", { args: { body: letters(9_000) } }), asks("e")] });
      expect((await bench.claim({ bytes: 10 })).map((claim) => claim.then)).toEqual(["c"]);
      expect((await bench.claim({ bytes: 10 })).map((claim) => claim.then)).toEqual(["d"]);
      expect((await bench.claim({ bytes: 10 })).map((claim) => claim.then)).toEqual(["e"]);
    },
  },
  {
    name: "a small delivery does not overtake a large one that did not fit",
    async run(bench) {
      await bench.record({ deliveries: [asks("a"), asks("large", { args: { body: letters(9_000) } }), asks("c")] });
      expect((await bench.claim({ bytes: 100 })).map((claim) => claim.then)).toEqual(["a"]);
      expect((await bench.claim({ bytes: 100 })).map((claim) => claim.then)).toEqual(["large"]);
    },
  },
  {
    name: "a journal at its high water takes no more deliveries, stores nothing of the batch, and still settles",
    maxBytes: 400_000,
    async run(bench) {
      const big = (name: string): ReturnType<typeof asks> => asks(name, { args: { body: letters(20_000) } });
      const claims: ClaimedDelivery[] = [];
      const fill = async (): Promise<never> => {
        for (let count = 0; ; count += 1) claims.push(...(await bench.record({ deliveries: [big(`fill-${count}`)], claim: EVERYTHING })));
      };
      await expect(fill()).rejects.toBeInstanceOf(JournalFull);
      const before = await bench.journal.counts();
      expect(before.deliveries.claimed).toBe(claims.length);
      expect(claims.length).toBeGreaterThan(2);
      await expect(bench.record({ deliveries: [big("late")], claim: EVERYTHING })).rejects.toBeInstanceOf(JournalFull);
      expect(await bench.journal.counts()).toMatchObject({ events: before.events, deliveries: before.deliveries });
      await bench.record({ events: [eventOf("quiet")] });
      expect(await bench.journal.start(claims.map((one) => one.claim))).toHaveLength(claims.length);
      await bench.journal.settle(claims.map((one) => settlementOf(one, { state: "accepted" })));
      expect((await bench.journal.counts()).deliveries.accepted).toBe(claims.length);
      bench.advance(7 * 86_400_000 + 1);
      while ((await bench.journal.purge()) > 0);
      expect(await bench.record({ deliveries: [big("late")], claim: EVERYTHING })).toHaveLength(1);
    },
  },
  {
    name: "a match that failed is a rejected delivery with its reason, in nobody's way",
    async run(bench) {
      const whole = failed("whole-rule", { then: undefined, service: undefined, action: undefined, code: "CONDITION_FAILED" });
      await bench.record({ failures: [failed("a"), whole], deliveries: [asks("b")] });
      const record = await bench.journal.delivery(deliveryId(failed("a").key));
      expect(record).toMatchObject({
        state: "rejected",
        rule: "low-stock",
        then: "a",
        service: "sms",
        args: undefined,
        ruleSetHash: "hash-1",
      });
      expect(record?.outcomes.map((one) => one.outcome)).toEqual([
        { kind: "rejected", code: "TEMPLATE_FAILED", reason: "A template failed." },
      ]);
      const other = await bench.journal.delivery(deliveryId(whole.key));
      expect(other).toMatchObject({ state: "rejected", then: undefined, service: undefined, action: undefined });
      await bench.record({ failures: [failed("a"), whole] });
      expect((await bench.journal.counts()).deliveries.rejected).toBe(2);
      expect((await bench.claim()).map((claim) => claim.then)).toEqual(["b"]);
    },
  },
];

const nothing = { deliveries: [], failures: [], undecided: [] };
