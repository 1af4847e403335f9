import type { RetryPolicy } from "@backstitch/core/rules";
import { describe, expect, test } from "vitest";
import { failure } from "./support/far-side.ts";
import { JOURNALS, openWorld, until, type World } from "./support/world.ts";

const HOUR_MS = 3_600_000;
/** Waits are half of what they may be: ten minutes, and then half an hour at most. */
const FOR_AN_HOUR: RetryPolicy = { attempts: undefined, forMs: HOUR_MS, firstDelayMs: HOUR_MS / 3, longestDelayMs: HOUR_MS };

describe.each(JOURNALS)("over the $name journal", (kind) => {
  test("a delivery is tried for its time from its first attempt on, then rejected; its lane goes on", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, journal } = world;
    const minutes: number[] = [];
    const start = clock.now() + 5 * HOUR_MS;
    far.answer = ({ place }) => {
      if (place === 2) return {};
      minutes.push((clock.now() - start) / 60_000);
      throw failure("unavailable");
    };
    source.commit({ lane: "a", retry: FOR_AN_HOUR }, { lane: "a" });
    // What passes before its first attempt is not of its time.
    clock.advance(5 * HOUR_MS);
    const engine = world.start();
    for (const after of [10, 20, 30]) {
      await nextIsDue(world, after);
      clock.advance(after * 60_000);
    }
    await until(async () => (await journal.counts()).deliveries.accepted === 1, "the lane went on");
    expect(minutes).toEqual([0, 10, 30, 60]);
    const [record] = await journal.deliveries({});
    expect(record).toMatchObject({ state: "rejected", attempts: 4 });
    const reason = "Given up after 4 attempts, as the time for more is over; the last: The box is unavailable.";
    expect(record?.outcomes.at(-1)?.outcome).toEqual({ kind: "rejected", code: "RETRIES_EXHAUSTED", reason });
    await engine.stop();
  });

  test("the time goes on while no process runs, and one attempt more is made", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock } = world;
    far.answer = () => {
      throw failure("unavailable");
    };
    source.commit({ lane: "a", retry: FOR_AN_HOUR });
    const engine = world.start();
    await nextIsDue(world, 10);
    await engine.stop();
    const journal = world.shelf.open();
    clock.advance(24 * HOUR_MS);
    const again = world.start({ journal });
    await until(async () => (await journal.counts()).deliveries.rejected === 1, "it was given up");
    expect(far.calls).toHaveLength(2);
    await again.stop();
  });

  test("the service's time counts where the rule says nothing", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source } = world;
    far.answer = () => {
      throw failure("unavailable", HOUR_MS + 1);
    };
    source.commit({ lane: "a" });
    const services = world.services({ retry: FOR_AN_HOUR });
    const engine = world.start({ services: () => services });
    await until(async () => (await world.journal.counts()).deliveries.rejected === 1, "it was given up");
    expect(far.calls).toHaveLength(1);
    await engine.stop();
  });
});

async function nextIsDue({ journal, clock }: World, inMinutes: number): Promise<void> {
  const dueAt = clock.now() + inMinutes * 60_000;
  await until(async () => (await journal.deliveries({ states: ["waiting"] }))[0]?.dueAt === dueAt, `due in ${inMinutes} minutes`);
}
