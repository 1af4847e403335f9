import { setTimeout as wait } from "node:timers/promises";
import { ConnectorError } from "@backstitch/core/connector";
import { JournalFull, type Seat } from "@backstitch/core/journal";
import type { Rate } from "@backstitch/core/runtime";
import { describe, expect, test } from "vitest";
import { type Engine, JOURNALS, openWorld, until, type World } from "./support/world.ts";

const [MEMORY] = JOURNALS as [(typeof JOURNALS)[0]];
const LANES = Array.from({ length: 12 }, (_, index) => `lane-${index}`);
const SEEN_MS = 5_000;

/** A process that shares its journal with others: where it sits among them is what the test says. */
async function seated(cleanUp: AsyncDisposableStack, rates: readonly Omit<Rate, "unit">[], first: Seat | undefined) {
  const world = await openWorld(MEMORY, cleanUp);
  const limits = { rates: rates.map((rate) => ({ unit: "requests", ...rate })), per: undefined };
  const services = world.services({ limits, concurrency: 1_000 }, { name: "crate", concurrency: 1_000 });
  let seat = first;
  const journal = { ...world.journal, seat: async () => seat };
  const engine: Engine = world.start({ journal, services: () => services });
  return { world, engine, sit: (index: number, of: number) => (seat = { index, of }) };
}

/** How many arrive in that time, moved a little at a time. */
async function arrive({ far, clock }: World, ms: number): Promise<number> {
  const before = far.calls.length;
  for (let passed = 0; passed < ms; passed += 250) {
    clock.advance(250);
    // The engine looks at least every 5 ms: however slow the machine is, its timer comes before one of ours that was set later.
    for (let turn = 0; turn < 3; turn += 1) await wait(6);
  }
  return far.calls.length - before;
}

/** A process that was alone and used its limit, and then could not ask who works beside it for longer than it may rely on what it knew. */
async function cutOff(cleanUp: AsyncDisposableStack) {
  const world = await openWorld(MEMORY, cleanUp);
  const services = world.services({ limits: { rates: [{ unit: "requests", count: 1, periodMs: 500 }], per: undefined } });
  let isCut = false;
  const seat = async (): Promise<Seat> => {
    if (isCut) throw new JournalFull("The server does not answer.");
    return { index: 0, of: 1 };
  };
  const engine = world.start({ journal: { ...world.journal, seat }, services: () => services, drainMs: 1 });
  world.source.commit(...Array.from({ length: 60 }, (_, lane) => ({ lane: `${lane}` })));
  expect(await arrive(world, SEEN_MS + 1_500)).toBeGreaterThan(1);
  isCut = true;
  await arrive(world, SEEN_MS + 2_000);
  return { world, engine, mend: () => void (isCut = false) };
}

