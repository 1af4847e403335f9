import { setTimeout as wait } from "node:timers/promises";
import type { Rate } from "@backstitch/core/runtime";
import { expect, test } from "vitest";
import { failure } from "./support/far-side.ts";
import { JOURNALS, openWorld, type Clock } from "./support/world.ts";

const PERIODS = 6;
const STEP_MS = 5;
const cases: readonly (readonly [Rate, largest: number])[] = [
  [{ unit: "requests", count: 40, periodMs: 1_000 }, 1],
  [{ unit: "units", count: 60, periodMs: 1_000 }, 3],
];

test.each(cases)("20 at a time use at least 95 parts in 100 of a hard quota, and exceed it never: %o", async (rate, largest) => {
  await using cleanUp = new AsyncDisposableStack();
  const { clock, far, services, source, start } = await openWorld(JOURNALS[0] as (typeof JOURNALS)[number], cleanUp);
  const peer = hardQuota(rate, clock);
  far.answer = async (call) => {
    // The first connection is slow to open; afterwards some requests are on their way for longer than others.
    await passed(clock, call.place === 0 || far.calls.length <= 20 ? 300 : far.calls.length % 8);
    const taken = peer.take(rate.unit === "requests" ? 1 : unitsOf(call.lane, largest));
    await passed(clock, 5 + ((far.calls.length * 7) % 40));
    if (!taken) throw failure("throttled");
    return {};
  };
  const lanes = Array.from({ length: rate.count * PERIODS * 2 }, (_, index) => ({
    lane: String(index),
    units: unitsOf(String(index), largest),
  }));
  source.commit(...lanes);
  const limited = services({ concurrency: 20, limits: { rates: [rate], per: undefined } });
  const engine = start({ services: () => limited });
  for (let ms = 0; ms < PERIODS * rate.periodMs; ms += STEP_MS) {
    clock.advance(STEP_MS);
    await wait(3);
  }
  expect(peer.refused).toBe(0);
  expect(peer.taken).toBeGreaterThan(0.95 * rate.count * (peer.elapsedMs() / rate.periodMs + 1));
  await engine.stop();
});

function unitsOf(lane: string, largest: number): number {
  return 1 + (Number(lane) % largest);
}

/** Takes so many units in any stretch of the period, and not one more. */
function hardQuota({ count, periodMs }: Rate, clock: Clock) {
  let within: { readonly at: number; readonly units: number }[] = [];
  let first = Infinity;
  let last = 0;
  const peer = {
    taken: 0,
    refused: 0,
    /** From the first that was taken to the last: what comes at once when the period is over is not waited for. */
    elapsedMs: () => last - first,
    take(units: number): boolean {
      const at = clock.now();
      first = Math.min(first, at);
      last = at;
      within = within.filter((one) => one.at > at - periodMs);
      const fits = within.reduce((sum, one) => sum + one.units, units) <= count;
      if (fits) within.push({ at, units });
      peer.taken += fits ? units : 0;
      peer.refused += fits ? 0 : 1;
      return fits;
    },
  };
  return peer;
}

async function passed(clock: Clock, ms: number): Promise<void> {
  const end = clock.now() + ms;
  while (clock.now() < end) await wait(1);
}
