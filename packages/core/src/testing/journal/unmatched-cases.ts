import { expect } from "vitest";
import { JournalFull, RECENT_EVENTS } from "../../journal/index.ts";
import { Decimal } from "../../values/index.ts";
import { asks, eventOf, NOTHING, type JournalBench } from "./bench.ts";
import type { JournalCase } from "./case.ts";

const DAY_MS = 86_400_000;

/** Records events `from` to `to` that match nothing, some at a time. */
async function recordMany(bench: JournalBench, to: number, { size = 170, note = "" } = {}): Promise<void> {
  for (let first = 0; first < to; first += size) {
    const count = Math.min(size, to - first);
    await bench.record({
      events: Array.from({ length: count }, (_, index) => eventOf(`e${first + index}`, { after: { id: first + index, note } })),
    });
  }
}

/** The last of them are durable with what is recorded a second later. */
async function crashLater(bench: JournalBench): Promise<void> {
  bench.advance(1_000);
  await bench.record({});
  await bench.reopen();
}

async function kept(bench: JournalBench, ids: readonly number[]): Promise<readonly number[]> {
  const found = await Promise.all(ids.map(async (id) => ((await bench.journal.event(`e${id}`)) === undefined ? [] : [id])));
  return found.flat();
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** What becomes of events that matched nothing, by which events the journal keeps. */
export const unmatchedCases: readonly JournalCase[] = [
  {
    name: "the last ones are kept and come back as they were, also after a crash",
    async run(bench) {
      const event = eventOf("quiet", {
        operation: "update",
        before: undefined,
        changed: undefined,
        after: { n: 1n, d: Decimal.parse("12.50"), 'a"b': "\n" },
      });
      await bench.record({ events: [eventOf("asking"), event], deliveries: [asks("a", { eventId: "asking" })] });
      expect(await bench.journal.event("quiet")).toStrictEqual({ event, undecided: [] });
      await bench.record({ events: [eventOf("soon after")] });
      expect((await bench.journal.event("soon after"))?.event.id).toBe("soon after");
      await crashLater(bench);
      expect((await bench.journal.event("soon after"))?.event.id).toBe("soon after");
      expect(await bench.journal.event("quiet")).toStrictEqual({ event, undecided: [] });
      expect((await bench.journal.event("asking"))?.event.id).toBe("asking");
      expect(await bench.journal.event("quie")).toBeUndefined();
    },
  },
  {
    name: "older ones make room for newer ones, whatever the batches were like",
    async run(bench) {
      const count = RECENT_EVENTS + 400;
      await recordMany(bench, count);
      expect(await kept(bench, upTo(count).slice(-RECENT_EVENTS))).toHaveLength(RECENT_EVENTS);
      await crashLater(bench);
      expect(await kept(bench, upTo(count).slice(-RECENT_EVENTS))).toHaveLength(RECENT_EVENTS);
      expect(await kept(bench, upTo(200))).toEqual([]);
      const more = upTo(2 * RECENT_EVENTS).map((index) => eventOf(`m${index}`));
      await bench.record({ events: more });
      expect(await kept(bench, upTo(count))).toEqual([]);
      expect(await bench.journal.event("m0")).toBeUndefined();
      expect(await bench.journal.event(`m${RECENT_EVENTS}`)).toBeDefined();
      expect(await bench.journal.event(`m${2 * RECENT_EVENTS - 1}`)).toBeDefined();
    },
  },
  {
    name: "large ones are fewer, so that they take a sixteenth of the journal's bytes at most; one that takes more alone is left out",
    maxBytes: 1_600_000,
    async run(bench) {
      await recordMany(bench, 40, { size: 7, note: "x".repeat(9_000) });
      await crashLater(bench);
      const left = await kept(bench, upTo(40));
      expect(left.at(-1)).toBe(39);
      expect(left.length).toBeGreaterThan(2);
      expect(left.length).toBeLessThan(12);
      await bench.record({ events: [eventOf("small"), eventOf("huge", { after: { note: "x".repeat(120_000) } })] });
      expect(await bench.journal.event("small")).toBeDefined();
      expect(await bench.journal.event("huge")).toBeUndefined();
      expect(await kept(bench, [39])).toEqual([39]);
    },
  },
  {
    name: "one that matches when it is read again, under other rules, is an event like any other",
    async run(bench) {
      await bench.record({ events: [eventOf("e")] });
      const undecided = { eventId: "e", rule: "r", paths: ["before.q"] };
      await bench.record({ events: [eventOf("e")], undecided: [undecided] });
      expect((await bench.journal.event("e"))?.undecided).toEqual([undecided]);
    },
  },
  {
    name: "of a batch that is refused none is kept",
    async run(bench) {
      await bench.record({ events: [eventOf("e0")] });
      await expect(bench.record({ events: [eventOf("e1")], from: "elsewhere" })).rejects.toThrow("position");
      await bench.record({ events: [eventOf("e2")], from: "p1" });
      expect(await kept(bench, [0, 1, 2])).toEqual([0, 2]);
    },
  },
  {
    name: "all: every one is kept for 7 days, and counts towards the bytes",
    events: "all",
    maxBytes: 400_000,
    async run(bench) {
      await recordMany(bench, 20, { size: 7, note: "x".repeat(5_000) });
      expect(await kept(bench, upTo(20))).toHaveLength(20);
      await expect(recordMany(bench, 200, { size: 7, note: "y".repeat(20_000) })).rejects.toBeInstanceOf(JournalFull);
      bench.advance(7 * DAY_MS - 1);
      expect(await bench.journal.purge()).toBe(0);
      bench.advance(1);
      while ((await bench.journal.purge()) > 0);
      expect(await kept(bench, upTo(200))).toEqual([]);
      await bench.reopen();
      const batch = {
        source: "shop",
        partition: "1",
        from: undefined,
        to: "q",
        events: [eventOf("e7", { after: { note: "z".repeat(200_000) } })],
      };
      await bench.journal.record(batch, { deliveries: [], failures: [], undecided: [] }, "hash", NOTHING);
      expect(await kept(bench, [7])).toEqual([7]);
    },
  },
  {
    name: "all: one that matches when it is read again is kept as long as its delivery",
    events: "all",
    async run(bench) {
      await bench.record({ events: [eventOf("e1"), eventOf("e2")] });
      await bench.record({ events: [eventOf("e1")], deliveries: [asks("a", { eventId: "e1" })] });
      bench.advance(7 * DAY_MS);
      while ((await bench.journal.purge()) > 0);
      expect(await kept(bench, [1, 2])).toEqual([1]);
      await bench.settleAll({ state: "accepted" });
      bench.advance(7 * DAY_MS);
      while ((await bench.journal.purge()) > 0);
      expect(await kept(bench, [1])).toEqual([]);
    },
  },
  {
    name: "none: none is kept; what something refers to is",
    events: "none",
    async run(bench) {
      await bench.record({ events: [eventOf("e1"), eventOf("e2")], deliveries: [asks("a", { eventId: "e2" })] });
      await bench.record({ events: [eventOf("e3")] });
      expect(await kept(bench, [1, 2, 3])).toEqual([2]);
      expect((await bench.journal.counts()).events).toBe(3);
    },
  },
  {
    name: "none: what another setting kept is forgotten, the last ones at once and all the others by the next purges",
    events: "all",
    async run(bench) {
      await bench.record({ events: [eventOf("e1"), eventOf("e2")], deliveries: [asks("a", { eventId: "e2" })] });
      await bench.reopen("matched");
      await bench.record({ events: [eventOf("e3")] });
      expect(await kept(bench, [1, 2, 3])).toEqual([1, 2, 3]);
      await bench.reopen("none");
      expect(await kept(bench, [2, 3])).toEqual([2]);
      while ((await bench.journal.purge()) > 0);
      expect(await kept(bench, [1, 2, 3])).toEqual([2]);
    },
  },
];
