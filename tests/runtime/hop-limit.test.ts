import type { DeliveryRecord } from "@backstitch/core/journal";
import { isByLimit } from "@backstitch/core/runtime";
import type { Outcome } from "@backstitch/core/connector";
import type { RuleLimits } from "@backstitch/core/rules";
import { describe, expect, test } from "vitest";
import { failure } from "./support/far-side.ts";
import { ruleSet } from "./support/rules.ts";
import type { Asks } from "./support/source.ts";
import { JOURNALS, openWorld, until, type World } from "./support/world.ts";

const of = ["rule"];
const HOUR_MS = 3_600_000;
const NOTE = { by: "ada", reason: "A test." };
const BOX = [{ of: "service", name: "box" }] as const;

/** One row of each number of hops, in a lane of its own that is called so. */
const came = (hops: readonly (number | undefined)[], limits?: RuleLimits): readonly Asks[] =>
  hops.map((hop) => ({
    lane: String(hop),
    ...(hop === undefined ? {} : { hops: hop }),
    ...(limits === undefined ? {} : { limits }),
  }));

const sent = ({ far }: World): readonly string[] => far.calls.map(({ lane }) => lane).toSorted();
const toldOf = ({ outcomes }: DeliveryRecord): unknown => outcomes.map(({ outcome }) => ("code" in outcome ? outcome.code : outcome.kind));

async function inStates({ journal }: World, ...wanted: readonly DeliveryRecord["state"][]): Promise<readonly DeliveryRecord[]> {
  return journal.deliveries({ states: wanted });
}

async function ended(world: World, count: number): Promise<void> {
  await until(async () => (await inStates(world, "accepted", "dropped", "held", "rejected")).length === count, `${count} have an end`);
}

describe.each(JOURNALS)("over the $name journal", (kind) => {
  test.each<readonly [string, RuleLimits | undefined, readonly (number | undefined)[], readonly string[]]>([
    ["where a rule says nothing, what came through 8 goes, and no more", undefined, [undefined, 0, 8, 9, 1_000], ["0", "8", "undefined"]],
    ["where its limits say nothing of it", { of, total: { most: 9, perMs: HOUR_MS }, exceeded: "delay" }, [8, 9], ["8"]],
    ["where a rule says 2", { of, hops: 2, exceeded: "delay" }, [undefined, 2, 3], ["2", "undefined"]],
    ["where it says none", { of, hops: 0, exceeded: "drop" }, [undefined, 0, 1], ["0", "undefined"]],
    ["where it says more than usual", { of, hops: 999, exceeded: "drop" }, [9, 999, 1_000], ["9", "999"]],
  ])("%s: both sides of the edge", async (_, limits, hops, wanted) => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    world.source.commit(...came(hops, limits));
    const engine = world.start();
    await ended(world, hops.length);
    expect(sent(world)).toEqual(wanted);
    const dropped = await inStates(world, "dropped");
    expect(dropped).toHaveLength(hops.length - wanted.length);
    expect(dropped.map(toldOf)).toEqual(dropped.map(() => ["HOP_LIMIT"]));
    await engine.stop();
  });

  test("what is dropped says both numbers, is told of as by a limit, and its lane goes on; a person may send it", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    world.source.commit({ lane: "a", hops: 9 }, { lane: "a" });
    const engine = world.start();
    await ended(world, 2);
    const [dropped] = await inStates(world, "dropped");
    const outcome = dropped?.outcomes[0]?.outcome;
    const reason = "Its event came to be through 9 deliveries, and its rule acts on what came through 8 at the most.";
    expect(outcome).toEqual({ kind: "rejected", code: "HOP_LIMIT", reason });
    expect(isByLimit(outcome as Outcome)).toBe(true);
    expect([dropped?.attempts, sent(world)]).toEqual([0, ["a"]]);
    expect(world.told.lines).toContain("rule/box/a rejected dropped");
    await world.journal.redrive([{ id: dropped?.id ?? "" }]);
    await until(() => sent(world).length === 2, "it was sent");
    await engine.stop();
  });

  test("what is held waits for a person, and goes once it is released, room or none; it uses none", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const limits: RuleLimits = { of, hops: 3, total: { most: 1, perMs: HOUR_MS }, exceeded: "hold" };
    world.source.commit(...came([4], limits));
    const engine = world.start();
    await until(async () => (await inStates(world, "held")).length === 1, "it is held");
    const [held] = await inStates(world, "held");
    expect(held?.outcomes[0]?.outcome).toMatchObject({ kind: "throttled", code: "HOP_LIMIT" });
    await world.journal.decide("release", [held?.id ?? ""], NOTE);
    await until(() => sent(world).length === 1, "it was sent");
    world.source.commit(...came([3], limits));
    await until(() => sent(world).length === 2, "there was room");
    await engine.stop();
  });

  test("it is the rule's as it is written now, for what waits too; where that is gone, as it was", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    let rules = ruleSet("first", "rule", { limits: undefined });
    const engine = world.start({ rules: () => rules });
    await world.journal.setPaused(BOX, NOTE);
    world.source.commit(...came([2, 3]));
    await until(async () => (await inStates(world, "pending")).length === 2, "two wait");
    rules = ruleSet("second", "rule", { limits: { of, hops: 2, exceeded: "delay" } });
    await world.journal.setPaused(BOX, undefined);
    await ended(world, 2);
    expect([sent(world), (await inStates(world, "dropped")).map(toldOf)]).toEqual([["2"], [["HOP_LIMIT"]]]);
    rules = ruleSet("third", "rule");
    world.source.commit(...came([5, 6], { of, hops: 5, exceeded: "drop" }), ...came([8, 9]));
    await ended(world, 6);
    expect(sent(world)).toEqual(["2", "5", "8"]);
    await engine.stop();
  });

  test("what a person sends again goes, whatever the rule says by now", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    let rules = ruleSet("first", "rule", { limits: undefined });
    world.far.answer = () => {
      if (world.far.calls.length === 1) throw failure("rejected");
      return {};
    };
    world.source.commit({ lane: "a", hops: 1 });
    const engine = world.start({ rules: () => rules });
    await ended(world, 1);
    rules = ruleSet("second", "rule", { limits: { of, hops: 0, exceeded: "hold" } });
    const [rejected] = await inStates(world, "rejected");
    await world.journal.redrive([{ id: rejected?.id ?? "" }]);
    await until(async () => (await inStates(world, "accepted")).length === 1, "it was sent");
    await engine.stop();
  });

  test("what was attempted before was let through once", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    let rules = ruleSet("first", "rule", { limits: undefined });
    world.far.answer = ({ number }) => {
      rules = ruleSet("second", "rule", { limits: { of, hops: 0, exceeded: "drop" } });
      if (number === 1) throw failure("unavailable");
      return {};
    };
    world.source.commit({ lane: "a", hops: 1, retry: { attempts: 9, firstDelayMs: 0, longestDelayMs: 0 } });
    const engine = world.start({ rules: () => rules });
    await ended(world, 1);
    expect(sent(world)).toEqual(["a", "a"]);
    await engine.stop();
  });
});
