import { expect } from "vitest";
import { asks, EVERYTHING, settlementOf } from "./bench.ts";
import type { JournalCase } from "./case.ts";

const NOTE = { by: "ada@shop", reason: "The price is wrong." };
const RULE = { of: "rule", name: "low-stock" } as const;
const SERVICE = { of: "service", name: "sms" } as const;
const OTHER = { rule: "other", service: "mail" };
const ALL = { room: new Map([...EVERYTHING.room, ["mail", 1_000]]) };

/** Pausing services and rules. */
export const pauseCases: readonly JournalCase[] = [
  ...[RULE, SERVICE].map((what): JournalCase => ({
    name: `what a paused ${what.of} asks for is recorded and not claimed, until it goes on, in its order; others are`,
    async run(bench) {
      await bench.record({ deliveries: [asks("before", { lane: "l" }), asks("o", OTHER)] });
      await bench.journal.setPaused([what], NOTE);
      const claim = { ...EVERYTHING, ...ALL };
      expect(await bench.record({ deliveries: [asks("after", { lane: "l" }), asks("alone")], claim })).toEqual([]);
      expect((await bench.claim(ALL)).map(({ then }) => then)).toEqual(["o"]);
      expect((await bench.journal.deliveries({ rule: "low-stock" })).map(({ state, blocked }) => [state, blocked])).toEqual([
        ["pending", false],
        ["pending", true],
        ["pending", false],
      ]);
      await bench.reopen();
      expect((await bench.claim(ALL)).map(({ then }) => then)).toEqual(["o"]);
      await bench.journal.setPaused([what], undefined);
      const claims = await bench.claim();
      expect(claims.map(({ then }) => then)).toEqual(["before", "alone"]);
      await bench.journal.settle(claims.map((one) => settlementOf(one, { state: "accepted" })));
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["after"]);
    },
  })),
  {
    name: "what was claimed before the pause may settle; what it frees stays",
    async run(bench) {
      const claims = await bench.record({ deliveries: [asks("a", { lane: "l" }), asks("b", { lane: "l" })], claim: EVERYTHING });
      await bench.journal.setPaused([RULE], NOTE);
      expect(await bench.journal.start(claims.map(({ claim }) => claim))).toHaveLength(1);
      expect(await bench.journal.settle(claims.map((one) => settlementOf(one, { state: "accepted" })))).toEqual([]);
      expect(await bench.claim()).toEqual([]);
      await bench.journal.setPaused([RULE], undefined);
      expect(await bench.settleAll({ state: "accepted" })).toEqual(["b"]);
    },
  },
  {
    name: "deliveries of a paused rule are dropped, held and redriven as any other, and none is sent meanwhile",
    async run(bench) {
      await bench.record({ deliveries: [asks("a", { lane: "l" }), asks("b", { lane: "l" }), asks("c"), asks("d")] });
      await bench.journal.setPaused([RULE], NOTE);
      expect(await bench.claim()).toEqual([]);
      const [a, b, c, d] = (await bench.journal.deliveries({})).map(({ id }) => id) as [string, string, string, string];
      await bench.journal.decide("drop", [a], NOTE);
      await bench.journal.decide("hold", [c, d], NOTE);
      await bench.journal.redrive([{ id: a }, { id: d }], NOTE);
      expect(await bench.claim()).toEqual([]);
      await bench.journal.decide("release", [c], NOTE);
      await bench.journal.setPaused([RULE], undefined);
      expect(new Set((await bench.claim()).map(({ id }) => id))).toEqual(new Set([a, b, c, d]));
    },
  },
  {
    name: "more of a paused rule than anybody counts keeps nothing from those behind it",
    async run(bench) {
      await bench.journal.setPaused([RULE], NOTE);
      await bench.journal.setPaused([RULE], undefined);
      await bench.record({ deliveries: Array.from({ length: 3_000 }, (_, index) => asks(`n${index}`, { eventId: "many" })) });
      await bench.record({ deliveries: [asks("behind", { rule: "other" })] });
      await bench.journal.setPaused([RULE], NOTE);
      const claimed: string[] = [];
      for (let turn = 0; turn < 10; turn += 1) claimed.push(...(await bench.settleAll({ state: "accepted" })));
      expect(claimed).toEqual(["behind"]);
      await bench.journal.setPaused([RULE], undefined);
      for (let turn = 0; turn < 10; turn += 1) claimed.push(...(await bench.settleAll({ state: "accepted" })));
      expect(claimed).toHaveLength(3_001);
    },
  },
  {
    name: "what is paused is told with since when, by whom and why; pausing again tells the last, resuming what goes on changes nothing",
    async run(bench) {
      expect(await bench.journal.paused()).toEqual([]);
      await bench.journal.setPaused([RULE, SERVICE], { by: "bob", reason: "First." });
      bench.advance(10);
      await bench.journal.setPaused([RULE], NOTE);
      await bench.journal.setPaused([{ of: "service", name: "low-stock" }], undefined);
      await bench.reopen();
      expect(await bench.journal.paused()).toEqual([
        { ...SERVICE, since: bench.now() - 10, by: "bob", reason: "First." },
        { ...RULE, since: bench.now(), ...NOTE },
      ]);
      await bench.journal.setPaused([RULE, SERVICE], undefined);
      expect(await bench.journal.paused()).toEqual([]);
    },
  },
];
