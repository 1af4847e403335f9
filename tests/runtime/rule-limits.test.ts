import { setTimeout as wait } from "node:timers/promises";
import type { Counts, DeliveryRecord, Journal } from "@backstitch/core/journal";
import type { RuleLimits } from "@backstitch/core/rules";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { failure } from "./support/far-side.ts";
import { aWhile, JOURNALS, openWorld, until, type World } from "./support/world.ts";

const HOUR_MS = 3_600_000;
const of = ["rule"];
const HOURLY: RuleLimits = { of, total: { most: 1, perMs: HOUR_MS }, exceeded: "delay" };
const NOTE = { by: "ada", reason: "A test." };
const retry = { attempts: 9, firstDelayMs: 0, longestDelayMs: 0 };

describe.each(JOURNALS)("over the $name journal", (kind) => {
  test("what is delayed waits until there is room, in turn, and says so once; its lane waits, others do not", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { source, clock, journal, told } = world;
    source.commit(
      { lane: "a", limits: HOURLY },
      { lane: "b", limits: HOURLY },
      { lane: "c", limits: HOURLY },
      { lane: "b" },
      { lane: "d" },
    );
    const engine = world.start();
    await until(async () => (await states(world)).accepted === 2 && (await states(world)).waiting === 2, "two are kept back");
    expect(sent(world).toSorted()).toEqual(["a1", "d1"]);
    const [second] = await journal.deliveries({ states: ["waiting"] });
    expect(second).toMatchObject({ attempts: 0, dueAt: clock.now() + HOUR_MS });
    expect(codes(second)).toEqual(["DELAYED_BY_LIMIT"]);
    expect(second?.outcomes[0]?.outcome).toMatchObject({ kind: "throttled", reason: "Its rule lets 1 per 1h through in all." });
    clock.advance(HOUR_MS - 1);
    await aWhile();
    expect(sent(world)).toHaveLength(2);
    clock.advance(1);
    await until(() => sent(world).length === 4, "one more went, and its lane went on");
    expect(sent(world).slice(2)).toEqual(["b1", "b2"]);
    await until(
      async () => (await journal.deliveries({ states: ["waiting"] }))[0]?.dueAt === clock.now() + HOUR_MS,
      "the third waits again",
    );
    clock.advance(HOUR_MS);
    await until(async () => (await states(world)).accepted === 5, "all went");
    const all = await journal.deliveries({});
    expect(all.map(codes)).toEqual([[], ["DELAYED_BY_LIMIT"], ["DELAYED_BY_LIMIT"], [], []]);
    expect(told.lines.filter((line) => line.includes("throttled"))).toEqual([
      "rule/box/b throttled waiting",
      "rule/box/c throttled waiting",
    ]);
    await engine.stop();
  });

  test("what is dropped is a record with its reason, and its lane goes on; a person may send it, whatever the limit", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { source, journal, told } = world;
    const limits: RuleLimits = { ...HOURLY, exceeded: "drop" };
    source.commit({ lane: "a", limits }, { lane: "a", limits }, { lane: "a" });
    const engine = world.start();
    await until(async () => (await states(world)).accepted === 2, "the lane went on");
    expect(sent(world)).toEqual(["a1", "a3"]);
    const [dropped] = await journal.deliveries({ states: ["dropped"] });
    expect(dropped).toMatchObject({ attempts: 0, args: { lane: "a", place: 2 }, dueAt: undefined });
    expect(codes(dropped)).toEqual(["DROPPED_BY_LIMIT"]);
    expect(told.lines).toContain("rule/box/a rejected dropped");
    await journal.redrive([{ id: dropped?.id ?? "" }]);
    await until(() => sent(world).length === 3, "it was sent again");
    await engine.stop();
  });

  test("what is held waits for a person, and is then not held again", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { source, clock, journal } = world;
    const limits: RuleLimits = { ...HOURLY, exceeded: "hold" };
    source.commit({ lane: "a", limits }, { lane: "b", limits });
    const engine = world.start();
    await until(async () => (await states(world)).held === 1, "the second is held");
    clock.advance(2 * HOUR_MS);
    await aWhile();
    const [held] = await journal.deliveries({ states: ["held"] });
    expect(codes(held)).toEqual(["HELD_BY_LIMIT"]);
    await journal.redrive([{ id: held?.id ?? "" }]);
    await until(async () => (await states(world)).accepted === 2, "it was sent");
    await engine.stop();
  });

  test("released, what a limit held is let go, room or none; what a person held is not", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { source, clock, journal } = world;
    const limits: RuleLimits = { ...HOURLY, exceeded: "hold" };
    const engine = world.start();
    source.commit({ lane: "a", limits }, { lane: "b", limits });
    await until(async () => (await states(world)).held === 1, "the second is held by the limit");
    await journal.setPaused([{ of: "service", name: "box" }], NOTE);
    source.commit({ lane: "c", limits });
    await until(async () => (await states(world)).pending === 1, "the third is recorded");
    const [byLimit] = await journal.deliveries({ states: ["held"] });
    const [byHand] = await journal.deliveries({ states: ["pending"] });
    await journal.decide("hold", [byHand?.id ?? ""], NOTE);
    await journal.setPaused([{ of: "service", name: "box" }], undefined);
    await journal.decide("release", [byLimit?.id ?? "", byHand?.id ?? ""], NOTE);
    await until(async () => (await states(world)).accepted === 2 && (await states(world)).held === 1, "one is sent, one is held");
    expect(sent(world)).toEqual(["a1", "b1"]);
    expect(codes((await journal.deliveries({ states: ["held"] }))[0])).toEqual(["HELD_BY_HAND", "RELEASED_BY_HAND", "HELD_BY_LIMIT"]);
    clock.advance(HOUR_MS);
    source.commit({ lane: "d", limits });
    await until(async () => (await states(world)).accepted === 3, "what was let go without room did not use any");
    await engine.stop();
  });

  test("each recipient is counted alone, whoever else the rule writes to, and all of them in all", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const limits: RuleLimits = { of, perRecipient: { most: 1, perMs: HOUR_MS }, total: { most: 3, perMs: HOUR_MS }, exceeded: "drop" };
    const rows = ["ada", "bob", "ADA", "cyd", "dan"].map((to, lane) => ({ lane: String(lane), to, limits }));
    world.source.commit(...rows);
    const engine = world.start();
    await until(async () => (await states(world)).accepted + (await states(world)).dropped === 5, "all have an end");
    expect(world.far.calls.map(({ to }) => to)).toEqual(["ada", "bob", "cyd"]);
    const reasons = (await world.journal.deliveries({ states: ["dropped"] })).map(({ outcomes }) => outcomes[0]?.outcome);
    expect(reasons).toMatchObject([
      { reason: "Its rule lets 1 per 1h through to each recipient." },
      { reason: "Its rule lets 3 per 1h through in all." },
    ]);
    await engine.stop();
  });

  test("what is tried again is counted once, and from its last attempt on; it is not dropped any more", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, journal } = world;
    const slow = { ...retry, firstDelayMs: HOUR_MS, longestDelayMs: HOUR_MS };
    far.answer = () => {
      if (far.calls.length <= 2) throw failure("unavailable");
      return {};
    };
    const limits: RuleLimits = { ...HOURLY, exceeded: "drop" };
    source.commit({ lane: "a", limits, retry: slow });
    const engine = world.start();
    await until(async () => (await states(world)).waiting === 1, "it waits");
    clock.advance(HOUR_MS / 2);
    await until(async () => (await journal.deliveries({}))[0]?.dueAt === clock.now() + HOUR_MS / 2, "it failed again");
    clock.advance(HOUR_MS / 2 - 1);
    source.commit({ lane: "b", limits: HOURLY });
    await until(async () => (await states(world)).waiting === 2, "the other has no room before the first one's hour is over");
    clock.advance(1);
    await until(async () => (await states(world)).accepted === 1, "the first was accepted at last");
    expect(sent(world)).toEqual(["a1", "a1", "a1"]);
    // It was told of the attempt before; the last one moved its turn.
    await until(async () => (await journal.deliveries({ states: ["waiting"] }))[0]?.dueAt === clock.now() + HOUR_MS, "b waits");
    clock.advance(HOUR_MS - 1);
    await aWhile();
    expect(sent(world)).toHaveLength(3);
    clock.advance(1);
    await until(() => sent(world).length === 4, "b went");
    await engine.stop();
  });

  test("in quiet hours nothing goes and nothing is counted, not even what was tried before", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, journal } = world;
    // The clock starts at midnight in UTC.
    const quietHours = { fromMinute: 60, toMinute: 120, timeZone: "UTC" };
    far.answer = ({ lane }) => {
      if (lane === "a" && far.calls.length === 1) throw failure("unavailable");
      return {};
    };
    const limits: RuleLimits = { of, total: { most: 1, perMs: 3 * HOUR_MS }, exceeded: "delay" };
    source.commit({
      lane: "a",
      limits: { of, quietHours, exceeded: "drop" },
      retry: { ...retry, firstDelayMs: 2 * HOUR_MS, longestDelayMs: 2 * HOUR_MS },
    });
    const engine = world.start();
    await until(async () => (await states(world)).waiting === 1, "it is to be tried again at one o'clock");
    clock.advance(HOUR_MS);
    source.commit({ lane: "b", limits: { ...limits, quietHours } });
    const waits = async (): Promise<boolean> =>
      (await journal.deliveries({ states: ["waiting"] })).every(({ dueAt }) => dueAt === clock.now() + HOUR_MS);
    await until(async () => (await states(world)).waiting === 2 && (await waits()), "both wait until two o'clock");
    expect((await journal.deliveries({})).map(codes)).toEqual([["BOX_UNAVAILABLE", "DELAYED_BY_LIMIT"], ["DELAYED_BY_LIMIT"]]);
    source.commit({ lane: "c", limits });
    await until(async () => (await states(world)).accepted === 1, "there is room for one that has no quiet hours");
    clock.advance(HOUR_MS);
    await until(async () => (await states(world)).accepted === 2, "what is not counted went");
    await until(async () => (await journal.deliveries({ states: ["waiting"] }))[0]?.dueAt === clock.now() + 2 * HOUR_MS, "b has no room");
    expect(sent(world)).toEqual(["a1", "c1", "a1"]);
    await engine.stop();
  });

  test(
    "however much is asked, fails and crashes: in no stretch of time is more let through than the limits say, and nothing is lost",
    { timeout: 120_000 },
    async () => {
      const limits: RuleLimits = { of, perRecipient: { most: 1, perMs: 500 }, total: { most: 3, perMs: 1_000 }, exceeded: "delay" };
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ lane: fc.constantFrom("a", "b", "c"), to: fc.constantFrom("ada", "bob") }), { minLength: 1, maxLength: 12 }),
          fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
          fc.array(fc.record({ ms: fc.integer({ min: 50, max: 400 }), crashes: fc.boolean() }), { minLength: 1, maxLength: 6 }),
          async (rows, fails, steps) => {
            await using cleanUp = new AsyncDisposableStack();
            const world = await openWorld(kind, cleanUp);
            const { far, source, clock, shelf } = world;
            const calls: Sent[] = [];
            far.answer = ({ deliveryId, to }) => {
              calls.push({ deliveryId, to, at: clock.now() });
              // Not "unavailable": a service that cannot be reached is left alone, however much the limits let through.
              if (fails[calls.length % (fails.length + 1)] === true) throw failure("uncertain");
              return {};
            };
            source.commit(...rows.map((row) => ({ ...row, limits, retry: { ...retry, attempts: 100 } })));
            let journal = shelf.open();
            let engine = world.start({ journal });
            for (let step = 0; (await journal.counts()).deliveries.accepted < rows.length; step += 1) {
              expect(step, "it comes to an end").toBeLessThan(400);
              const { ms, crashes } = steps[step % steps.length] ?? { ms: 100, crashes: false };
              clock.advance(ms);
              await wait(step % 4);
              if (crashes && step < 2 * steps.length) {
                journal = shelf.open();
                await engine.ended.catch(() => undefined);
                engine = world.start({ journal });
              }
              // What was let through is sent before the clock goes on.
              await until(() => isAtRest(journal, rows.length, clock.now()), "nothing is under way");
            }
            await engine.stop();
            expect(mostWithin(1_000, calls)).toBeLessThanOrEqual(3);
            for (const person of ["ada", "bob"])
              expect(
                mostWithin(
                  500,
                  calls.filter(({ to }) => to === person),
                ),
              ).toBeLessThanOrEqual(1);
          },
        ),
        { numRuns: 15 },
      );
    },
  );
});

