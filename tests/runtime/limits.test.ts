import type { Limits, Rate } from "@backstitch/core/runtime";
import type { Journal } from "@backstitch/core/journal";
import { describe, expect, test } from "vitest";
import { failure } from "./support/far-side.ts";
import { aWhile, JOURNALS, openWorld, until } from "./support/world.ts";

const HOUR_MS = 3_600_000;
const LANES = ["a", "b", "c", "d", "e", "f", "g", "h"];

function limits(rates: Readonly<Record<string, Omit<Rate, "unit">>>): Limits {
  return { rates: Object.entries(rates).map(([unit, rate]) => ({ unit, ...rate })), per: undefined };
}

describe.each(JOURNALS)("over the $name journal", (kind) => {
  test("no second holds more than the limit; when it is over, the next go", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { far, source, clock, services, start } = await openWorld(kind, cleanUp);
    const limited = services({ limits: limits({ requests: { count: 3, periodMs: 1_000 } }) });
    source.commit(...LANES.map((lane) => ({ lane })));
    const engine = start({ services: () => limited });
    await until(() => far.calls.length === 3, "three go");
    for (const passed of [3, 6]) {
      clock.advance(1_000);
      await aWhile();
      expect(far.calls).toHaveLength(passed);
      clock.advance(15);
      await until(() => far.calls.length === Math.min(8, passed + 3), "three more go");
    }
    await engine.stop();
  });

  test("other services are not kept waiting by the limits of one", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { far, source, services, start } = await openWorld(kind, cleanUp);
    const both = services({ limits: limits({ requests: { count: 1, periodMs: HOUR_MS } }) }, { name: "crate" });
    source.commit(...LANES.flatMap((lane) => [{ lane }, { lane, service: "crate" }]));
    const engine = start({ services: () => both });
    await until(() => far.calls.length === 9, "one went, and all of the other service");
    await engine.stop();
  });

  test("what an action costs is counted, in order: what does not fit holds up the cheap ones behind it", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { far, source, clock, services, start } = await openWorld(kind, cleanUp);
    const limited = services({ limits: limits({ units: { count: 5, periodMs: 1_000 } }) });
    source.commit({ lane: "a", units: 2 }, { lane: "b", units: 4 }, { lane: "c" }, { lane: "d", units: 0 });
    const engine = start({ services: () => limited });
    await until(() => far.calls.length === 1, "the first goes");
    await aWhile();
    expect(far.calls).toHaveLength(1);
    clock.advance(1_015);
    await until(() => far.calls.length === 4, "the others go");
    expect(far.calls.map(({ lane }) => lane)).toEqual(["a", "b", "c", "d"]);
    await engine.stop();
  });

  test("what costs more than the whole limit goes when nothing of it is used, and the next waits for all of its periods", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { far, source, clock, services, start } = await openWorld(kind, cleanUp);
    const limited = services({ limits: limits({ units: { count: 2, periodMs: 1_000 } }) });
    source.commit({ lane: "a" }, { lane: "b", units: 5 }, { lane: "c" }, { lane: "d" });
    const engine = start({ services: () => limited });
    await until(() => far.calls.length === 1, "the first goes");
    clock.advance(1_015);
    await until(() => far.calls.length === 2, "the large one goes");
    clock.advance(2_000);
    await aWhile();
    expect(far.calls).toHaveLength(2);
    clock.advance(15);
    await until(() => far.calls.length === 3, "one fits beside the last of it");
    await aWhile();
    expect(far.calls).toHaveLength(3);
    clock.advance(1_000);
    await until(() => far.calls.length === 4, "and the last");
    await engine.stop();
  });

  test("a limit that is used up for hours keeps nothing claimed, asks the journal no more than once a minute, and lets go on time", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { far, source, clock, journal, services, start, told } = await openWorld(kind, cleanUp);
    const limited = services({ limits: limits({ units: { count: 4, periodMs: 24 * HOUR_MS } }) });
    const counting = countClaims(journal);
    source.commit(...LANES.map((lane) => ({ lane, units: 3 })));
    const engine = start({ services: () => limited, journal: counting });
    await until(() => far.calls.length === 1, "the first goes");
    await until(async () => (await journal.counts()).deliveries.pending === 7, "the others are given back");
    for (let minutes = 0; minutes < 10; minutes += 1) {
      clock.advance(60_000);
      await aWhile();
    }
    expect((await journal.counts()).deliveries).toMatchObject({ pending: 7, accepted: 1 });
    expect(counting.claimed).toBeLessThan(30);
    const said = (): readonly string[] => told.lines.filter((line) => line.startsWith("box r"));
    expect(said()).toEqual(["box rests: throttled"]);
    clock.advance(24.25 * HOUR_MS);
    await until(() => far.calls.length === 2, "the next day one more goes");
    await until(() => said().length === 3, "and the others wait again");
    expect(said()).toEqual(["box rests: throttled", "box resumed", "box rests: throttled"]);
    expect((await journal.deliveries({})).every(({ attempts }) => attempts <= 1)).toBe(true);
    await engine.stop();
  });

  test("what the far side did not do uses nothing of its quota, but the request was one", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { far, source, clock, services, start } = await openWorld(kind, cleanUp);
    const daily = { units: { count: 2, periodMs: 24 * HOUR_MS }, requests: { count: 3, periodMs: 1_000 } };
    const limited = services({ limits: limits(daily), retry: { attempts: 9, firstDelayMs: 0, longestDelayMs: 0 }, concurrency: 1 });
    far.answer = () => {
      if (far.calls.length < 6) throw failure("unavailable");
      return {};
    };
    source.commit({ lane: "a" }, { lane: "b" }, { lane: "c" });
    const engine = start({ services: () => limited });
    await until(() => far.calls.length === 3, "three requests");
    await aWhile();
    expect(far.calls).toHaveLength(3);
    clock.advance(1_015);
    await until(() => far.calls.length === 6, "three more");
    clock.advance(1_015);
    await until(() => far.calls.length === 7, "the second of the day");
    clock.advance(60_000);
    await aWhile();
    expect(far.calls).toHaveLength(7);
    await engine.stop();
  });

  test("a reload that changes a limit forgets nothing of what was used", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { far, source, clock, services, start } = await openWorld(kind, cleanUp);
    let inForce = services({ limits: limits({ requests: { count: 4, periodMs: 1_000 } }) });
    source.commit(...LANES.slice(0, 3).map((lane) => ({ lane })));
    const engine = start({ services: () => inForce });
    await until(() => far.calls.length === 3, "three go");
    inForce = services({ limits: limits({ requests: { count: 4, periodMs: 2_000 } }) });
    source.commit(...LANES.slice(3).map((lane) => ({ lane })));
    await until(() => far.calls.length === 4, "one fits");
    clock.advance(2_000);
    await aWhile();
    expect(far.calls).toHaveLength(4);
    clock.advance(30);
    await until(() => far.calls.length === 8, "the others follow");
    await engine.stop();
  });

  test("a quota of a day is not forgotten by a restart: what was accepted, and what may have been, counts from when it was", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { far, source, clock, journal, shelf, services, start } = await openWorld(kind, cleanUp);
    const limited = services({
      limits: limits({ units: { count: 10, periodMs: 24 * HOUR_MS } }),
      retry: { attempts: 1, firstDelayMs: 0, longestDelayMs: 0 },
    });
    far.answer = ({ lane }) => {
      if (lane === "lost") throw failure("uncertain");
      if (lane === "refused") throw failure("rejected");
      return {};
    };
    source.commit({ lane: "a", units: 2 }, { lane: "lost", units: 3 }, { lane: "refused", units: 4 });
    const before = start({ services: () => limited });
    await until(async () => (await journal.counts()).deliveries.rejected === 2 && far.calls.length === 3, "three were tried");
    await before.stop();
    clock.advance(12 * HOUR_MS);
    source.commit(...LANES.slice(0, 6).map((lane) => ({ lane })));
    const after = start({ services: () => limited, journal: shelf.open() });
    await until(() => far.calls.length === 8, "five more fit");
    await aWhile();
    expect(far.calls).toHaveLength(8);
    clock.advance(12.25 * HOUR_MS);
    await until(() => far.calls.length === 9, "the rest goes when the first are a day old");
    await after.stop();
  });

  test("a quota that a reload brings counts what was sent before it", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { far, source, told, services, start } = await openWorld(kind, cleanUp);
    let inForce = services({});
    source.commit(...LANES.slice(0, 3).map((lane) => ({ lane })));
    const engine = start({ services: () => inForce });
    await until(() => told.lines.filter((line) => line.endsWith("accepted")).length === 3, "three go");
    inForce = services({ limits: limits({ requests: { count: 5, periodMs: HOUR_MS } }) });
    source.commit(...LANES.slice(3).map((lane) => ({ lane })));
    await until(() => far.calls.length === 5, "two more fit");
    await aWhile();
    expect(far.calls).toHaveLength(5);
    await engine.stop();
  });
});

/** A journal that counts what is claimed of it. */
function countClaims(journal: Journal): Journal & { readonly claimed: number } {
  let claimed = 0;
  return {
    ...journal,
    async claim(request) {
      const taken = await journal.claim(request);
      claimed += taken.length;
      return taken;
    },
    get claimed() {
      return claimed;
    },
  };
}
