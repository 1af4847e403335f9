import { setTimeout as wait } from "node:timers/promises";
import type { DeliveryRecord } from "@backstitch/core/journal";
import type { Services } from "@backstitch/core/runtime";
import { describe, expect, test } from "vitest";
import { aWhile, JOURNALS, openWorld, until, type World } from "./support/world.ts";

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

  test("is given up where only its time is counted, too", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const forAMoment = { attempts: undefined, forMs: 6, firstDelayMs: 0, longestDelayMs: 0 };
    world.source.commit({ lane: "killer", action: "send", retry: forAMoment });
    const [killer] = await livesUntilGivenUp(world, 0, world.services({}));
    expect(killer).toMatchObject({ state: "rejected", attempts: 7 });
  });

  test.each(["put", "send"] as const)("at once, takes no outcome with it that is not durable yet: %s", async (action) => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    world.source.commit({ lane: "innocent", action, retry }, { lane: "killer", action, retry });
    const [innocent, killer] = await livesUntilGivenUp(world, 0, world.services({}));
    expect(killer).toMatchObject({ state: "rejected", attempts: 6 });
    expect(innocent).toMatchObject({ state: "accepted" });
  });

  test("goes alone over all services: what another has under way is not lost with it", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    world.source.commit({ lane: "killer", retry }, { lane: "innocent", service: "slow", retry });
    const services = world.services({}, { name: "slow" });
    const [killer, innocent] = await livesUntilGivenUp(world, 40, services);
    expect(killer).toMatchObject({ state: "rejected", attempts: 6 });
    expect(innocent).toMatchObject({ state: "accepted" });
  });

  test("waits its turn while others are under way, and holds nobody up that waits for it in vain", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, shelf, source } = world;
    source.commit({ lane: "suspect" });
    const first = world.start({ services: () => new Map() });
    await until(() => source.accepted === 1, "it is recorded");
    await first.stop();
    for (let life = 1; life <= 3; life += 1) await shelf.open().claim({ room: new Map([["box", 1]]), bytes: 1_000, leaseMs: 60_000 });
    const slow = Promise.withResolvers<Record<string, never>>();
    far.answer = ({ lane }) => (lane === "slow/first" ? slow.promise : {});
    const services = new Map(world.services({ name: "slow" }));
    const engine = world.start({ journal: shelf.open(), services: () => services });
    source.commit({ lane: "first", service: "slow" });
    await until(() => far.calls.length === 1, "the slow one is under way");
    for (const [name, service] of world.services({})) services.set(name, service);
    await aWhile();
    source.commit({ lane: "second", service: "slow" });
    await aWhile();
    expect(far.calls.map(({ lane }) => lane)).toEqual(["slow/first"]);
    services.delete("box");
    await until(() => far.calls.length === 2, "what waited for the suspect goes on without it");
    for (const [name, service] of world.services({})) services.set(name, service);
    await aWhile();
    slow.resolve({});
    await until(() => far.calls.length === 3, "the suspect goes once nothing is under way");
    expect(far.calls.map(({ lane }) => lane)).toEqual(["slow/first", "slow/second", "suspect"]);
    await engine.stop();
  });
});
