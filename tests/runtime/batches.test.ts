import type { BatchedCall, BatchLimits, Connector, ConnectorError, Receipt } from "@backstitch/core/connector";
import { describe, expect, test } from "vitest";
import { aWhile, JOURNALS, openWorld, until } from "./support/world.ts";
import { failure } from "./support/far-side.ts";

interface Row {
  readonly lane: string;
  readonly units?: number;
}

const NEVER_MS = 60_000;
const USUAL: BatchLimits = { calls: 3, bytes: 1_000, waitMs: NEVER_MS, open: 9 };

/** A vendor that takes many in one request. Those whose lanes begin alike may share one, and a row has as many bytes as it has units. */
function tray(limits: Partial<BatchLimits> = {}) {
  const requests: string[][] = [];
  const far = {
    requests,
    answer: async (calls: readonly BatchedCall<Row>[]): Promise<readonly (Receipt | ConnectorError)[]> => calls.map(() => ({})),
    alone: [] as string[],
  };
  const connector: Connector<unknown> = {
    type: "tray",
    summary: "Takes many at once.",
    config: {},
    connect: () => ({}),
    actions: {
      put: {
        summary: "Is put with others.",
        args: {},
        repeat: "repeats",
        run: async (_client, row: Row) => (far.alone.push(row.lane), {}),
        batch: {
          limits: () => ({ ...USUAL, ...limits }),
          key: ({ lane }: Row) => lane.slice(0, 1),
          bytes: ({ units = 1 }: Row) => units,
          run(_client, calls: readonly BatchedCall<Row>[]) {
            requests.push(calls.map(({ args }) => args.lane));
            return far.answer(calls);
          },
        },
      },
    },
  };
  return { far, connector };
}

