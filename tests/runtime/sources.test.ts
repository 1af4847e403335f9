import type { Receipt } from "@backstitch/core/connector";
import { PositionLost, SourceMisconfigured, type Source } from "@backstitch/core/source";
import { describe, expect, test } from "vitest";
import { ruleSet } from "./support/rules.ts";
import { handSource } from "./support/source.ts";
import { accepted, aWhile, JOURNALS, openWorld, until } from "./support/world.ts";

const CLAIM_NOTHING = { room: new Map(), bytes: 0, leaseMs: 0 };

describe.each(JOURNALS)("over the $name journal", (kind) => {
  test("a source that fails is read again from the journal's position, with pauses that grow until it brings something", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { source, pauses } = world;
    source.commit({ lane: "a" }, { lane: "b" });
    const engine = world.start();
    await until(() => source.accepted === 1, "the first batch is recorded");
    source.failNext(...Array.from({ length: 8 }, () => new Error("connection reset")));
    await until(() => source.reads.length === 9, "it was read again");
    expect(source.reads).toEqual([undefined, ...Array.from({ length: 8 }, () => "1")]);
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    source.commit({ lane: "c" });
    await until(() => accepted(world) === 3, "it goes on");
    source.failNext(new Error("connection reset"));
    await until(() => source.reads.length === 10, "it was read again");
    expect(pauses.at(-1)).toBe(250);
    expect(source.reads.at(-1)).toBe("2");
    await engine.stop();
  });

  test.each([
    ["PositionLost", () => new PositionLost("shop", "1", undefined, "the slot is gone.")],
    ["SourceMisconfigured", () => new SourceMisconfigured("There is no publication.")],
  ])("%s stops that source alone, and is told", async (_name, error) => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { source, told } = world;
    const other = handSource("depot");
    source.failNext(error());
    const engine = world.start({ sources: [source, other] });
    await until(() => told.lines.includes("shop stopped"), "it is told");
    other.commit({ lane: "a" });
    source.commit({ lane: "b" });
    await until(() => accepted(world) === 1, "the other goes on");
    await aWhile();
    expect(source.reads).toHaveLength(1);
    expect(told.lines).not.toContain("depot stopped");
    await engine.stop();
  });

  test("a position that another reader moved: read again from where the journal is", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { source, journal } = world;
    const engine = world.start();
    await until(() => source.reads.length === 1, "it is read");
    const empty = { deliveries: [], failures: [], undecided: [] };
    await journal.record({ source: "shop", partition: "all", from: undefined, to: "1", events: [] }, empty, "other", CLAIM_NOTHING);
    source.commit({ lane: "taken by the other" });
    source.commit({ lane: "a" });
    await until(() => accepted(world) === 1, "the second batch is recorded");
    expect(source.reads).toEqual([undefined, "1"]);
    expect((await journal.counts()).events).toBe(1);
    await engine.stop();
  });

  test("what a source cannot read is a dead letter with its bytes, and what comes beside and after it goes on", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { source, journal } = world;
    const raw = Uint8Array.from([0xff, 0x00, 0x7b]);
    const torn = { id: "shop/torn", reason: "It ends in the middle.", raw, receivedAt: "2026-01-01T00:00:00.000000Z" };
    const gap = { ...torn, id: "shop/gap", code: "CHANGES_LOST", raw: new Uint8Array(), reason: "The log was cut." } as const;
    const read: Source["read"] = (from, accept, signal) =>
      source.read(from, (batch) => accept(batch.from === undefined ? { ...batch, unreadable: [torn, gap] } : batch), signal);
    source.commit({ lane: "a" });
    const engine = world.start({ sources: [{ name: "shop", read }] });
    await until(() => accepted(world) === 1, "what came beside them is delivered");
    source.commit({ lane: "b" });
    await until(() => accepted(world) === 2, "it goes on");
    const rejected = await journal.deliveries({ states: ["rejected"] });
    expect(rejected.map(({ eventId, rule, outcomes }) => ({ eventId, rule, outcome: outcomes.at(-1)?.outcome }))).toEqual([
      { eventId: torn.id, rule: "(unreadable)", outcome: { kind: "rejected", code: "RECORD_UNREADABLE", reason: torn.reason } },
      { eventId: gap.id, rule: "(unreadable)", outcome: { kind: "rejected", code: "CHANGES_LOST", reason: gap.reason } },
    ]);
    expect((await journal.event(torn.id))?.event.after).toEqual({ raw: Buffer.from(raw).toString("base64") });
    await engine.stop();
  });

  test("several sources at once, each in its order; one that ends does not end the others", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, told } = world;
    const sources = ["one", "two", "three"].map(handSource);
    const engine = world.start({ sources });
    for (let round = 0; round < 10; round += 1)
      for (const source of sources) source.commit({ lane: source.name }, { lane: `${source.name}-b` });
    sources[0]?.end();
    await until(() => accepted(world) === 60, "all were accepted");
    expect(told.lines).toContain("one ended");
    for (const { name } of sources) {
      expect(far.calls.filter(({ lane }) => lane === name).map(({ place }) => place)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }
    sources[1]?.commit({ lane: "late" });
    await until(() => accepted(world) === 61, "the others go on");
    expect(told.lines).not.toContain("two ended");
    await engine.stop();
  });

  test("rules are swapped between two batches, never inside one", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { source, journal } = world;
    let rules = ruleSet("hash-1", "first");
    const swapping = {
      ...rules,
      match(events: Parameters<typeof rules.match>[0]) {
        rules = ruleSet("hash-2", "second");
        return ruleSet("hash-1", "first").match(events);
      },
    };
    rules = swapping;
    source.commit({ lane: "a" }, { lane: "b" });
    source.commit({ lane: "c" });
    const engine = world.start({ rules: () => rules });
    await until(() => accepted(world) === 3, "all were accepted");
    const records = await journal.deliveries({});
    expect(records.map(({ rule, ruleSetHash }) => [rule, ruleSetHash])).toEqual([
      ["first", "hash-1"],
      ["first", "hash-1"],
      ["second", "hash-2"],
    ]);
    await engine.stop();
  });

  test("deliveries of a service that is gone stay pending and visible, and go out when it is back", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, journal } = world;
    const gate = Promise.withResolvers<Receipt>();
    far.answer = () => gate.promise;
    const both = world.services({ concurrency: 1 }, { name: "crate", concurrency: 1 });
    let services = both;
    source.commit(...["a", "b", "c", "d", "e", "f"].map((lane) => ({ lane })));
    const engine = world.start({ services: () => services });
    await until(() => far.calls.length === 1, "one is under way");
    services = new Map([...both].filter(([name]) => name !== "box"));
    source.commit({ lane: "g" }, { lane: "h", service: "crate" });
    gate.resolve({});
    await until(() => accepted(world) === 2, "what was under way and the other service go on");
    await until(async () => (await journal.deliveries({ states: ["pending"], service: "box" })).length === 6, "the others are pending");
    await aWhile();
    expect(far.calls).toHaveLength(2);
    services = both;
    await until(() => accepted(world) === 8, "they go out");
    await engine.stop();
  });

  test("a source that always has more does not keep the worker from its turn", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { source } = world;
    let acceptedAtFirstEnd = Infinity;
    world.far.answer = () =>
      new Promise((resolve) => {
        setImmediate(() => {
          acceptedAtFirstEnd = Math.min(acceptedAtFirstEnd, source.accepted);
          resolve({});
        });
      });
    for (let batch = 0; batch < 200; batch += 1) source.commit({ lane: `${batch}` });
    const engine = world.start();
    await until(() => accepted(world) === 200, "all were accepted");
    expect(acceptedAtFirstEnd).toBeLessThan(20);
    await engine.stop();
  });
});