/** Nothing is under way, and nothing could be. */
async function isAtRest(journal: Journal, events: number, now: number): Promise<boolean> {
  if ((await journal.counts()).events < events) return false;
  const open = await journal.deliveries({ states: ["pending", "waiting", "uncertain", "claimed", "started"] });
  return open.every(({ state, blocked, dueAt = now }) => state !== "claimed" && state !== "started" && (blocked || dueAt > now));
}

interface Sent {
  readonly deliveryId: string;
  readonly to: string;
  readonly at: number;
}

/** The most deliveries that were sent within any stretch of time so long. */
function mostWithin(ms: number, calls: readonly Sent[]): number {
  return Math.max(
    0,
    ...calls.map(({ at: end }) => new Set(calls.filter(({ at }) => at > end - ms && at <= end).map(({ deliveryId }) => deliveryId)).size),
  );
}

function sent({ far }: World): readonly string[] {
  return far.calls.map(({ lane, place }) => `${lane}${place}`);
}

async function states({ journal }: World): Promise<Counts["deliveries"]> {
  return (await journal.counts()).deliveries;
}

function codes(record: DeliveryRecord | undefined): string[] {
  return (record?.outcomes ?? []).flatMap(({ outcome }) => (outcome.kind === "accepted" ? [] : [outcome.code]));
}
