import fc from "fast-check";
import { expect } from "vitest";
import { REPORTED } from "../../connector/index.ts";
import type { News } from "../../journal/index.ts";
import { deliveryId } from "../../rules/index.ts";
import { asks, EVERYTHING, settlementOf, type JournalBench } from "./bench.ts";
import type { JournalCase } from "./case.ts";

const ADA = "Ada <ADA@example.com>";
const NUMBER = "+15005550123";

function idOf(then: string): string {
  return deliveryId(asks(then).key);
}

function told(then: string, fields: Partial<News> = {}): News {
  return { service: "sms", deliveryId: idOf(then), standing: "delivered", at: 1_000, ...fields };
}

/** A delivery that was accepted. */
async function accepted(bench: JournalBench, ...thens: readonly string[]): Promise<void> {
  await bench.record({ deliveries: thens.map((then) => asks(then)) });
  expect(await bench.settleAll({ state: "accepted" })).toEqual(thens);
}

async function reportOf(bench: JournalBench, then: string): Promise<unknown> {
  return (await bench.journal.delivery(idOf(then)))?.report;
}

/** What far sides tell of their own accord of deliveries. */
export const newsCases: readonly JournalCase[] = [
  {
    name: "what the far side tells of an accepted delivery is shown, and outlasts the process; the delivery stays as it is",
    async run(bench) {
      await accepted(bench, "a", "b");
      const failed = told("a", { standing: "undelivered", at: 5, code: "TWILIO_30003", reason: "Nobody is there. \u0000\ud800" });
      expect(await bench.journal.learn([failed, told("b")])).toEqual(["new", "new"]);
      await bench.reopen();
      expect(await reportOf(bench, "a")).toMatchObject({ standing: "undelivered", at: 5, code: "TWILIO_30003" });
      expect(await reportOf(bench, "b")).toEqual({ standing: "delivered", at: 1_000 });
      const records = await bench.journal.deliveries({});
      expect(records.map(({ state, outcomes }) => [state, outcomes.length])).toEqual([
        ["accepted", 1],
        ["accepted", 1],
      ]);
      expect((await bench.journal.deliveries({ reported: ["undelivered", "bounced"] })).map(({ then }) => then)).toEqual(["a"]);
    },
  },
  {
    name: "only the service's own deliveries are told of, and what nobody knows is said to be unknown",
    async run(bench) {
      await accepted(bench, "a");
      const news = [told("a", { service: "mail" }), told("nobody"), { service: "sms", at: 1 }, told("a"), told("a", { at: 2_000 })];
      expect(await bench.journal.learn(news)).toEqual(["unknown", "unknown", "known", "new", "known"]);
      expect(await reportOf(bench, "a")).toEqual({ standing: "delivered", at: 1_000 });
    },
  },
  {
    name: "reports converge, in whatever order and however often they come, together or one by one",
    async run(bench) {
      const report = fc.record({
        standing: fc.constantFrom(...REPORTED),
        at: fc.integer({ min: 1, max: 3 }),
        code: fc.constantFrom(undefined, "A", "B"),
        reason: fc.constantFrom(undefined, "One.", "Two."),
      });
      let count = 0;
      const orders = fc
        .array(report, { minLength: 1, maxLength: 6 })
        .chain((all) => fc.tuple(orderOf(all), orderOf(all), fc.boolean()).map(([one, other, batched]) => ({ one, other, batched })));
      await fc.assert(
        fc.asyncProperty(orders, async ({ one, other, batched }) => {
          const [left, right] = [`left${(count += 1)}`, `right${count}`];
          await accepted(bench, left, right);
          await learnAll(
            bench,
            one.map((each) => told(left, each)),
            batched,
          );
          await learnAll(
            bench,
            other.map((each) => told(right, each)),
            !batched,
          );
          expect(await reportOf(bench, left)).toEqual(await reportOf(bench, right));
          expect(await bench.journal.learn([told(left, one[0])])).toEqual(["known"]);
        }),
        { numRuns: 40 },
      );
    },
  },
  ...(["uncertain", "held", "waiting"] as const).map((state): JournalCase => ({
    name: `one that is ${state} was taken, since the far side tells of it: its lane goes on`,
    async run(bench) {
      await bench.record({ deliveries: [asks("a", { lane: "l" }), asks("b", { lane: "l" })] });
      expect(await bench.settleAll(state === "held" ? { state } : { state, dueAt: bench.now() })).toEqual(["a"]);
      expect(await bench.journal.learn([told("a", { standing: "queued", receiptId: "SM7" })])).toEqual(["new"]);
      const record = await bench.journal.delivery(idOf("a"));
      expect(record).toMatchObject({ state: "accepted", attempts: 1, dueAt: undefined });
      expect(record?.outcomes.at(-1)).toMatchObject({ outcome: { kind: "accepted", receipt: { id: "SM7", reported: true } } });
      expect((await bench.claim()).map(({ then }) => then)).toEqual(["b"]);
      expect(await bench.journal.verify()).toEqual([]);
    },
  })),
  {
    name: "one that is under a claim is left to it; where that ends in doubt, or with its process, it was taken all the same",
    async run(bench) {
      const deliveries = ["doubt", "held", "crash", "sure"].map((then) => asks(then));
      const claims = await bench.record({ deliveries, claim: EVERYTHING });
      await bench.journal.start(claims.map(({ claim }) => claim));
      await bench.journal.learn(deliveries.map(({ then }) => told(then, { receiptId: `SM-${then}` })));
      expect((await bench.journal.counts()).deliveries.started).toBe(4);
      const [doubt, held, , sure] = claims as [(typeof claims)[0], (typeof claims)[0], unknown, (typeof claims)[0]];
      expect(
        await bench.journal.settle([
          settlementOf(doubt, { state: "uncertain", dueAt: bench.now() }),
          settlementOf(held, { state: "held" }),
          settlementOf(sure, { state: "accepted" }),
        ]),
      ).toEqual([]);
      await bench.reopen();
      expect(await bench.claim()).toEqual([]);
      const records = await bench.journal.deliveries({});
      expect(records.map(({ then, state, outcomes }) => [then, state, outcomes.length])).toEqual([
        ["doubt", "accepted", 2],
        ["held", "accepted", 2],
        ["crash", "accepted", 2],
        ["sure", "accepted", 1],
      ]);
    },
  },
  {
    name: "what is rejected stays so, and shows what was told; sent again, it begins anew and is not taken for sent",
    async run(bench) {
      await bench.record({ deliveries: [asks("a")] });
      await bench.settleAll({ state: "rejected" });
      expect(await bench.journal.learn([told("a")])).toEqual(["new"]);
      expect(await bench.journal.delivery(idOf("a"))).toMatchObject({ state: "rejected", report: { standing: "delivered" } });
      await bench.journal.redrive([{ id: idOf("a") }]);
      expect(await reportOf(bench, "a")).toBeUndefined();
      await bench.journal.learn([told("a")]);
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["a"]);
      expect(await reportOf(bench, "a")).toMatchObject({ standing: "delivered" });
    },
  },
];

