import { setTimeout as wait } from "node:timers/promises";
import type { ConnectorError, Receipt } from "@backstitch/core/connector";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { failure } from "./support/far-side.ts";
import { accepted, aWhile, JOURNALS, openWorld, until } from "./support/world.ts";

type Kind = "accepted" | ConnectorError["outcome"] | "lost";

/** What becomes of one attempt: after a random while it is accepted, fails in one of the ways there are, or throws what no connector throws. */
const attempts = fc.record({
  kind: fc.constantFrom<Kind>("accepted", "accepted", "accepted", "rejected", "unavailable", "uncertain", "lost"),
  afterMs: fc.integer({ min: 0, max: 4 }),
});

const deliveries = fc.array(
  fc.record({
    lane: fc.constantFrom("a", "b", "c", "d"),
    service: fc.constantFrom("box", "crate"),
    action: fc.constantFrom<("send" | "put" | "ask")[]>("send", "put", "ask"),
    ifUncertain: fc.constantFrom<("retry" | "hold")[]>("retry", "retry", "hold"),
  }),
  { minLength: 1, maxLength: 40 },
);

describe.each(JOURNALS)("over the $name journal", (kind) => {
  test(
    "whatever the attempts end in: every delivery ends or is held, in order in its lane, once where it was accepted",
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          deliveries,
          fc.array(attempts, { minLength: 1, maxLength: 60 }),
          fc.integer({ min: 1, max: 5 }),
          async (rows, script, size) => {
            await using cleanUp = new AsyncDisposableStack();
            const world = await openWorld(kind, cleanUp);
            const { clock, far, source, journal } = world;
            const services = world.services({ concurrency: 3 }, { name: "crate", concurrency: 2 });
            const accepted: string[] = [];
            let next = 0;
            far.answer = async ({ deliveryId }) => {
              const { kind, afterMs } = script[next++ % script.length] ?? { kind: "accepted", afterMs: 0 };
              if (afterMs > 0) await wait(afterMs);
              if (kind === "lost") throw new TypeError("Something else.");
              if (kind !== "accepted") throw failure(kind);
              accepted.push(deliveryId);
              return {};
            };
            for (let from = 0; from < rows.length; from += size) source.commit(...rows.slice(from, from + size));
            const engine = world.start({ services: () => services });
            await until(async () => {
              // A service of which most attempts fail is left alone for a while.
              clock.advance(200);
              const { events, deliveries: states } = await journal.counts();
              const { pending, claimed, started, waiting, uncertain } = states;
              const shown = await journal.deliveries({ states: ["pending"], limit: rows.length });
              const blocked = shown.filter((one) => one.blocked).length;
              return events === rows.length && pending === blocked && claimed + started + waiting + uncertain === 0;
            }, "everything came to rest");
            await engine.stop();

            const records = await journal.deliveries({ limit: rows.length });
            expect(records).toHaveLength(rows.length);
            expect(far.overlaps).toEqual([]);
            expect(far.most).toBeLessThanOrEqual(5);
            expect(new Set(accepted).size).toBe(accepted.length);
            expect(
              records
                .filter((one) => one.state === "accepted")
                .map((one) => one.id)
                .sort(),
            ).toEqual(accepted.toSorted());
            const held = new Set(records.filter((one) => one.state === "held").map((one) => one.lane));
            for (const record of records) {
              if (record.state === "pending") expect(held).toContain(record.lane);
              else expect(["accepted", "rejected", "held"]).toContain(record.state);
            }
            for (const calls of Object.values(Object.groupBy(far.calls, ({ lane }) => lane))) expectInOrder(calls ?? []);
          },
        ),
        { numRuns: kind.name === "memory" ? 40 : 15 },
      );
    },
  );

  test("a lane that waits holds up neither another lane nor another service", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source } = world;
    const gate = Promise.withResolvers<Receipt>();
    far.answer = ({ lane }) => (lane === "slow" ? gate.promise : {});
    source.commit({ lane: "slow" }, { lane: "slow" }, { lane: "fast" }, { lane: "fast" }, { lane: "fast", service: "crate" });
    const services = world.services({ concurrency: 2 }, { name: "crate", concurrency: 1 });
    const engine = world.start({ services: () => services });
    await until(() => far.calls.length === 4, "all but the second of the slow lane were sent");
    expect(far.calls.filter(({ lane }) => lane === "slow")).toHaveLength(1);
    gate.resolve({});
    await until(() => far.calls.length === 5, "the slow lane goes on");
    await engine.stop();
  });

  test("a service that takes nothing holds up no other, however much waits for it", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source } = world;
    const services = world.services({ concurrency: 2 }, { name: "crate", concurrency: 2 });
    far.answer = () => new Promise((resolve) => void setTimeout(resolve, stuck() ? 60_000 : 0, {}).unref());
    const stuck = (): boolean => far.calls.length <= 2;
    for (let batch = 0; batch < 20; batch += 1) source.commit(...Array.from({ length: 10 }, (_, at) => ({ lane: `${batch}-${at}` })));
    const engine = world.start({ services: () => services, drainMs: 1 });
    await until(() => far.calls.length === 2 && source.accepted === 20, "the box is full");
    for (let row = 0; row < 30; row += 1) source.commit({ lane: `crate-${row}`, service: "crate" });
    await until(() => world.told.lines.filter((line) => line.includes("crate")).length === 30, "the crate took all of its own");
    await engine.stop();
  });

  test.each([1, 3, 7])("never more than %i at the same time where a service takes so many", async (concurrency) => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source } = world;
    const services = world.services({ concurrency });
    far.answer = async () => {
      await wait(2);
      return {};
    };
    for (let batch = 0; batch < 10; batch += 1) source.commit(...Array.from({ length: 8 }, (_, at) => ({ lane: `${batch}-${at}` })));
    const engine = world.start({ services: () => services });
    await until(() => accepted(world) === 80, "all were accepted");
    await engine.stop();
    expect(far.most).toBe(concurrency);
  });

  test("what is due in the journal is not overtaken by what is new", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source } = world;
    const services = world.services({ concurrency: 1 });
    far.answer = async () => {
      await wait(1);
      return {};
    };
    source.commit(...Array.from({ length: 30 }, (_, at) => ({ lane: `old-${at}` })));
    const engine = world.start({ services: () => services });
    await until(() => source.accepted === 1, "the first batch is recorded");
    for (let row = 0; row < 300; row += 1) source.commit({ lane: `new-${row}` });
    await until(() => far.calls.filter(({ lane }) => lane.startsWith("old")).length === 30, "all old ones were sent");
    expect(far.calls.findLastIndex(({ lane }) => lane.startsWith("old"))).toBe(29);
    await engine.stop();
  });

  test("work that a process left behind is done without anything new", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source } = world;
    source.commit(...Array.from({ length: 50 }, (_, at) => ({ lane: `${at % 5}` })));
    const nothing = world.start({ services: () => new Map() });
    await until(() => source.accepted === 1, "the batch is recorded");
    await aWhile();
    await nothing.stop();
    expect(far.calls).toEqual([]);
    const engine = world.start();
    await until(() => far.calls.length === 50, "all were sent");
    await engine.stop();
    expect(far.overlaps).toEqual([]);
  });
});

/** The first place first, each tried to its end before the next, and none twice once the next has begun. */
function expectInOrder(calls: readonly { readonly place: number }[]): void {
  let last = 0;
  for (const { place } of calls) {
    expect([last, last + 1]).toContain(place);
    last = place;
  }
}
