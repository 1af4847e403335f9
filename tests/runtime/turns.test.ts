import { describe, expect, test } from "vitest";
import { ruleSet } from "./support/rules.ts";
import { accepted, aWhile, JOURNALS, openWorld, until, type World } from "./support/world.ts";

const PER_TENANT = { rates: [{ unit: "requests", count: 10, periodMs: 1_000 }], per: ["args", "tenant"] };

function rowsOf(tenant: string, count: number): readonly { readonly lane: string; readonly tenant: string }[] {
  return Array.from({ length: count }, (_, index) => ({ lane: `${tenant}-${index}`, tenant }));
}

describe.each(JOURNALS)("over the $name journal", (kind) => {
  test("tenants go in turns, each in its own order", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { far, source, services, start } = await openWorld(kind, cleanUp);
    const turns = services({ concurrency: 1, limits: { rates: [], per: ["args", "tenant"] } });
    source.commit(...rowsOf("a", 2), ...rowsOf("b", 1), ...rowsOf("c", 1));
    const engine = start({ services: () => turns });
    await until(() => far.calls.length === 4, "all are sent");
    expect(far.calls.map(({ lane }) => lane)).toEqual(["a-0", "b-0", "c-0", "a-1"]);
    await engine.stop();
  });

  test("what one tenant has in the journal keeps no other waiting, not even one that comes later", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, journal, services, start } = world;
    const turns = services({ concurrency: 2, limits: PER_TENANT });
    source.commit(...rowsOf("big", 200), ...rowsOf("small", 10));
    const engine = start({ services: () => turns });
    await until(() => far.calls.length === 10, "ten go");
    await until(
      async () => (await journal.deliveries({ states: ["claimed", "started"] })).some(isOf("small")),
      "the small one is looked for",
    );
    await secondsPass(world, 5);
    expect(far.calls.filter(({ lane }) => lane.startsWith("small"))).toHaveLength(10);
    source.commit(...rowsOf("late", 5));
    await until(
      async () => (await journal.deliveries({ states: ["claimed", "started"] })).some(isOf("late")),
      "the late one is looked for",
    );
    await secondsPass(world, 5);
    expect(far.calls.filter(({ lane }) => lane.startsWith("late"))).toHaveLength(5);
    await until(() => {
      clock.advance(50);
      return accepted(world) === 215;
    }, "all are made, once");
    expect(far.calls).toHaveLength(215);
    await engine.stop();
  });

  test("rules take turns, and the rows of a lane keep their order", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { clock, far, journal, source, services, start } = await openWorld(kind, cleanUp);
    const turns = services({ concurrency: 1, limits: { rates: [], per: ["rule"] } });
    let rules = ruleSet("one", "loud");
    source.commit(...Array.from({ length: 90 }, (_, index) => ({ lane: `l${index % 30}` })));
    const gate = Promise.withResolvers<object>();
    far.answer = () => gate.promise as Promise<Record<string, never>>;
    const engine = start({ services: () => turns, rules: () => rules });
    await until(() => far.calls.length === 1 && source.accepted === 1, "the loud rule is recorded");
    rules = ruleSet("two", "quiet");
    source.commit({ lane: "q0" }, { lane: "q1" });
    await until(async () => (await journal.deliveries({ states: ["claimed"], rule: "quiet" })).length > 0, "the quiet one is looked for");
    gate.resolve({});
    await until(() => {
      clock.advance(1);
      return far.calls.length === 92;
    }, "all are sent");
    expect(far.calls.findLastIndex(({ lane }) => lane.startsWith("q"))).toBeLessThan(15);
    for (const calls of Object.values(Object.groupBy(far.calls, ({ lane }) => lane))) {
      expect(calls?.map(({ place }) => place)).toEqual(calls?.map((_, index) => index + 1));
    }
    await engine.stop();
  });
});

function isOf(tenant: string): (record: { readonly args: unknown }) => boolean {
  return ({ args }) => (args as { tenant?: string } | undefined)?.tenant === tenant;
}

/** Ten requests fit into each. */
async function secondsPass({ far, clock }: World, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    const before = far.calls.length;
    clock.advance(1_015);
    await until(() => far.calls.length === before + 10, "ten go");
    await aWhile();
  }
}
