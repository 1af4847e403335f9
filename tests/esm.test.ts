import { deliveryId } from "@backstitch/core/rules";
import { describe, expect, test } from "vitest";
import { inVirtualTime } from "./esm/clock.ts";
import type { Effect } from "./esm/far-side.ts";
import { judge } from "./esm/judge.ts";
import { CARRIERS, planOf, type Ask, type Plan } from "./esm/plan.ts";
import { runSeed, runSeeds } from "./esm/rounds.ts";
import { keyOf } from "./esm/rules.ts";
import { createWorld, type World } from "./esm/world.ts";

test.for(CARRIERS)(
  "%s: every effect happens or is a dead letter, in order by row, and repeats only where the docs say so",
  async (carrier) => {
    const { broken, deliveries, kills, remembered } = await runSeeds(carrier, 1, 60);
    expect(broken).toEqual([]);
    expect(deliveries).toBeGreaterThan(300);
    expect(kills).toBeGreaterThan(0);
    expect(remembered).toBeGreaterThan(10);
  },
);

test("the same seed is the same run", async () => {
  expect(await runSeed("kinesis", 7)).toEqual(await runSeed("kinesis", 7));
});

describe("the judge", () => {
  const send: Ask = { action: "send", hold: false, isRefused: false };
  const plan = (ask: Ask): Plan => ({
    ...planOf("kinesis", 1),
    remembers: true,
    records: [0, 1].map((index) => ({ index, key: "k0", group: "g0", kind: "asks", asks: [ask] })),
  });

  function judged(
    ask: Ask,
    effects: readonly number[],
    change: (world: World, ids: readonly string[]) => void = () => undefined,
  ): Promise<readonly string[]> {
    return inVirtualTime((clock) => {
      const world = createWorld(plan(ask), clock);
      const ids = world.plan.records.map((record) => deliveryId(keyOf(record, 0)));
      for (const record of effects)
        world.far.effects.push({ deliveryId: ids[record] ?? "", record, then: "t0", invocation: 1 } satisfies Effect);
      change(world, ids);
      return Promise.resolve(judge(world).broken);
    });
  }

  const rows: readonly (readonly [name: string, ask: Ask, effects: readonly number[], broken: readonly string[]])[] = [
    ["all done in order", send, [0, 1], []],
    ["one is lost", send, [0], ["Record 1 t0 (send) is lost."]],
    ["out of order", send, [1, 0], ["Record 1 t0 (send) was done before an earlier one."]],
    ["done twice", send, [0, 1, 1], ["Record 1 t0 (send) was done 2 times."]],
    ["a harmless repeat", { ...send, action: "put" }, [0, 1, 0], []],
  ];
  test.for(rows)("%s", async ([, ask, effects, broken]) => {
    expect(await judged(ask, effects)).toEqual(broken);
  });

  test("a doubt lets a rule repeat that says so, and no other", async () => {
    const doubt = ({ far }: World, [id = ""]: readonly string[]): void => void far.doubts.add(id);
    expect(await judged(send, [0, 0, 1], doubt)).toEqual([]);
    expect(await judged({ ...send, hold: true }, [0, 0, 1], doubt)).toEqual(["Record 0 t0 (send, hold) was done 2 times."]);
    expect(await judged({ ...send, action: "find" }, [0, 0, 1], doubt)).toEqual(["Record 0 t0 (find) was done 2 times."]);
  });
});
