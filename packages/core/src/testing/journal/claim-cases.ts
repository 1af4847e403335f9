import { expect } from "vitest";
import type { ClaimedDelivery } from "../../journal/index.ts";
import { deliveryId } from "../../rules/index.ts";
import { asks, eventOf, EVERYTHING, LEASE_MS, settlementOf } from "./bench.ts";
import type { JournalCase } from "./case.ts";

const ID = deliveryId(asks("a").key);

/** Leases, claim tokens and `start`. */
export const claimCases: readonly JournalCase[] = [
  {
    name: "what a delivery takes turns by is told with every claim of it, and of one without it nothing",
    async run(bench) {
      const turns = (claims: readonly ClaimedDelivery[]): object => claims.map(({ then, turn }) => [then, turn]);
      const deliveries = [asks("a"), asks("b", { turn: "tenant" }), asks("c"), asks("d", { turn: "other" })];
      const wanted = [
        ["a", undefined],
        ["b", "tenant"],
        ["c", undefined],
        ["d", "other"],
      ];
      expect(turns(await bench.record({ deliveries, claim: EVERYTHING }))).toEqual(wanted);
      await bench.reopen();
      const claims = await bench.claim();
      expect(turns(claims)).toEqual(wanted);
      await bench.journal.settle(claims.map((claim) => settlementOf(claim, { state: "waiting", dueAt: bench.now() })));
      expect(turns(await bench.claim())).toEqual(wanted);
      await bench.record({ deliveries: [asks("late")] });
      expect(turns(await bench.claim())).toEqual([["late", undefined]]);
    },
  },
  {
    name: "what is claimed says when its event was committed and under which trace: as it is recorded, later, and after a crash",
    async run(bench) {
      const trace = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
      const told = { committedAt: Date.parse("2026-03-01T11:59:59.123Z"), trace };
      const untraced = { ...told, trace: undefined };
      const traces = new Map([["event-of-a", trace]]);
      const [first, second] = await bench.record({ deliveries: [asks("a"), asks("b")], traces, claim: EVERYTHING });
      expect([first, second]).toEqual([expect.objectContaining(told), expect.objectContaining(untraced)]);
      await bench.record({ deliveries: [asks("c", { eventId: "event-of-a" })], traces: new Map() });
      await bench.reopen();
      const again = new Map((await bench.claim()).map(({ then, ...one }) => [then, one]));
      expect([again.get("a"), again.get("b")]).toEqual([expect.objectContaining(told), expect.objectContaining(untraced)]);
      expect(again.get("c")?.committedAt).toBe(told.committedAt);
    },
  },
  {
    name: "an event that was kept although nothing asked for it is told of like others once something does",
    async run(bench) {
      const trace = `00-${"c".repeat(32)}-${"d".repeat(16)}-01`;
      await bench.reopen("all");
      await bench.record({ events: [eventOf("event-of-a", { hops: 2 })] });
      await bench.record({
        events: [eventOf("event-of-a", { hops: 2 })],
        deliveries: [asks("a")],
        traces: new Map([["event-of-a", trace]]),
      });
      const [claimed] = await bench.claim();
      expect(claimed).toMatchObject({ committedAt: Date.parse("2026-03-01T11:59:59.123Z"), trace, hops: 2 });
    },
  },
  {
    name: "what is claimed is nobody else's until its lease is over; unstarted, it is then pending again",
    async run(bench) {
      const [first] = await bench.record({ deliveries: [asks("a")], claim: EVERYTHING });
      bench.advance(LEASE_MS - 1);
      expect(await bench.claim()).toEqual([]);
      bench.advance(1);
      const [second] = await bench.claim();
      expect(second).toMatchObject({ id: ID, attempts: 0, claims: 2, uncertain: false, args: { body: "a" } });
      expect(second?.claim).not.toEqual(first?.claim);
    },
  },
  {
    name: "what had started when its lease ended is uncertain, and the attempt counts",
    async run(bench) {
      const claims = await bench.record({ deliveries: [asks("a")], claim: EVERYTHING });
      expect(await bench.journal.start(claims.map((one) => one.claim))).toEqual(claims.map((one) => one.claim));
      expect(await bench.stateOf(asks("a"))).toBe("started");
      bench.advance(LEASE_MS);
      expect(await bench.claim()).toMatchObject([{ id: ID, attempts: 1, claims: 2, uncertain: true }]);
      const record = await bench.journal.delivery(ID);
      expect(record?.outcomes).toMatchObject([{ attempt: 1, outcome: { kind: "uncertain" } }]);
    },
  },
  {
    name: "after a crash, what was claimed is pending again at once, and what had started is uncertain",
    async run(bench) {
      const claims = await bench.record({ deliveries: [asks("a"), asks("b")], claim: EVERYTHING });
      await bench.journal.start(claims.slice(0, 1).map((one) => one.claim));
      await bench.reopen();
      expect([await bench.stateOf(asks("a")), await bench.stateOf(asks("b"))]).toEqual(["uncertain", "pending"]);
      expect((await bench.journal.delivery(ID))?.outcomes).toMatchObject([{ attempt: 1, outcome: { kind: "uncertain", code: "CRASHED" } }]);
      expect(await bench.claim()).toMatchObject(
        [
          { then: "b", attempts: 0, claims: 2, uncertain: false },
          { then: "a", attempts: 1, claims: 2, uncertain: true },
        ].sort((left, right) => left.then.localeCompare(right.then)),
      );
    },
  },
  ...(["CRASHED", "CLAIM_LAPSED"] as const).map((code): JournalCase => ({
    name: `the claim after one that had started and ended so, ${code}, tells it, and no other does`,
    async run(bench) {
      const end = async (): Promise<void> => (code === "CRASHED" ? bench.reopen() : bench.advance(LEASE_MS));
      const recorded = await bench.record({ deliveries: [asks("a"), asks("b")], claim: EVERYTHING });
      expect(recorded.map(({ lapse }) => lapse)).toEqual([undefined, undefined]);
      await bench.journal.start(recorded.slice(0, 1).map(({ claim }) => claim));
      await end();
      const claims = await bench.claim();
      const lapses = Object.fromEntries(claims.map(({ then, lapse }) => [then, lapse]));
      expect(lapses).toEqual({ a: (await bench.journal.delivery(ID))?.outcomes[0]?.outcome, b: undefined });
      expect(lapses["a"]).toMatchObject({ kind: "uncertain", code });
      // Put off, given back and ended before it began, it is not told again; nor is another outcome.
      await bench.journal.settle(
        claims.map(({ claim, attempts }) => ({ claim, attempts, next: { state: "uncertain", dueAt: bench.now() } })),
      );
      const putOff = await bench.claim();
      expect(putOff.map(({ lapse }) => lapse)).toEqual([undefined, undefined]);
      await end();
      const again = await bench.claim();
      expect(again.map(({ lapse }) => lapse)).toEqual([undefined, undefined]);
      await bench.journal.settle(again.map((claim) => settlementOf(claim, { state: "uncertain", dueAt: bench.now() })));
      expect((await bench.claim()).map(({ lapse }) => lapse)).toEqual([undefined, undefined]);
    },
  })),
  {
    name: "claims from before a crash neither start nor settle",
    async run(bench) {
      const claims = await bench.record({ deliveries: [asks("a"), asks("b")], claim: EVERYTHING });
      const tokens = claims.map((one) => one.claim);
      await bench.journal.start(tokens.slice(0, 1));
      await bench.reopen();
      expect(await bench.journal.start(tokens)).toEqual([]);
      expect(await bench.journal.settle(claims.map((one) => settlementOf(one, { state: "accepted" })))).toEqual(tokens);
      expect([await bench.stateOf(asks("a")), await bench.stateOf(asks("b"))]).toEqual(["uncertain", "pending"]);
    },
  },
  {
    name: "a late worker cannot start or settle what another has claimed since",
    async run(bench) {
      const late = await bench.record({ deliveries: [asks("a")], claim: EVERYTHING });
      bench.advance(LEASE_MS);
      const [now] = await bench.claim();
      expect(await bench.journal.start(late.map((one) => one.claim))).toEqual([]);
      expect(await bench.journal.settle(late.map((one) => settlementOf(one, { state: "rejected" })))).toEqual(late.map((one) => one.claim));
      expect((await bench.journal.delivery(ID))?.outcomes).toEqual([]);
      if (now === undefined) throw new Error("nothing was claimed");
      expect(await bench.journal.start([now.claim])).toEqual([now.claim]);
      expect(await bench.journal.settle([settlementOf(now, { state: "accepted" })])).toEqual([]);
      expect(await bench.stateOf(asks("a"))).toBe("accepted");
    },
  },
  {
    name: "a claim whose lease is over may not start any more",
    async run(bench) {
      const claims = await bench.record({ deliveries: [asks("a")], claim: EVERYTHING });
      bench.advance(LEASE_MS);
      expect(await bench.journal.start(claims.map((one) => one.claim))).toEqual([]);
    },
  },
  {
    name: "a claim settles once: of two settlements the first counts, in one call or in two",
    async run(bench) {
      const claims = await bench.record({ deliveries: [asks("a"), asks("b")], claim: EVERYTHING });
      const [one, two] = claims.map((claim) => settlementOf(claim, { state: "accepted" }));
      if (one === undefined || two === undefined) throw new Error("two were to be claimed");
      expect(await bench.journal.settle([one, { ...one, next: { state: "held" } }])).toEqual([one.claim]);
      await bench.journal.settle([two]);
      expect(await bench.journal.settle([{ ...two, next: { state: "held" } }])).toEqual([two.claim]);
      expect((await bench.journal.counts()).deliveries).toMatchObject({ accepted: 2, held: 0 });
    },
  },
  {
    name: "tokens of deliveries that do not exist are stale",
    async run({ journal }) {
      const claim = { id: ID, number: 1 };
      expect(await journal.start([claim])).toEqual([]);
      expect(await journal.settle([{ claim, attempts: 1, next: { state: "accepted" } }])).toEqual([claim]);
    },
  },
  {
    name: "starting twice is starting once",
    async run(bench) {
      const tokens = (await bench.record({ deliveries: [asks("a")], claim: EVERYTHING })).map((one) => one.claim);
      await bench.journal.start(tokens);
      expect(await bench.journal.start(tokens)).toEqual(tokens);
      expect((await bench.journal.counts()).deliveries).toMatchObject({ started: 1, claimed: 0 });
    },
  },
  {
    name: "a claim that is given back counts neither as an attempt nor as a claim, and its token is spent",
    async run(bench) {
      const given = await bench.record({ deliveries: [asks("a")], claim: EVERYTHING });
      await bench.journal.settle(given.map((one) => settlementOf(one, { state: "pending" })));
      const again = await bench.claim();
      expect(again).toMatchObject([{ attempts: 0, claims: 1, uncertain: false }]);
      expect(await bench.journal.settle(given.map((one) => settlementOf(one, { state: "accepted" })))).toHaveLength(1);
      expect(await bench.journal.settle(again.map((one) => settlementOf(one, { state: "accepted" })))).toEqual([]);
    },
  },
  {
    name: "what was claimed and started before a crash counts; an outcome ends the count, whether it cost an attempt or not",
    async run(bench) {
      await bench.record({ deliveries: [asks("a")] });
      for (let turn = 0; turn < 3; turn += 1) {
        const [crashed] = await bench.claim();
        expect(crashed).toMatchObject({ attempts: turn, claims: 1 });
        if (crashed === undefined) throw new Error("it was to be claimed");
        await bench.journal.start([crashed.claim]);
        await bench.reopen();
        const [claimed] = await bench.claim();
        expect(claimed).toMatchObject({ attempts: turn + 1, claims: 2 });
        if (claimed === undefined) throw new Error("it was to be claimed");
        await bench.journal.settle([{ ...settlementOf(claimed, { state: "waiting", dueAt: bench.now() }), attempts: turn + 1 }]);
      }
    },
  },
  {
    name: "what waits is claimed when it is due, not before, with its attempts and what was uncertain",
    async run(bench) {
      await bench.record({ deliveries: [asks("a")] });
      await bench.settleAll({ state: "uncertain", dueAt: bench.now() + 500 });
      bench.advance(499);
      expect(await bench.claim()).toEqual([]);
      bench.advance(1);
      const claims = await bench.claim();
      expect(claims).toMatchObject([{ attempts: 1, claims: 1, uncertain: true }]);
      await bench.journal.settle(claims.map((one) => settlementOf(one, { state: "waiting", dueAt: bench.now() })));
      expect(await bench.claim()).toMatchObject([{ attempts: 2, claims: 1, uncertain: true }]);
    },
  },
  {
    name: "since when a delivery is tried is told with every claim: since the first attempt that counts, until a person sends it again",
    async run(bench) {
      await bench.record({ deliveries: [asks("a"), asks("started")] });
      const [first, other] = await bench.claim();
      if (first === undefined || other === undefined) throw new Error("two were to be claimed");
      expect([first.triedAt, other.triedAt]).toEqual([undefined, undefined]);
      await bench.journal.start([other.claim]);
      // Throttled: it does not count.
      await bench.journal.settle([{ ...settlementOf(first, { state: "waiting", dueAt: bench.now() }), attempts: 0 }]);
      expect((await bench.claim()).map((claim) => claim.triedAt)).toEqual([undefined]);
      bench.advance(LEASE_MS);
      const since = bench.now();
      const again = await bench.claim();
      const sinceByName = Object.fromEntries(again.map(({ then, triedAt }) => [then, triedAt]));
      expect(sinceByName).toEqual({ a: undefined, started: since });
      await bench.journal.settle(again.map((claim) => settlementOf(claim, { state: "waiting", dueAt: since + 10 })));
      await bench.reopen();
      bench.advance(10);
      const third = await bench.claim();
      expect(third.map(({ triedAt }) => triedAt)).toEqual([since, since]);
      await bench.journal.start(third.map(({ claim }) => claim));
      bench.advance(LEASE_MS);
      expect((await bench.claim()).map(({ triedAt }) => triedAt)).toEqual([since, since]);
      bench.advance(LEASE_MS);
      await bench.settleAll({ state: "rejected" });
      await bench.journal.redrive([{ id: ID }]);
      expect((await bench.claim()).map(({ triedAt }) => triedAt)).toEqual([undefined]);
    },
  },
  {
    name: "every outcome is kept, oldest first, with its attempt and time",
    async run(bench) {
      await bench.record({ deliveries: [asks("a")] });
      const start = bench.now();
      await bench.settleAll({ state: "waiting", dueAt: start });
      bench.advance(10);
      await bench.settleAll({ state: "uncertain", dueAt: start });
      bench.advance(10);
      await bench.settleAll({ state: "accepted" });
      const record = await bench.journal.delivery(ID);
      expect(record).toMatchObject({ state: "accepted", attempts: 3, dueAt: undefined });
      expect(record?.outcomes).toEqual([
        { attempt: 1, at: start, outcome: { kind: "unavailable", code: "SMS_3", reason: "Not now." } },
        { attempt: 2, at: start + 10, outcome: { kind: "uncertain", code: "SMS_2", reason: "Perhaps." } },
        { attempt: 3, at: start + 20, outcome: { kind: "accepted", receipt: { id: "SM1" } } },
      ]);
    },
  },
];