function orderOf<Item>(all: readonly Item[]): fc.Arbitrary<readonly Item[]> {
  return fc
    .tuple(fc.shuffledSubarray([...all], { minLength: all.length }), fc.subarray([...all]))
    .chain(([whole, again]) => fc.shuffledSubarray([...whole, ...again], { minLength: whole.length + again.length }));
}

async function learnAll(bench: JournalBench, news: readonly News[], batched: boolean): Promise<void> {
  if (batched) await bench.journal.learn(news);
  else for (const one of news) await bench.journal.learn([one]);
}

/** Who is sent nothing. */
export const suppressionCases: readonly JournalCase[] = [
  {
    name: "whom news suppresses is found by any spelling, for that service alone, and is shown masked",
    async run(bench) {
      const news: News[] = [
        { service: "mail", at: 10, suppress: [ADA], code: "SES_BOUNCE" },
        { service: "sms", at: 20, suppress: [`whatsapp:${NUMBER}`], code: "TWILIO_21610", deliveryId: "d" },
      ];
      expect(await bench.journal.learn(news)).toEqual(["new", "new"]);
      expect(await bench.journal.learn(news)).toEqual(["known", "known"]);
      await bench.reopen();
      const asked = [
        { service: "mail", addresses: ["ada@example.com", "bob@example.com"] },
        { service: "sms", addresses: [ADA, "+1 (500) 555-0123"] },
        { service: "mail", addresses: [] },
      ];
      const ada = { service: "mail", shown: "a•••@example.com", code: "SES_BOUNCE", since: 10, deliveryId: undefined };
      const number = { service: "sms", shown: "+1•••••0123", code: "TWILIO_21610", since: 20, deliveryId: "d" };
      expect(await bench.journal.suppressed(asked)).toEqual([[ada], [number], []]);
      expect(await bench.journal.suppressions({})).toEqual([ada, number]);
      expect(await bench.journal.suppressions({ service: "mail" })).toEqual([ada]);
      expect(await bench.journal.suppressions({ limit: 1 })).toEqual([number]);
    },
  },
  {
    name: "the latest says who is suppressed, in whatever order it comes",
    async run(bench) {
      const off = (at: number): News => ({ service: "sms", at, suppress: [NUMBER], code: "STOP" });
      const on = (at: number): News => ({ service: "sms", at, unsuppress: [NUMBER] });
      const isSuppressed = async (): Promise<boolean> =>
        (await bench.journal.suppressed([{ service: "sms", addresses: [NUMBER] }])).flat().length > 0;
      expect(await bench.journal.learn([on(50)])).toEqual(["known"]);
      expect(await bench.journal.learn([off(10)])).toSatisfy(([one]) => one === "new" || one === "known");
      expect(await isSuppressed()).toBe(false);
      await bench.journal.learn([off(60)]);
      expect(await isSuppressed()).toBe(true);
      await bench.journal.learn([on(55)]);
      expect(await isSuppressed()).toBe(true);
      expect(await bench.journal.learn([on(70)])).toEqual(["new"]);
      expect(await isSuppressed()).toBe(false);
      expect(await bench.journal.suppressions({})).toEqual([]);
      bench.advance(31 * 86_400_000);
      await bench.journal.purge();
      await bench.journal.learn([off(65)]);
      expect(await bench.journal.suppressions({})).toHaveLength(1);
    },
  },
];
