import { expect } from "vitest";
import type { Admission, ClaimedDelivery, CountedQuota } from "../../journal/index.ts";
import { deliveryId, type RuleLimits } from "../../rules/index.ts";
import { asks, EVERYTHING, LEASE_MS, settlementOf, type JournalBench } from "./bench.ts";
import type { JournalCase } from "./case.ts";

const HOUR_MS = 3_600_000;
const one = (of = "all", perMs = HOUR_MS): CountedQuota => ({ of, most: 1, perMs });
const LIMITS: RuleLimits = { of: ["low-stock"], total: { most: 1, perMs: HOUR_MS }, exceeded: "hold" };

async function claims(bench: JournalBench, ...names: readonly string[]): Promise<readonly ClaimedDelivery[]> {
  return bench.record({ deliveries: names.map((name) => asks(name)), claim: EVERYTHING });
}

/** When there is room for each, in milliseconds from now; undefined where it is admitted, null where its claim is stale. */
async function admit(
  bench: JournalBench,
  claimed: readonly Pick<ClaimedDelivery, "claim">[],
  ...quotas: readonly CountedQuota[]
): Promise<readonly (number | undefined | null)[]> {
  const admissions = await bench.journal.admit(claimed.map(({ claim }) => ({ claim, quotas })));
  const inMs = ({ refusal }: Admission): number | undefined => refusal && refusal.roomAt - bench.now();
  return admissions.map((admission) => (admission === undefined ? null : inMs(admission)));
}

