import { setImmediate as turn } from "node:timers/promises";
import type { Receipt } from "@backstitch/core/connector";
import type { DeliveryRecord } from "@backstitch/core/journal";
import type { Guard } from "@backstitch/core/rules";
import { describe, expect, test } from "vitest";
import { type Call, failure } from "./support/far-side.ts";
import { accepted, aWhile, JOURNALS, openWorld, until, type World } from "./support/world.ts";

const PROBE_MS = 60_000;
const LANES = ["a", "b", "c", "d", "e", "f", "g", "h"];

describe.each(JOURNALS)("over the $name journal", (kind) => {
  test("a service that throttles rests as long as it said, others go on, one goes first", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, told } = world;
    const services = world.services({ concurrency: 1 }, { name: "crate" });
    far.answer = ({ lane }) => {
      if (lane === "a" && far.calls.length === 1) throw failure("throttled", 5_000);
      return {};
    };
    source.commit(...LANES.map((lane) => ({ lane })));
    const engine = world.start({ services: () => services });
    await until(() => told.lines.includes("box rests: throttled"), "the box rests");
    source.commit({ lane: "x", service: "crate" });
    await until(() => far.calls.length === 2, "the crate goes on");
    clock.advance(4_999);
    await aWhile();
    expect(far.calls).toHaveLength(2);
    clock.advance(1);
    await until(() => accepted(world) === 9, "the box goes on");
    expect(told.lines.filter((line) => line.startsWith("box r"))).toEqual(["box rests: throttled", "box resumed"]);
    await engine.stop();
  });

  test("a service that locks us out keeps its deliveries, is told of once, probed with one, and then takes all", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, told } = world;
    let locked = true;
    far.answer = async () => {
      // No two are refused at the same moment.
      await turn();
      clock.advance(1);
      if (locked) throw failure("locked-out");
      return {};
    };
    source.commit(...LANES.map((lane) => ({ lane })));
    const engine = world.start();
    await until(() => far.calls.length === 4 && told.lines.includes("box rests: locked-out"), "four at a time were refused");
    await aWhile();
    expect(told.lines.filter((line) => line === "box rests: locked-out")).toHaveLength(1);
    clock.advance(PROBE_MS);
    await until(() => far.calls.length === 5, "one probes");
    await aWhile();
    expect(far.calls).toHaveLength(5);
    expect((await world.journal.counts()).deliveries).toMatchObject({ accepted: 0, rejected: 0, held: 0 });
    locked = false;
    clock.advance(PROBE_MS);
    await until(() => accepted(world) === LANES.length, "all were accepted");
    expect(told.lines.filter((line) => line === "box resumed")).toHaveLength(1);
    await engine.stop();
  });

  test("what was under way when the service locked us out does not end its rest", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, told } = world;
    const first = Promise.withResolvers<Receipt>();
    const probe = Promise.withResolvers<Receipt>();
    far.answer = ({ lane }) => {
      if (far.calls.length > 2) return probe.promise;
      if (lane === "a") return first.promise;
      throw failure("locked-out");
    };
    source.commit(...LANES.map((lane) => ({ lane })));
    const services = world.services({ concurrency: 2 });
    const engine = world.start({ services: () => services });
    await until(() => told.lines.includes("box rests: locked-out"), "the box rests");
    first.resolve({});
    await until(() => accepted(world) === 1, "the one under way was accepted");
    expect(told.lines).not.toContain("box resumed");
    clock.advance(PROBE_MS);
    await until(() => far.calls.length === 3, "one probes");
    await aWhile();
    expect(far.calls).toHaveLength(3);
    probe.resolve({});
    await until(() => accepted(world) === LANES.length, "all were accepted");
    await engine.stop();
  });

  test("a probe that our own guard denies says nothing of the service", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, told } = world;
    const guard: Guard = { permits: (_action, { lane }) => (lane === "denied" ? { deniedBecause: "no" } : { by: "all" }) };
    const services = world.services({ concurrency: 1, guard });
    let locked = true;
    far.answer = () => {
      if (locked) throw failure("locked-out");
      return {};
    };
    source.commit({ lane: "a" }, { lane: "denied" }, { lane: "b" });
    const engine = world.start({ services: () => services });
    await until(() => told.lines.includes("box rests: locked-out"), "the box rests");
    clock.advance(PROBE_MS);
    await until(() => told.lines.some((line) => line.includes("denied rejected")) && far.calls.length === 2, "one was denied, one probed");
    expect(told.lines).not.toContain("box resumed");
    locked = false;
    clock.advance(PROBE_MS);
    await until(() => accepted(world) === 2, "all were accepted");
    await engine.stop();
  });

  test.each([
    ["locked-out", PROBE_MS],
    ["throttled", 1_000],
  ] as const)("a service that is %s for thirty probes costs no delivery", async (outcome, everyMs) => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock } = world;
    far.answer = () => {
      if (far.calls.length <= 30) throw failure(outcome);
      return {};
    };
    source.commit({ lane: "a", action: "send" });
    const engine = world.start();
    for (let probe = 1; probe <= 30; probe += 1) {
      await until(
        () => far.calls.length === probe && world.told.lines.filter((line) => line.includes("waiting")).length === probe,
        "a probe",
      );
      clock.advance(everyMs);
    }
    await until(() => accepted(world) === 1, "it was accepted");
    await engine.stop();
  });

  test.each<[found: Awaited<ReturnType<World["far"]["reconcile"]>>, ifUncertain: "retry" | "hold", state: string, sent: number]>([
    ["done", "retry", "accepted", 1],
    ["done", "hold", "accepted", 1],
    ["not-done", "retry", "accepted", 2],
    ["not-done", "hold", "accepted", 2],
    ["cannot-tell", "retry", "accepted", 2],
    ["cannot-tell", "hold", "held", 1],
  ])("uncertain, then found %s, under %s: %s, sent %i times", async (found, ifUncertain, state, sent) => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source } = world;
    far.answer = () => {
      if (far.calls.length === 1) throw failure("uncertain");
      return {};
    };
    far.reconcile = async () => found;
    source.commit({ lane: "a", action: "ask", ifUncertain });
    const engine = world.start();
    if (state === "accepted") await until(() => accepted(world) === 1, "it was accepted");
    else await until(async () => (await world.journal.counts()).deliveries.held === 1, "it was held");
    expect(far.asked.length).toBeGreaterThanOrEqual(1);
    expect(far.calls).toHaveLength(sent);
    await engine.stop();
  });

  test("uncertain under hold is held and blocks its lane; a person lets it go, and the lane goes on", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, journal } = world;
    far.answer = ({ lane }) => {
      if (lane === "a" && far.calls.filter((call) => call.lane === "a").length === 1) throw failure("uncertain");
      return {};
    };
    source.commit({ lane: "a", action: "send", ifUncertain: "hold" }, { lane: "a", action: "send" }, { lane: "b" });
    const engine = world.start();
    await until(() => accepted(world) === 1, "the other lane goes on");
    await aWhile();
    const [held, next] = await journal.deliveries({});
    expect(held).toMatchObject({ state: "held" });
    expect(next).toMatchObject({ state: "pending", blocked: true });
    await journal.redrive([{ id: held?.id ?? "" }]);
    await until(() => accepted(world) === 3, "both were accepted");
    expect(far.calls.filter(({ lane }) => lane === "a")).toHaveLength(3);
    await engine.stop();
  });

  test("what is held again, as nobody knows of its attempt after a person decided otherwise, says so, and is accounted for", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, journal } = world;
    far.answer = () => Promise.reject(failure("uncertain"));
    source.commit({ lane: "a", action: "send", ifUncertain: "hold" });
    const engine = world.start();
    const one = async (): Promise<DeliveryRecord | undefined> => (await journal.deliveries({}))[0];
    await until(async () => (await one())?.state === "held", "it is held");
    const ids = [(await one())?.id ?? ""];
    const note = { by: "ada@shop", reason: "We look into it." };
    await journal.decide("drop", ids, note);
    await journal.redrive([{ id: ids[0] ?? "" }], note);
    await until(async () => (await one())?.state === "held", "it is held again");
    const told = (await one())?.outcomes.map(({ outcome }) => (outcome.kind === "accepted" ? "" : outcome.code));
    expect(told).toEqual(["BOX_UNCERTAIN", "DROPPED_BY_HAND", "RETRIED_BY_HAND", "HELD"]);
    expect(await journal.verify()).toEqual([]);
    expect(far.calls).toHaveLength(1);
    await engine.stop();
  });

  test.each<[name: string, answer: (call: Call) => Promise<Receipt>, last: string]>([
    ["unavailable each time", () => Promise.reject(failure("unavailable")), "BOX_UNAVAILABLE"],
    ["uncertain each time", () => Promise.reject(failure("uncertain")), "BOX_UNCERTAIN"],
    ["no answer within the deadline each time", () => new Promise(() => undefined), "DEADLINE"],
    ["an answer that ignores its signal and comes too late", (call) => late(call), "DEADLINE"],
  ])("%s: rejected after the last attempt, and the lane goes on", async (_name, answer, last) => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, journal } = world;
    far.answer = (call) => (call.place === 1 ? answer(call) : {});
    source.commit({ lane: "a" }, { lane: "a" });
    const services = world.services({ deadlineMs: 30 });
    const engine = world.start({ services: () => services });
    await until(() => accepted(world) === 1, "the second was accepted");
    const [first] = await journal.deliveries({});
    expect(first).toMatchObject({ state: "rejected", attempts: 3 });
    expect(first?.outcomes.map(({ outcome }) => (outcome.kind === "accepted" ? "" : outcome.code))).toEqual([
      last,
      last,
      "RETRIES_EXHAUSTED",
    ]);
    expect(far.calls.map(({ number }) => number)).toEqual([1, 2, 3, 1]);
    await engine.stop();
  });
});

async function late({ signal }: Call): Promise<Receipt> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return {};
}
