import { expect } from "vitest";
import type { ClaimedDelivery } from "../../journal/index.ts";
import { asks, EVERYTHING, settlementOf, type JournalBench } from "./bench.ts";
import type { JournalCase } from "./case.ts";

const DAY_MS = 86_400_000;

async function claims(bench: JournalBench, ...names: readonly string[]): Promise<readonly ClaimedDelivery[]> {
  return bench.record({ deliveries: names.map((name) => asks(name)), claim: EVERYTHING });
}

async function alike(bench: JournalBench, text: string): Promise<readonly (readonly [string | undefined, string])[]> {
  return (await bench.journal.alike(text)).map(({ then, state }) => [then, state]);
}

/** What a connector that looks up an earlier attempt needs to know of the deliveries that look the same. */
export const alikeCases: readonly JournalCase[] = [
  {
    name: "what was started under a text is found by it, the oldest first, however it stands",
    async run(bench) {
      const [a, b, c] = (await claims(bench, "a", "b", "c", "d")) as [ClaimedDelivery, ClaimedDelivery, ClaimedDelivery];
      await bench.journal.start([
        { ...b.claim, alike: "to ada" },
        { ...a.claim, alike: "to ada" },
        { ...c.claim, alike: "to bob" },
      ]);
      await bench.journal.settle([settlementOf(a, { state: "accepted" })]);
      expect(await alike(bench, "to ada")).toEqual([
        ["a", "accepted"],
        ["b", "started"],
      ]);
      expect(await alike(bench, "to bob")).toEqual([["c", "started"]]);
      expect(await alike(bench, "to cy")).toEqual([]);
      expect((await bench.journal.alike("to ada"))[0]?.outcomes).toMatchObject([{ outcome: { kind: "accepted", receipt: { id: "SM1" } } }]);
    },
  },
  {
    name: "what was started again is found once, and after a crash, too",
    async run(bench) {
      const [a] = (await claims(bench, "a")) as [ClaimedDelivery];
      await bench.journal.start([{ ...a.claim, alike: "to ada" }]);
      await bench.reopen();
      expect(await alike(bench, "to ada")).toEqual([["a", "uncertain"]]);
      const [again] = (await bench.claim()) as [ClaimedDelivery];
      await bench.journal.start([{ ...again.claim, alike: "to ada" }]);
      expect(await alike(bench, "to ada")).toEqual([["a", "started"]]);
    },
  },
  {
    name: "it is found for 30 days, and its text counts towards no limit",
    async run(bench) {
      const [a, b] = (await claims(bench, "a", "b")) as [ClaimedDelivery, ClaimedDelivery];
      await bench.journal.start([{ ...a.claim, alike: "to ada" }]);
      const quota = { of: "to ada", most: 1, perMs: DAY_MS };
      expect(await bench.journal.admit([{ claim: b.claim, quotas: [quota] }])).toMatchObject([{ refusal: undefined }]);
      bench.advance(30 * DAY_MS - 1);
      expect(await alike(bench, "to ada")).toHaveLength(1);
      bench.advance(1);
      expect(await alike(bench, "to ada")).toEqual([]);
    },
  },
  {
    name: "what was given up after an attempt that may have been done is uncertain when it is sent again",
    async run(bench) {
      const [a, b] = (await claims(bench, "a", "b")) as [ClaimedDelivery, ClaimedDelivery];
      const givenUp = { kind: "rejected", code: "RETRIES_EXHAUSTED", reason: "Given up." } as const;
      const next = { state: "rejected" } as const;
      await bench.journal.settle([
        { claim: a.claim, attempts: 1, next, outcome: { ...givenUp, mayBeDone: true } },
        { claim: b.claim, attempts: 1, next, outcome: givenUp },
      ]);
      await bench.journal.redrive([{ id: a.id }, { id: b.id }]);
      const again = await bench.claim();
      expect(again.map(({ then, uncertain }) => [then, uncertain])).toEqual([
        ["a", true],
        ["b", false],
      ]);
    },
  },
];
