import type { Receipt } from "@backstitch/core/connector";
import { describe, expect, test } from "vitest";
import { failure } from "./support/far-side.ts";
import { tightJournal } from "./support/journal.ts";
import { aWhile, JOURNALS, openWorld, until } from "./support/world.ts";

describe.each(JOURNALS)("over the $name journal", (kind) => {
  test.each([
    ["send", "retry", true],
    ["ask", "retry", true],
    ["put", "hold", true],
    ["put", "retry", false],
  ] as const)("%s under %s: a durable start before the request: %s", async (action, ifUncertain, starts) => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const journal = tightJournal(world.journal);
    const order = journal.order;
    world.far.answer = ({ deliveryId }) => {
      order.push(`run ${deliveryId}`);
      return {};
    };
    world.source.commit({ lane: "a", action, ifUncertain }, { lane: "b", action, ifUncertain });
    const engine = world.start({ journal });
    await until(async () => (await journal.counts()).deliveries.accepted === 2, "both were accepted");
    await engine.stop();
    for (const { id } of await journal.deliveries({})) {
      expect(order.filter((step) => step.endsWith(id))).toEqual([...(starts ? [`start ${id}`] : []), `run ${id}`, `accepted ${id}`]);
    }
  });

  test("a claim that lapsed and was made anew elsewhere: the late worker stores nothing", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, journal, clock, told } = world;
    const gate = Promise.withResolvers<Receipt>();
    far.answer = () => gate.promise;
    const present = world.services({});
    let services = present;
    source.commit({ lane: "a", action: "send" });
    const engine = world.start({ services: () => services });
    await until(() => far.calls.length === 1, "it was sent");
    services = new Map();
    clock.advance(3_600_000);
    const [other] = await journal.claim({ room: new Map([["box", 1]]), bytes: 1_000, leaseMs: 60_000 });
    expect(other).toMatchObject({ uncertain: true, attempts: 1 });
    gate.resolve({});
    await until(() => far.underWay === 0, "the far side answered");
    await aWhile();
    const [record] = await journal.deliveries({});
    expect(record).toMatchObject({ state: "claimed", attempts: 1 });
    expect(record?.outcomes).toMatchObject([{ outcome: { kind: "uncertain", code: "CLAIM_LAPSED" } }]);
    expect(told.lines).not.toContain("rule/box/a accepted accepted");
    await engine.stop();
  });

  test("a start that took so long that the claim no longer covers an attempt: given back, and sent under a new claim, once", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, told } = world;
    const journal = tightJournal(world.journal);
    journal.refused.add("start");
    source.commit({ lane: "a", action: "send" });
    const engine = world.start({ journal });
    await until(() => told.lines.includes("journal full"), "the start is refused");
    // The lease is the deadline of 30 s and 120 s: still running, but not for a whole attempt.
    clock.advance(130_000);
    journal.refused.clear();
    await until(() => told.lines.some((line) => line.endsWith("accepted")), "it was accepted");
    expect(far.calls).toHaveLength(1);
    expect((await journal.deliveries({}))[0]).toMatchObject({ state: "accepted", attempts: 1 });
    expect(journal.order.map((step) => step.split(" ")[0])).toEqual(["start", "pending", "start", "accepted"]);
    await engine.stop();
  });

  test("while the outcomes of lapsed claims wait for room, nothing is claimed anew: what was accepted is not sent again", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock } = world;
    const journal = tightJournal(world.journal);
    journal.refused.add("settle");
    source.commit({ lane: "a", action: "send" }, { lane: "b", action: "send" });
    const engine = world.start({ journal });
    await until(() => far.calls.length === 2 && world.told.lines.includes("journal full"), "both were sent");
    clock.advance(3_600_000);
    await aWhile();
    journal.refused.clear();
    await until(async () => (await journal.counts()).deliveries.accepted === 2, "both are settled");
    await aWhile();
    expect(far.calls).toHaveLength(2);
    await engine.stop();
  });

  test("a failed attempt of a started delivery starts again under its next claim", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const journal = tightJournal(world.journal);
    world.far.answer = ({ number }) => {
      if (number === 1) throw failure("unavailable");
      return {};
    };
    world.source.commit({ lane: "a", action: "send" });
    const engine = world.start({ journal });
    await until(async () => (await journal.counts()).deliveries.accepted === 1, "it was accepted");
    expect(journal.order.map((step) => step.split(" ")[0])).toEqual(["start", "waiting", "start", "accepted"]);
    await engine.stop();
  });
});
