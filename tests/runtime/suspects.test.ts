import { setTimeout as wait } from "node:timers/promises";
import type { DeliveryRecord } from "@backstitch/core/journal";
import type { Services } from "@backstitch/core/runtime";
import { describe, expect, test } from "vitest";
import { JOURNALS, openWorld, until, type World } from "./support/world.ts";

const retry = { attempts: 6, firstDelayMs: 0, longestDelayMs: 0 };

/** Runs the engine again and again until something is given up: each request of the killer's ends it after `killsAfterMs`, 0: before anything else happens. */
async function livesUntilGivenUp(world: World, killsAfterMs: number, services: Services): Promise<readonly DeliveryRecord[]> {
  const { clock, far, shelf } = world;
  let journal = shelf.open();
  const kill = (): void => {
    clock.advance(1);
    journal = shelf.open();
  };
  far.answer = async ({ lane }) => {
    if (!lane.endsWith("killer")) return wait(killsAfterMs * 2, {});
    if (killsAfterMs > 0) await wait(killsAfterMs);
    kill();
    return new Promise(() => undefined);
  };
  for (;;) {
    const own = journal;
    const engine = world.start({ journal, services: () => services });
    await until(async () => journal !== own || (await own.counts()).deliveries.rejected > 0, "it is killed, or gives up");
    if (journal === own) {
      await engine.stop();
      return journal.deliveries({});
    }
    await expect(engine.ended).rejects.toThrow();
  }
}

describe.each(JOURNALS)("what ends its process, over the $name journal", (kind) => {
  test("and repeats, goes alone as well: what shared its process is not repeated in each of its lives", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    world.source.commit({ lane: "innocent", action: "send", retry }, { lane: "killer", action: "send", retry });
    const [innocent, killer] = await livesUntilGivenUp(world, 40, world.services({}));
    expect(killer).toMatchObject({ state: "rejected", attempts: 6 });
    expect(innocent).toMatchObject({ state: "accepted", attempts: 4 });
  });
});