/** What the limits of rules count. */
export const admitCases: readonly JournalCase[] = [
  {
    name: "no more are admitted than a quota lets through, in one call or in several, until its time has passed",
    async run(bench) {
      const [a, b, c, d] = (await claims(bench, "a", "b", "c", "d")) as [
        ClaimedDelivery,
        ClaimedDelivery,
        ClaimedDelivery,
        ClaimedDelivery,
      ];
      const two = { of: "all", most: 2, perMs: 1_000 };
      expect(await admit(bench, [a], two)).toEqual([undefined]);
      bench.advance(400);
      expect(await admit(bench, [b, c, d], two)).toEqual([undefined, 600, 600]);
      bench.advance(599);
      expect(await admit(bench, [c], two)).toEqual([1]);
      bench.advance(1);
      expect(await admit(bench, [c, d], two)).toEqual([undefined, 400]);
      bench.advance(400);
      expect(await admit(bench, [d], two)).toEqual([undefined]);
    },
  },
  {
    name: "quotas that count something else do not count together",
    async run(bench) {
      const [a, b] = (await claims(bench, "a", "b")) as [ClaimedDelivery, ClaimedDelivery];
      expect(await admit(bench, [a], one("to ada"))).toEqual([undefined]);
      expect(await admit(bench, [b], one("to bob"))).toEqual([undefined]);
      expect(await admit(bench, [b], one("to ada"))).toEqual([HOUR_MS]);
    },
  },
  {
    name: "where one quota has no room no other counts it either, and the one that has room last is named",
    async run(bench) {
      const [a, b, c] = (await claims(bench, "a", "b", "c")) as [ClaimedDelivery, ClaimedDelivery, ClaimedDelivery];
      await admit(bench, [a], one("x"), one("y", 2 * HOUR_MS));
      const quotas = [one("free"), one("y", 2 * HOUR_MS), one("x")];
      const [admission] = await bench.journal.admit([{ claim: b.claim, quotas }]);
      expect(admission?.refusal).toEqual({ quota: 1, roomAt: bench.now() + 2 * HOUR_MS });
      expect(await admit(bench, [c], one("free"))).toEqual([undefined]);
    },
  },
  {
    name: "a delivery that is admitted again is counted once, from the later time on",
    async run(bench) {
      const [a, b] = (await claims(bench, "a", "b")) as [ClaimedDelivery, ClaimedDelivery];
      await admit(bench, [a], one());
      bench.advance(1_000);
      expect(await admit(bench, [a, a, b], one())).toEqual([undefined, undefined, HOUR_MS]);
      bench.advance(HOUR_MS - 1);
      expect(await admit(bench, [b], one())).toEqual([1]);
      bench.advance(1);
      expect(await admit(bench, [b], one())).toEqual([undefined]);
    },
  },
  {
    name: "a delivery that is no longer counted needs room as any other",
    async run(bench) {
      const [a, b] = (await claims(bench, "a", "b")) as [ClaimedDelivery, ClaimedDelivery];
      await admit(bench, [a], one("all", 1_000));
      bench.advance(1_000);
      expect(await admit(bench, [b, a], one("all", 1_000))).toEqual([undefined, 1_000]);
    },
  },
  {
    name: "what was admitted is counted after a crash, too",
    async run(bench) {
      await admit(bench, (await claims(bench, "a", "b")).slice(0, 1), one());
      await bench.reopen();
      const again = await bench.claim();
      expect(await admit(bench, again.toReversed(), one())).toEqual([HOUR_MS, undefined]);
    },
  },
  {
    name: "a claim that is not the latest is not counted, nor one that has settled",
    async run(bench) {
      const [a, b] = (await claims(bench, "a", "b")) as [ClaimedDelivery, ClaimedDelivery];
      await bench.journal.settle([settlementOf(b, { state: "accepted" })]);
      bench.advance(LEASE_MS);
      const [again] = await bench.claim();
      expect(await admit(bench, [a, b, { claim: { id: "none", number: 1 } }], one())).toEqual([null, null, null]);
      if (again === undefined) throw new Error("a was to be claimed again");
      expect(await admit(bench, [again], one())).toEqual([undefined]);
    },
  },
  {
    name: "what is only asked ahead is answered alike and counted by none",
    async run(bench) {
      const [a, b] = (await claims(bench, "a", "b")) as [ClaimedDelivery, ClaimedDelivery];
      const ahead = [a, b].map(({ claim }) => ({ claim, quotas: [one()], peek: true }));
      const free = { refusal: undefined, codes: [] };
      expect(await bench.journal.admit(ahead)).toEqual([free, free]);
      expect(await admit(bench, [b], one())).toEqual([undefined]);
      expect(await bench.journal.admit(ahead)).toEqual([{ refusal: { quota: 0, roomAt: bench.now() + HOUR_MS }, codes: [] }, free]);
    },
  },
  {
    name: "codes of outcomes are told, with no quota at all as well",
    async run(bench) {
      await claims(bench, "a");
      await bench.reopen();
      await bench.settleAll({ state: "waiting", dueAt: 0 });
      await bench.settleAll({ state: "uncertain", dueAt: 0 });
      const [claim] = await bench.claim();
      if (claim === undefined) throw new Error("it was to be claimed");
      expect(await bench.journal.admit([{ claim: claim.claim, quotas: [] }])).toEqual([{ refusal: undefined, codes: ["SMS_3", "SMS_2"] }]);
    },
  },
  {
    name: "what has limits is not claimed as it is recorded, but after what waits for longer; its claim tells them, and whether a person sent it again",
    async run(bench) {
      const limited = (name: string) => asks(name, { limits: LIMITS });
      await bench.record({ deliveries: [limited("a"), limited("b")] });
      await bench.settleAll({ state: "waiting", dueAt: bench.now() + 10 });
      bench.advance(10);
      const at = await bench.record({ deliveries: [limited("c"), asks("d")], claim: EVERYTHING });
      expect(at.map(({ then }) => then)).toEqual(["d"]);
      const claimed = await bench.claim();
      expect(claimed.map(({ then, limits, redriven }) => [then, limits, redriven])).toEqual(
        ["a", "b", "c"].map((name) => [name, LIMITS, false]),
      );
      await bench.journal.settle(claimed.map((claim) => settlementOf(claim, { state: "dropped" })));
      const id = deliveryId(asks("a").key);
      expect(await bench.journal.delivery(id)).toMatchObject({ state: "dropped", dueAt: undefined, args: { body: "a" } });
      await bench.journal.redrive([{ id }]);
      expect((await bench.claim()).map(({ then, limits, redriven }) => [then, limits, redriven])).toEqual([["a", LIMITS, true]]);
    },
  },
  {
    name: "what is no longer counted is forgotten, and nothing else",
    async run(bench) {
      const [a, b, c] = (await claims(bench, "a", "b", "c")) as [ClaimedDelivery, ClaimedDelivery, ClaimedDelivery];
      await admit(bench, [a], one("x", 1_000), one("y", 2_000));
      await admit(bench, [b], one("z", 1_000));
      bench.advance(1_000);
      expect(await bench.journal.purge()).toBe(2);
      expect(await admit(bench, [c], one("y", 2_000))).toEqual([1_000]);
      expect(await bench.journal.purge()).toBe(0);
    },
  },
];
