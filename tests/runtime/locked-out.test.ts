import { describe, expect, test } from "vitest";
import { failure } from "./support/far-side.ts";
import { accepted, aWhile, JOURNALS, openWorld, until, type World } from "./support/world.ts";

const PROBE_MS = 60_000;
/** What is paused is looked at so often. */
const LOOK_MS = 1_000;
const LANES = ["a", "b", "c", "d"];
const NOTE = { by: "ada@shop", reason: "A new key." };

/** A far side that refuses everybody until it is mended; `told` is what was said of the service alone. */
async function lockedOut({ far, source, told }: World): Promise<{ mend(): void; told(): readonly string[] }> {
  let locked = true;
  far.answer = () => {
    if (locked) throw failure("locked-out");
    return {};
  };
  source.commit(...LANES.map((lane) => ({ lane })));
  await until(() => told.lines.includes("box rests: locked-out"), "the box rests");
  await aWhile();
  return { mend: () => void (locked = false), told: () => told.lines.filter((line) => line.startsWith("box ")) };
}

describe.each(JOURNALS)("over the $name journal: a service that locks us out", (kind) => {
  test("is tried at once where it is put in force anew: with one, and with the others where that is taken", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far } = world;
    let services = world.services({ concurrency: 4 });
    const engine = world.start({ services: () => services });
    const service = await lockedOut(world);
    services = world.services({ concurrency: 4 });
    await until(() => far.calls.length === 5, "one probes");
    await aWhile();
    expect(far.calls).toHaveLength(5);
    expect(service.told()).toEqual(["box rests: locked-out", "box rests: locked-out"]);
    service.mend();
    services = world.services({ concurrency: 4 });
    await until(() => accepted(world) === LANES.length, "all were accepted");
    expect(service.told().at(-1)).toBe("box resumed");
    await engine.stop();
  });

  test("is tried at once where a person pauses it and lets it go on", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, clock, journal } = world;
    const services = world.services({ concurrency: 4 });
    const engine = world.start({ services: () => services });
    const service = await lockedOut(world);
    service.mend();
    for (const [of, note] of [
      ["rule", NOTE],
      ["rule", undefined],
      ["service", NOTE],
    ] as const) {
      await journal.setPaused([{ of, name: of === "rule" ? "other" : "box" }], note);
      clock.advance(LOOK_MS);
      await aWhile();
    }
    expect(far.calls).toHaveLength(4);
    await journal.setPaused([{ of: "service", name: "box" }], undefined);
    clock.advance(LOOK_MS);
    await until(() => accepted(world) === LANES.length, "all were accepted");
    expect(service.told().at(-1)).toBe("box resumed");
    await engine.stop();
  });

  test("is not kept from going on by what was under way when it was mended", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, told } = world;
    const late = Promise.withResolvers<never>();
    late.promise.catch(() => undefined);
    far.answer = ({ lane }) => {
      if (far.calls.length > 2) return {};
      if (lane === "a") return late.promise;
      throw failure("locked-out");
    };
    source.commit(...LANES.map((lane) => ({ lane })));
    let services = world.services({ concurrency: 2 });
    const engine = world.start({ services: () => services });
    await until(() => told.lines.includes("box rests: locked-out"), "the box rests");
    clock.advance(1);
    services = world.services({ concurrency: 2 });
    await aWhile();
    late.reject(failure("locked-out"));
    await until(() => accepted(world) === LANES.length, "all were accepted");
    expect(told.lines.filter((line) => line === "box rests: locked-out")).toHaveLength(1);
    await engine.stop();
  });

  test("is let go of once its rest is over and nothing is left with which it could be tried, and tried with one when something is", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, clock, journal, source } = world;
    const services = world.services({ concurrency: 4 });
    const engine = world.start({ services: () => services });
    const service = await lockedOut(world);
    const ids = (await journal.deliveries({})).map(({ id }) => id);
    expect(await journal.decide("drop", ids, NOTE)).toHaveLength(LANES.length);
    await aWhile();
    expect(service.told()).toEqual(["box rests: locked-out"]);
    clock.advance(PROBE_MS);
    await until(() => service.told().length === 2, "the box is let go of");
    expect(service.told()).toEqual(["box rests: locked-out", "box resumed"]);
    source.commit(...LANES.map((lane) => ({ lane })));
    await until(() => far.calls.length === 5, "one probes");
    await aWhile();
    expect(far.calls).toHaveLength(5);
    expect(service.told()).toEqual(["box rests: locked-out", "box resumed", "box rests: locked-out"]);
    service.mend();
    clock.advance(PROBE_MS);
    await until(() => accepted(world) === LANES.length, "all were accepted");
    expect(service.told().slice(3)).toEqual(["box resumed"]);
    await engine.stop();
  });
});