describe.each(JOURNALS)("deliveries that share a request, over the $name journal", (kind) => {
  async function open(cleanUp: AsyncDisposableStack, limits: Partial<BatchLimits>, concurrency = 2) {
    const world = await openWorld(kind, cleanUp);
    const { far, connector } = tray(limits);
    const services = world.services({ connector, concurrency });
    const start = (more = {}) => world.start({ services: () => services, ...more });
    const states = async () => (await world.journal.counts()).deliveries;
    return { ...world, far, connector, start, states };
  }

  test("are sent once there are enough of them, more than are attempted at a time, and each is settled then", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { source, far, start, states } = await open(cleanUp, { calls: 5 }, 1);
    source.commit(...["a1", "a2", "a3", "a4"].map((lane) => ({ lane })));
    start();
    await until(async () => (await states()).claimed === 4, "all wait");
    await aWhile();
    expect(far.requests).toEqual([]);
    source.commit({ lane: "a5" });
    await until(async () => (await states()).accepted === 5, "all are accepted");
    expect(far.requests).toEqual([["a1", "a2", "a3", "a4", "a5"]]);
  });

  test("of one kind share one, up to its bytes; the oldest goes where too many kinds wait", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { source, far, start, states } = await open(cleanUp, { calls: 9, bytes: 4, open: 2 });
    source.commit({ lane: "a1", units: 3 }, { lane: "a2", units: 2 }, { lane: "b1" }, { lane: "c1", units: 4 }, { lane: "a3" });
    start();
    await until(async () => (await states()).accepted === 3, "what is full or in the way is sent");
    await until(async () => (await states()).claimed === 2, "the others wait");
    expect(far.requests.toSorted((left, right) => String(left).localeCompare(String(right)))).toEqual([["a1"], ["a2"], ["c1"]]);
  });

  test("go when the first has waited long enough", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { source, far, start, states } = await open(cleanUp, { waitMs: 20 });
    source.commit({ lane: "a1" }, { lane: "a2" });
    start();
    await until(async () => (await states()).accepted === 2, "they are sent");
    expect(far.requests).toEqual([["a1", "a2"]]);
  });

  test("go at once when the engine stops", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { source, far, start, states } = await open(cleanUp, {});
    source.commit({ lane: "a1" }, { lane: "a2" });
    const engine = start();
    await until(async () => (await states()).claimed === 2, "they wait");
    await engine.stop();
    expect(far.requests).toEqual([["a1", "a2"]]);
    expect(await states()).toMatchObject({ accepted: 2 });
  });

  test("have each an outcome of its own", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { source, far, start, states, journal } = await open(cleanUp, {});
    far.answer = async () => [{ id: "1" }, failure("rejected"), {}];
    source.commit({ lane: "a1" }, { lane: "a2" }, { lane: "a3" });
    start();
    await until(async () => (await states()).rejected === 1, "one is rejected");
    const outcomes = (await journal.deliveries({})).map(({ outcomes: [last] }) => last?.outcome);
    expect(outcomes).toMatchObject([{ kind: "accepted", receipt: { id: "1" } }, { code: "BOX_REJECTED" }, { kind: "accepted" }]);
  });

  test("share what becomes of the request, and go together again", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { source, far, start, states } = await open(cleanUp, {});
    const answers = [failure("unavailable")];
    far.answer = async (calls) => {
      const failed = answers.pop();
      if (failed !== undefined) throw failed;
      return calls.map(() => ({}));
    };
    source.commit({ lane: "a1" }, { lane: "a2" }, { lane: "a3" });
    start();
    await until(async () => (await states()).accepted === 3, "they are accepted");
    expect(far.requests.map((lanes) => lanes.toSorted())).toEqual([
      ["a1", "a2", "a3"],
      ["a1", "a2", "a3"],
    ]);
  });

  test("do not wait for one that is denied", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, connector } = tray();
    const guard = {
      permits: (_: string, { lane }: object & { lane?: unknown }) => (lane === "a2" ? { deniedBecause: "no" } : { by: "yes" }),
    };
    const services = world.services({ connector, guard });
    world.source.commit({ lane: "a1" }, { lane: "a2" }, { lane: "a3" });
    world.start({ services: () => services });
    await until(async () => (await world.journal.counts()).deliveries.accepted === 2, "the others are accepted");
    expect(far.requests).toEqual([["a1", "a3"]]);
    expect((await world.journal.counts()).deliveries.rejected).toBe(1);
  });

  test("were never tried where the process ends while they wait, and are not held", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { source, start, states, shelf, far } = await open(cleanUp, {});
    source.commit({ lane: "a1", ifUncertain: "hold" }, { lane: "a2" });
    const dead = start();
    await until(async () => (await states()).claimed === 2, "they wait");
    const journal = shelf.open();
    expect((await journal.counts()).deliveries).toMatchObject({ pending: 2, uncertain: 0, held: 0 });
    source.commit({ lane: "a3" });
    await expect(dead.ended).rejects.toThrow();
    start({ journal });
    await until(async () => (await journal.counts()).deliveries.accepted === 3, "all are accepted");
    expect(far.requests.map((lanes) => lanes.toSorted())).toEqual([["a1", "a2", "a3"]]);
  });

  test("wait for none where the service is tried again after a rest", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { source, far, start, states, clock } = await open(cleanUp, { calls: 2 });
    const answers = [failure("throttled", 5_000)];
    far.answer = async (calls) => {
      const failed = answers.pop();
      if (failed !== undefined) throw failed;
      return calls.map(() => ({}));
    };
    source.commit({ lane: "a1" }, { lane: "a2" });
    start();
    await until(async () => (await states()).waiting === 2, "the service rests");
    clock.advance(6_000);
    await until(async () => (await states()).accepted === 1, "one is accepted");
    source.commit({ lane: "a3" });
    // It goes on slowly after it was too fast.
    await until(async () => (clock.advance(100), (await states()).accepted === 3), "all are accepted");
    expect(far.requests.map(({ length }) => length)).toEqual([2, 1, 2]);
  });

  test("are no more under way than the service takes, and no more are gathered than that", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { source, far, start, states } = await open(cleanUp, { calls: 2 }, 2);
    const gate = Promise.withResolvers<void>();
    far.answer = async (calls) => (await gate.promise, calls.map(() => ({})));
    source.commit(...Array.from({ length: 40 }, (_, n) => ({ lane: `a${n}` })));
    start();
    await until(() => far.requests.length === 2, "two are under way");
    await aWhile();
    expect(far.requests).toHaveLength(2);
    expect((await states()).claimed).toBeLessThan(20);
    gate.resolve();
    await until(async () => (await states()).accepted === 40, "all are accepted");
    expect(new Set(far.requests.flat()).size).toBe(40);
  });
});
