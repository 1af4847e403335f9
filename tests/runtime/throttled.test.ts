import { describe, expect, test } from "vitest";
import { failure } from "./support/far-side.ts";
import { accepted, aWhile, JOURNALS, openWorld, until, type World } from "./support/world.ts";

const LANES = Array.from({ length: 400 }, (_, index) => ({ lane: `l${index}` }));

describe.each(JOURNALS)("over the $name journal", (kind) => {
  test("a service that throttles us is sent half as much as before, then slowly more, and in the end as much as it takes", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, told, services, start } = world;
    const wide = services({ concurrency: 20 });
    let full = true;
    far.answer = () => {
      if (far.calls.length > 19 && full) throw failure("throttled", 1_000);
      return {};
    };
    source.commit(...LANES.slice(0, 20));
    const engine = start({ services: () => wide });
    await until(() => told.lines.includes("box rests: throttled"), "it throttles what comes after 19 in a second");
    full = false;
    source.commit(...LANES.slice(20, 300));
    clock.advance(1_000);
    await until(() => told.lines.includes("box resumed"), "a probe is taken");
    const first = await sentIn(world, 2_000);
    expect(first).toBeGreaterThan(17);
    expect(first).toBeLessThan(24);
    clock.advance(15_000);
    await aWhile();
    const later = await sentIn(world, 2_000);
    expect(later).toBeGreaterThan(first + 7);
    expect(later).toBeLessThan(2 * first);
    clock.advance(60_000);
    source.commit(...LANES.slice(300));
    await until(() => accepted(world) === LANES.length, "all go at once");
    await engine.stop();
  });

  test("a quota that is used up until a known time says nothing of the pace, nor does a probe that is refused", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, told, services, start } = world;
    const wide = services({ concurrency: 20 });
    far.answer = () => {
      if (far.calls.length > 10 && far.calls.length < 25) throw failure("throttled", 3_600_000);
      return {};
    };
    source.commit(...LANES);
    const engine = start({ services: () => wide });
    await until(() => told.lines.includes("box rests: throttled"), "its quota is used up");
    await aWhile();
    while (far.calls.length < 25) {
      const before = far.calls.length;
      clock.advance(3_600_000);
      await until(() => far.calls.length > before, "one probes");
    }
    await until(() => accepted(world) === LANES.length, "all go at once");
    await engine.stop();
  });
});

/** How many are sent in that time, which passes in small steps. */
async function sentIn({ far, clock }: World, ms: number): Promise<number> {
  const before = far.calls.length;
  for (let passed = 0; passed < ms; passed += 50) {
    clock.advance(50);
    await aWhile();
  }
  return far.calls.length - before;
}
