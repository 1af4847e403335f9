import type { RuleSet } from "@backstitch/core/rules";
import { compileRules } from "@backstitch/rules";
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

  test("a tenant of whom no argument tells has a thousand deliveries, and keeps no other waiting, before a restart and after", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, journal, shelf, services, start } = world;
    const turns = services({ concurrency: 2, limits: { rates: [], per: ["after", "tenant"] } });
    const rules = rulesByEvent();
    source.commit(...rowsOf("big", 1_000));
    const gate = Promise.withResolvers<object>();
    far.answer = () => gate.promise as Promise<Record<string, never>>;
    const first = start({ services: () => turns, rules: () => rules });
    await until(() => far.calls.length === 2, "two are under way");
    source.commit(...rowsOf("small", 3), ...rowsOf("other", 3));
    await until(async () => (await journal.deliveries({ states: ["claimed"] })).some(ofLane("other")), "the others are looked for");
    gate.resolve({});
    await until(() => {
      clock.advance(1);
      return far.calls.length > 20;
    }, "some are sent");
    expect(lanesOf(far.calls.slice(2, 20))).toMatchObject({ small: 3, other: 3 });
    await first.stop();
    const before = far.calls.length;
    source.commit(...rowsOf("late", 3));
    const again = start({ services: () => turns, rules: () => rules, journal: shelf.open() });
    await until(() => {
      clock.advance(1);
      return far.calls.some(({ lane }) => lane === "late-2");
    }, "the late ones are sent");
    expect(far.calls.length - before).toBeLessThan(100);
    await again.stop();
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

/** Of what the tenant is, the arguments say nothing. */
function rulesByEvent(): RuleSet {
  const args = { lane: { $path: "after.lane" }, place: { $path: "after.place" } };
  const rule = { on: { source: "shop", collection: "row" }, then: [{ service: "box", action: "put", with: args }] };
  const files = { conditions: [], templates: [], values: [], rules: [{ path: "rules/rule.json", text: JSON.stringify(rule) }] };
  const services = new Map([["box", new Map([["put", { args: {}, repeat: "by-nature" as const }]])]]);
  const known = { sources: ["shop"], services, validate: () => () => [] };
  return compileRules(files, { ...known, turns: new Map([["box", ["after", "tenant"]]]) }).ruleSet ?? expect.fail();
}

function ofLane(beginning: string): (record: { readonly args: unknown }) => boolean {
  return ({ args }) => (args as { lane?: string } | undefined)?.lane?.startsWith(beginning) === true;
}

function lanesOf(calls: readonly { readonly lane: string }[]): Readonly<Record<string, number>> {
  const byTenant = Object.groupBy(calls, ({ lane }) => lane.split("-")[0] ?? "");
  return Object.fromEntries(Object.entries(byTenant).map(([tenant, of]) => [tenant, of?.length ?? 0]));
}

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
