import type { Journal, Settlement } from "@backstitch/core/journal";
import type { RuleLimits } from "@backstitch/core/rules";
import { describe, expect, test } from "vitest";
import { aWhile, JOURNALS, openWorld, until } from "./support/world.ts";

const HOUR_MS = 3_600_000;
const of = ["rule"];
const CONCURRENCY = 40;

/** The same journal, and what is settled in it, a list for each call. */
function counted(journal: Journal): { readonly journal: Journal; readonly calls: readonly (readonly Settlement[])[] } {
  const calls: (readonly Settlement[])[] = [];
  const settle: Journal["settle"] = (settlements) => {
    calls.push(settlements);
    return journal.settle(settlements);
  };
  return { journal: { ...journal, settle }, calls };
}

describe.each(JOURNALS)("over the $name journal", (kind) => {
  test(
    "of thousands that wait the oldest go first, each is refused once, and what has no limit goes before them all",
    { timeout: 60_000 },
    async () => {
      await using cleanUp = new AsyncDisposableStack();
      const { source, clock, far, journal: real, services, start } = await openWorld(kind, cleanUp);
      const wide = services({ concurrency: CONCURRENCY });
      const { journal, calls } = counted(real);
      const limits: RuleLimits = { of, total: { most: 500, perMs: 1_000 }, exceeded: "delay" };
      source.commit(...Array.from({ length: 3_000 }, (_, index) => ({ lane: String(index), limits })));
      const engine = start({ journal, services: () => wide });
      await until(async () => (await journal.counts()).deliveries.waiting === 2_500, "all but the first wait");
      const refusing = calls.filter((all) => all.some(({ next }) => next.state === "waiting"));
      expect(refusing.length, "they are refused many together").toBeLessThan(2_500 / CONCURRENCY);
      source.commit({ lane: "free" });
      await until(() => far.calls.some(({ lane }) => lane === "free"), "what has no limit went");
      expect(far.calls).toHaveLength(501);
      for (let went = 1_001; went <= 3_001; went += 500) {
        clock.advance(1_000);
        await until(async () => (await journal.counts()).deliveries.accepted === went, `${went} went`);
      }
      const lanes = far.calls.map(({ lane }) => lane).filter((lane) => lane !== "free");
      expect(lanes).toEqual(Array.from({ length: 3_000 }, (_, index) => String(index)));
      const settled = calls.flat();
      expect(settled.filter(({ next }) => next.state === "waiting")).toHaveLength(2_500);
      expect(settled).toHaveLength(2_500 + 3_001);
      expect(await journal.verify()).toEqual([]);
      await engine.stop();
    },
  );

  test("what has no room makes room at its service at once: nobody waits for the next look at the journal", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { source, far, journal, start } = await openWorld(kind, cleanUp);
    const limits: RuleLimits = { of, total: { most: 1, perMs: HOUR_MS }, exceeded: "delay" };
    source.commit(...Array.from({ length: 400 }, (_, index) => ({ lane: String(index), limits })), { lane: "free" });
    const engine = start({ pollMs: 600_000 });
    await until(async () => (await journal.counts()).deliveries.waiting === 399 && far.calls.length === 2, "all are asked about");
    expect(new Set(far.calls.map(({ lane }) => lane))).toEqual(new Set(["0", "free"]));
    await engine.stop();
  });

  test("what comes anew waits behind what waits, each recipient's behind their own", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { source, clock, far, journal, start } = await openWorld(kind, cleanUp);
    const limits: RuleLimits = { of, perRecipient: { most: 1, perMs: HOUR_MS }, exceeded: "delay" };
    source.commit(...["ada", "ada", "bob"].map((to, lane) => ({ lane: `first ${lane}`, to, limits })));
    const engine = start();
    await until(async () => (await journal.counts()).deliveries.waiting === 1, "the second to ada waits");
    expect(far.calls.map(({ to }) => to)).toEqual(["ada", "bob"]);
    clock.advance(HOUR_MS - 1);
    source.commit(...["ada", "cyd"].map((to, lane) => ({ lane: `later ${lane}`, to, limits })));
    await until(async () => (await journal.counts()).deliveries.waiting === 2 && far.calls.length === 3, "the third to ada waits");
    clock.advance(1);
    await until(() => far.calls.length === 4, "one goes");
    await aWhile();
    expect(far.calls.map(({ lane }) => lane)).toEqual(["first 0", "first 2", "later 1", "first 1"]);
    await engine.stop();
  });

  test("what expires while it waits does so in time, with what it had been told", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { source, clock, far, journal, start } = await openWorld(kind, cleanUp);
    const limits: RuleLimits = { of, total: { most: 1, perMs: HOUR_MS }, exceeded: "delay" };
    source.commit({ lane: "a", limits }, { lane: "b", limits }, { lane: "c", limits, expiresMs: 5_000 });
    const engine = start();
    await until(async () => (await journal.counts()).deliveries.waiting === 2, "two wait");
    clock.advance(5_000);
    await until(async () => (await journal.counts()).deliveries.expired === 1, "one has expired");
    const [expired] = await journal.deliveries({ states: ["expired"] });
    const codes = expired?.outcomes.map(({ outcome }) => outcome.kind !== "accepted" && outcome.code);
    expect([expired?.args?.["lane"], codes]).toEqual(["c", ["DELAYED_BY_LIMIT", "EXPIRED"]]);
    clock.advance(HOUR_MS);
    await until(async () => (await journal.counts()).deliveries.accepted === 2, "the other went");
    expect(far.calls.map(({ lane }) => lane)).toEqual(["a", "b"]);
    await engine.stop();
  });
});
