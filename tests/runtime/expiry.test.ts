import { describe, expect, test } from "vitest";
import { failure } from "./support/far-side.ts";
import { tightJournal } from "./support/journal.ts";
import { aWhile, JOURNALS, openWorld, until, type World } from "./support/world.ts";

const MINUTE_MS = 60_000;

describe.each(JOURNALS)("over the $name journal", (kind) => {
  test("what has expired is not sent, from that moment on; its lane goes on", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, told } = world;
    clock.advance(MINUTE_MS);
    source.commit({ lane: "a", action: "send", expiresMs: MINUTE_MS }, { lane: "a" }, { lane: "b", expiresMs: MINUTE_MS + 1 });
    const engine = world.start();
    await until(() => ended(world) === 3, "all have an end");
    expect(far.calls.map(({ lane, place }) => `${lane}${place}`).sort()).toEqual(["a2", "b1"]);
    expect(told.lines).toContain("rule/box/a rejected expired");
    const [first] = await world.journal.deliveries({ states: ["expired"] });
    expect(first).toMatchObject({ attempts: 0, args: { lane: "a", place: 1 }, dueAt: undefined });
    expect(first?.outcomes).toMatchObject([
      { outcome: { kind: "rejected", code: "EXPIRED", reason: "It expired at 2026-01-01T00:01:00.000Z, before it could be done." } },
    ]);
    await engine.stop();
  });

  test("what waits for its next attempt expires when its time has come, and lets its lane go on", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock } = world;
    const retry = { attempts: 9, firstDelayMs: 60 * MINUTE_MS, longestDelayMs: 60 * MINUTE_MS };
    far.answer = ({ place }) => {
      if (place === 1) throw failure("unavailable");
      return {};
    };
    source.commit({ lane: "a", retry, expiresMs: MINUTE_MS }, { lane: "a" });
    const engine = world.start();
    await until(async () => (await world.journal.counts()).deliveries.waiting === 1, "it waits");
    clock.advance(MINUTE_MS - 1);
    await aWhile();
    expect((await world.journal.counts()).deliveries).toMatchObject({ waiting: 1, pending: 1 });
    clock.advance(1);
    await until(() => ended(world) === 2, "both have an end");
    expect(far.calls.map(({ place }) => place)).toEqual([1, 2]);
    expect(await codes(world)).toEqual(["BOX_UNAVAILABLE", "EXPIRED"]);
    await engine.stop();
  });

  test.each(["retry", "hold"] as const)(
    "what may have been done and has expired is neither repeated nor looked up, under %s",
    async (ifUncertain) => {
      await using cleanUp = new AsyncDisposableStack();
      const world = await openWorld(kind, cleanUp);
      const { far, source, clock } = world;
      far.answer = () => {
        clock.advance(MINUTE_MS);
        throw failure("uncertain");
      };
      source.commit({ lane: "a", action: "ask", ifUncertain, expiresMs: MINUTE_MS });
      const engine = world.start();
      await until(() => ended(world) === 1, "it has an end");
      expect(far.calls).toHaveLength(1);
      expect(far.asked).toEqual([]);
      expect(await codes(world)).toEqual(["BOX_UNCERTAIN", "EXPIRED"]);
      const [record] = await world.journal.deliveries({});
      expect(record?.outcomes.at(-1)?.outcome).toMatchObject({ reason: expect.stringContaining("an earlier attempt may have been done") });
      await engine.stop();
    },
  );

  test("what is held for a person does not expire", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, journal } = world;
    far.answer = () => {
      throw failure("uncertain");
    };
    source.commit({ lane: "a", action: "send", ifUncertain: "hold", expiresMs: MINUTE_MS });
    const engine = world.start();
    await until(async () => (await journal.counts()).deliveries.held === 1, "it is held");
    clock.advance(MINUTE_MS);
    await aWhile();
    expect((await journal.counts()).deliveries).toMatchObject({ held: 1, expired: 0 });
    await engine.stop();
  });

  test("what a person sends again after it expired is sent, and does not expire again", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, journal } = world;
    clock.advance(MINUTE_MS);
    source.commit({ lane: "a", expiresMs: MINUTE_MS });
    const engine = world.start();
    await until(() => ended(world) === 1, "it expired");
    far.answer = () => {
      if (far.calls.length === 1) throw failure("unavailable");
      return {};
    };
    const [record] = await journal.deliveries({ states: ["expired"] });
    expect(await journal.redrive([{ id: record?.id ?? "" }])).toHaveLength(1);
    await until(async () => (await journal.counts()).deliveries.accepted === 1, "it was accepted");
    expect(far.calls).toHaveLength(2);
    await engine.stop();
  });

  test("while its service rests nothing expires; then what has is not sent, and says nothing of the service", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, told } = world;
    const services = world.services({ concurrency: 1 });
    far.answer = () => {
      if (far.calls.length === 1) throw failure("throttled", 10 * MINUTE_MS);
      return {};
    };
    source.commit({ lane: "a" }, ...["b", "c", "d"].map((lane) => ({ lane, expiresMs: MINUTE_MS })));
    const engine = world.start({ services: () => services });
    await until(() => told.lines.includes("box rests: throttled"), "the box rests");
    clock.advance(10 * MINUTE_MS - 1);
    await aWhile();
    expect(ended(world)).toBe(0);
    clock.advance(1);
    await until(() => ended(world) === 4, "all have an end");
    expect(far.calls.map(({ lane }) => lane)).toEqual(["a", "a"]);
    const resumed = told.lines.indexOf("box resumed");
    expect(told.lines[resumed + 1] ?? told.lines.at(-1)).toMatch(/accepted|expired/);
    expect((await world.journal.counts()).deliveries).toMatchObject({ accepted: 1, expired: 3 });
    await engine.stop();
  });

  test("what expires while its start is made durable is not sent", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock } = world;
    const journal = tightJournal(world.journal);
    journal.refused.add("start");
    source.commit({ lane: "a", action: "send", expiresMs: 1_000 });
    const engine = world.start({ journal });
    await until(() => world.told.lines.includes("journal full"), "the start waits for room");
    clock.advance(1_000);
    journal.refused.clear();
    await until(() => ended(world) === 1, "it has an end");
    expect(far.calls).toEqual([]);
    expect(await codes(world)).toEqual(["EXPIRED"]);
    await engine.stop();
  });

  test("what a crash left uncertain expires with what is known of it", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock } = world;
    far.answer = () => new Promise(() => undefined);
    source.commit({ lane: "a", action: "send", ifUncertain: "hold", expiresMs: MINUTE_MS });
    void world.start({ drainMs: 0 });
    await until(() => far.calls.length === 1, "it was sent");
    const journal = world.shelf.open();
    clock.advance(MINUTE_MS);
    const engine = world.start({ journal });
    await until(async () => (await journal.counts()).deliveries.expired === 1, "it expired");
    const [record] = await journal.deliveries({});
    expect(record?.outcomes.map(({ outcome }) => (outcome.kind === "accepted" ? "" : outcome.code))).toEqual(["CRASHED", "EXPIRED"]);
    await engine.stop();
  });
});

function ended({ told }: World): number {
  return told.lines.filter((line) => / (accepted|expired)$/.test(line)).length;
}

async function codes({ journal }: World): Promise<string[]> {
  const [record] = await journal.deliveries({});
  return (record?.outcomes ?? []).map(({ outcome }) => (outcome.kind === "accepted" ? "" : outcome.code));
}
