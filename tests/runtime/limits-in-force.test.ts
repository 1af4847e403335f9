import type { Counts } from "@backstitch/core/journal";
import type { EntryInForce, RuleLimits } from "@backstitch/core/rules";
import { describe, expect, test } from "vitest";
import { ruleSet } from "./support/rules.ts";
import { aWhile, type Engine, JOURNALS, openWorld, until, type World } from "./support/world.ts";

const HOUR_MS = 3_600_000;
const NOTE = { by: "ada", reason: "Too many!" };
const BOX = [{ of: "service", name: "box" }] as const;
const limitsOf = (most: number, exceeded: RuleLimits["exceeded"] = "delay"): RuleLimits => ({
  of: ["rule"],
  total: { most, perMs: HOUR_MS },
  exceeded,
});
const HOURLY = limitsOf(1);

/** An engine whose rule can be written anew; undefined: it is gone. */
function startUnder(world: World, first: EntryInForce | undefined): Engine & { write(entry: EntryInForce | undefined): void } {
  let rules = ruleSet("first", "rule", first);
  return { ...world.start({ rules: () => rules }), write: (entry) => void (rules = ruleSet("later", "rule", entry)) };
}

/** Records rows while nothing may be claimed. */
async function recordPaused({ journal, source }: World, limits: RuleLimits | undefined): Promise<void> {
  await journal.setPaused(BOX, NOTE);
  source.commit(...["a", "b", "c"].map((lane) => ({ lane, ...(limits === undefined ? {} : { limits }) })));
  await until(async () => (await journal.counts()).deliveries.pending === 3, "three wait");
}

async function states({ journal }: World): Promise<Counts["deliveries"]> {
  return (await journal.counts()).deliveries;
}

describe.each(JOURNALS)("limits are those of the rule as it is written now, over the $name journal", (kind) => {
  test.each<readonly [string, RuleLimits | undefined, EntryInForce | undefined, Partial<Counts["deliveries"]>]>([
    ["it had none and has some", undefined, { limits: HOURLY }, { accepted: 1, waiting: 2 }],
    ["it had none and holds what is more", undefined, { limits: limitsOf(2, "hold") }, { accepted: 2, held: 1 }],
    ["it had others", HOURLY, { limits: limitsOf(2, "drop") }, { accepted: 2, dropped: 1 }],
    ["it has none any more", HOURLY, { limits: undefined }, { accepted: 3 }],
    ["it is gone, so that its last ones hold", HOURLY, undefined, { accepted: 1, waiting: 2 }],
    ["it is gone, and had none", undefined, undefined, { accepted: 3 }],
  ])("%s", async (_, recorded, written, expected) => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const engine = startUnder(world, { limits: recorded });
    await recordPaused(world, recorded);
    engine.write(written);
    await world.journal.setPaused(BOX, undefined);
    const isSo = async (): Promise<boolean> => Object.entries(expected).every(([state, count]) => counted[state as never] === count);
    let counted = await states(world);
    await until(async () => ((counted = await states(world)), isSo()), JSON.stringify(expected));
    await engine.stop();
  });

  test.each<readonly [string, RuleLimits | undefined]>([
    ["by a larger limit", limitsOf(3)],
    ["by none", undefined],
  ])("what waits is looked at by them within a minute, and all of it comes: %s", async (_, written) => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const engine = startUnder(world, { limits: HOURLY });
    world.source.commit(...["a", "b", "c"].map((lane) => ({ lane, limits: HOURLY })));
    await until(async () => (await states(world)).waiting === 2, "two wait");
    engine.write({ limits: written });
    world.clock.advance(60_000);
    await until(async () => (await states(world)).accepted === 3, "all are sent");
    expect(world.far.calls.map(({ lane }) => lane)).toEqual(["a", "b", "c"]);
    await engine.stop();
  });

  test("what a person sent again is not kept back by any", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { journal } = world;
    const engine = startUnder(world, { limits: undefined });
    await recordPaused(world, undefined);
    const ids = (await journal.deliveries({})).map(({ id }) => id);
    await journal.decide("drop", ids, NOTE);
    engine.write({ limits: HOURLY });
    await journal.redrive(ids.map((id) => ({ id })));
    await journal.setPaused(BOX, undefined);
    await until(async () => (await states(world)).accepted === 3, "all are sent");
    world.source.commit({ lane: "d", limits: HOURLY });
    await until(async () => (await states(world)).accepted === 4, "nothing was counted");
    await aWhile();
    expect(world.far.calls).toHaveLength(4);
    await engine.stop();
  });
});