describe("limits of a service, where several processes share a journal", () => {
  test("one that is alone, and sees it, uses all of it, once those that may have been there are gone", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { world, engine } = await seated(cleanUp, [{ count: 4, periodMs: 60_000 }], { index: 0, of: 1 });
    world.source.commit(...LANES.flatMap((lane) => [{ lane }, { lane, service: "crate" }]));
    await until(() => world.far.calls.length === LANES.length, "what has no limits goes at once");
    expect(await arrive(world, SEEN_MS - 250)).toBe(0);
    expect(await arrive(world, 1_000)).toBe(4);
    await engine.stop();
  });

  test("a small limit is one process's whole, and the others send nothing", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const sent: number[] = [];
    for (const index of [0, 1, 2]) {
      const { world, engine } = await seated(cleanUp, [{ count: 4, periodMs: 60_000 }], { index, of: 3 });
      world.source.commit(...LANES.map((lane) => ({ lane })));
      sent.push(await arrive(world, SEEN_MS + 1_000));
      await engine.stop();
    }
    expect(sent.toSorted((left, right) => left - right)).toEqual([0, 0, 4]);
  });

  test("a large one is divided, and nothing of it lost", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const sent: number[] = [];
    for (const index of [0, 1, 2]) {
      const { world, engine } = await seated(cleanUp, [{ count: 301, periodMs: 10_000 }], { index, of: 3 });
      world.source.commit(...Array.from({ length: 150 }, (_, lane) => ({ lane: `${lane}` })));
      sent.push(await arrive(world, SEEN_MS + 11_000));
      await engine.stop();
    }
    expect(sent.toSorted((left, right) => left - right)).toEqual([100, 100, 101]);
  });

  test("who must share stops at once; who may use more waits until nobody else can have used it", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { world, engine, sit } = await seated(cleanUp, [{ count: 1, periodMs: 500 }], { index: 0, of: 1 });
    world.source.commit(...Array.from({ length: 90 }, (_, lane) => ({ lane: `${lane}` })));
    expect(await arrive(world, SEEN_MS + 1_500)).toBeGreaterThan(1);
    // Of two, one has it: found by trying both.
    sit(0, 2);
    await arrive(world, SEEN_MS + 2_000);
    const other = (await arrive(world, 2_000)) > 0 ? 1 : 0;
    sit(other, 2);
    await arrive(world, 1_250);
    expect(await arrive(world, SEEN_MS + 2_000), "another has it").toBe(0);
    sit(0, 1);
    expect(await arrive(world, SEEN_MS), "the other may not have seen yet that it has it no more").toBe(0);
    await arrive(world, 1_500);
    expect(await arrive(world, 2_000)).toBeGreaterThan(1);
    await engine.stop();
  });

  test("who does not hear of the others any more stops", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { world, engine } = await cutOff(cleanUp);
    expect(await arrive(world, 3_000)).toBe(0);
    await engine.stop();
  });

  test("who hears of the others again waits: they have taken it over meanwhile, and have not seen it yet", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { world, engine, mend } = await cutOff(cleanUp);
    mend();
    expect(await arrive(world, SEEN_MS - 250)).toBe(0);
    expect(await arrive(world, 2_500)).toBeGreaterThan(1);
    await engine.stop();
  });

  test("who comes waits until what the others used before they saw it is over", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { world, engine } = await seated(cleanUp, [{ count: 300, periodMs: 20_000 }], { index: 1, of: 2 });
    world.source.commit(...LANES.map((lane) => ({ lane })));
    expect(await arrive(world, 20_000)).toBe(0);
    expect(await arrive(world, 6_000)).toBe(LANES.length);
    await engine.stop();
  });

  test("a service that is another process's meanwhile locks this one out no more, and is probed when it comes back", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { world, engine, sit } = await seated(cleanUp, [{ count: 1, periodMs: 500 }], { index: 0, of: 1 });
    const { far, told } = world;
    world.source.commit(...LANES.map((lane) => ({ lane })));
    far.answer = () => {
      throw new ConnectorError("locked-out", "SUSPENDED", "The account is suspended.");
    };
    await arrive(world, SEEN_MS + 1_500);
    expect(told.lines.filter((line) => line.startsWith("box "))).toEqual(["box rests: locked-out"]);
    // Of two, one has it: found by trying both.
    for (const index of [0, 1]) {
      sit(index, 2);
      await arrive(world, 2_000);
    }
    expect(told.lines.filter((line) => line.startsWith("box "))).toEqual(["box rests: locked-out", "box resumed"]);
    sit(0, 1);
    world.clock.advance(60_000);
    await arrive(world, SEEN_MS + 1_500);
    expect(told.lines.filter((line) => line.startsWith("box ")).at(-1)).toBe("box rests: locked-out");
    await engine.stop();
  });

  test("who takes over a limit that is counted from the journal counts what is under way with the one before", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const rates = [{ count: 4, periodMs: 60_000 }];
    const { world, engine, sit } = await seated(cleanUp, rates, { index: 0, of: 2 });
    const limits = { rates: rates.map((rate) => ({ unit: "requests", ...rate })), per: undefined };
    const services = world.services({ limits, concurrency: 1_000 });
    let seat: Seat = { index: 1, of: 2 };
    const other = world.start({ sources: [], journal: { ...world.journal, seat: async () => seat }, services: () => services });
    const answers = Promise.withResolvers<Record<string, never>>();
    cleanUp.defer(() => answers.resolve({}));
    world.far.answer = () => answers.promise;
    world.source.commit(...LANES.map((lane) => ({ lane })));
    expect(await arrive(world, SEEN_MS + 1_000)).toBe(4);
    sit(1, 2);
    seat = { index: 0, of: 2 };
    expect(await arrive(world, SEEN_MS + 2_000)).toBe(0);
    answers.resolve({});
    await Promise.all([engine.stop(), other.stop()]);
  });
});
