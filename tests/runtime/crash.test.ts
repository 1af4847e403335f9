import { type Journal, JournalOwned } from "@backstitch/core/journal";
import { describe, expect, test } from "vitest";
import { accepted, aWhile, JOURNALS, openWorld, until } from "./support/world.ts";

describe.each(JOURNALS)("over the $name journal, reopened as after a crash", (kind) => {
  test("claimed goes out again; started is uncertain: repeated, looked up or held as its rule says", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source } = world;
    far.answer = () => new Promise(() => undefined);
    source.commit({ lane: "put" }, { lane: "send", action: "send" }, { lane: "ask", action: "ask" });
    source.commit({ lane: "hold", action: "send", ifUncertain: "hold" }, { lane: "hold", action: "send", ifUncertain: "hold" });
    const services = world.services({ concurrency: 10 });
    const dead = world.start({ services: () => services });
    await until(() => far.calls.length === 4, "all were sent");
    const journal = world.shelf.open();
    await expect(dead.ended).rejects.toThrow();
    expect((await journal.counts()).deliveries).toMatchObject({ pending: 2, uncertain: 3, claimed: 0, started: 0 });

    far.answer = () => ({});
    far.reconcile = async () => "done";
    const before = far.calls.length;
    const engine = world.start({ journal });
    await until(() => accepted(world) === 3, "three were accepted");
    await until(() => world.told.lines.includes("rule/box/hold uncertain held"), "the outside is told of what is held");
    await aWhile();
    expect(far.asked).toEqual(["ask"]);
    const again = far.calls.slice(before);
    expect(again.map(({ lane, number }) => `${lane} ${number}`).sort()).toEqual(["put 1", "send 2"]);
    expect((await journal.counts()).deliveries).toMatchObject({ accepted: 3, held: 1, pending: 1 });
    await engine.stop();
  });

  test("an attempt that ended with its process is told of once, before anything else becomes of its delivery", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, told } = world;
    far.answer = () => new Promise(() => undefined);
    source.commit({ lane: "send", action: "send" }, { lane: "ask", action: "ask" }, { lane: "hold", action: "send", ifUncertain: "hold" });
    source.commit({ lane: "put" });
    const services = world.services({ concurrency: 10 });
    const dead = world.start({ services: () => services });
    await until(() => far.calls.length === 4, "all were sent");
    const journal = world.shelf.open();
    await expect(dead.ended).rejects.toThrow();
    far.answer = () => ({});
    far.reconcile = async () => "done";
    const engine = world.start({ journal, services: () => services });
    const linesOf = (lane: string): readonly string[] => told.lines.filter((line) => line.startsWith(`rule/box/${lane} `));
    await until(() => accepted(world) === 3 && linesOf("hold").length === 2, "all is told");
    expect(linesOf("send")).toEqual(["rule/box/send uncertain uncertain", "rule/box/send accepted accepted"]);
    expect(linesOf("ask")).toEqual(["rule/box/ask uncertain uncertain", "rule/box/ask accepted accepted"]);
    expect(linesOf("hold")).toEqual(["rule/box/hold uncertain uncertain", "rule/box/hold uncertain held"]);
    expect(linesOf("put")).toEqual(["rule/box/put accepted accepted"]);
    await engine.stop();
  });

  test("an attempt that ended with its process is repeated after the wait of its policy; what is looked up or held does not wait", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { clock, far, source, told } = world;
    far.answer = () => new Promise(() => undefined);
    const retry = { attempts: 3, firstDelayMs: 1_000, longestDelayMs: 60_000 };
    const ifUncertain = "hold" as const;
    source.commit(
      { lane: "send", action: "send", retry },
      { lane: "ask", action: "ask", retry },
      { lane: "hold", action: "send", retry, ifUncertain },
      { lane: "last", action: "send", retry: { ...retry, attempts: 1 } },
      { lane: "old", action: "send", retry, expiresMs: 200 },
      { lane: "put", retry },
    );
    const services = world.services({ concurrency: 10 });
    const dead = world.start({ services: () => services });
    await until(() => far.calls.length === 6, "all were sent");
    const journal = world.shelf.open();
    await expect(dead.ended).rejects.toThrow();

    far.answer = () => ({});
    far.reconcile = async () => "done";
    const engine = world.start({ journal, services: () => services });
    const crashed = ["send", "ask", "hold", "last", "old"].map((lane) => `rule/box/${lane} uncertain uncertain`);
    const atOnce = ["ask accepted accepted", "hold uncertain held", "last rejected rejected", "put accepted accepted"].map(
      (line) => `rule/box/${line}`,
    );
    const linesOf = (): readonly string[] => told.lines.filter((line) => line.startsWith("rule/")).toSorted();
    await until(() => linesOf().length === 9, "the outside is told of all of it");
    expect(linesOf()).toEqual([...crashed, ...atOnce].toSorted());
    for (const lane of ["ask", "hold", "last"])
      expect(told.lines.filter((line) => line.startsWith(`rule/box/${lane} `))[0]).toBe(`rule/box/${lane} uncertain uncertain`);
    const waiting = await journal.deliveries({ states: ["uncertain"] });
    expect(waiting.map(({ args, dueAt, attempts }) => [args?.["lane"], dueAt, attempts])).toEqual([
      ["send", clock.now() + 500, 1],
      ["old", clock.now() + 200, 1],
    ]);
    expect(far.calls.slice(6).map(({ lane }) => lane)).toEqual(["put"]);
    clock.advance(200);
    await until(() => told.lines.includes("rule/box/old rejected expired"), "one is too old by then");
    clock.advance(300);
    await until(() => told.lines.includes("rule/box/send accepted accepted"), "the other is sent again");
    expect(far.calls.slice(7).map(({ lane, number }) => `${lane} ${number}`)).toEqual(["send 2"]);
    expect(linesOf().filter((line) => line.includes("/send "))).toHaveLength(2);
    await engine.stop();
  });

  test("what may end its process goes alone under a durable start: the one that does is given up, the other is made", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { clock, far, source } = world;
    source.commit({ lane: "killer" }, { lane: "innocent" }, { lane: "fresh" });
    const first = world.start({ services: () => new Map() });
    await until(() => source.accepted === 1, "it is recorded");
    await first.stop();
    for (let life = 1; life <= 3; life += 1) {
      const claimed = await world.shelf.open().claim({ room: new Map([["box", 2]]), bytes: 1_000, leaseMs: 60_000 });
      expect(claimed.map(({ claims }) => claims)).toEqual([life, life]);
    }
    far.answer = ({ lane }) => (lane === "killer" ? new Promise(() => undefined) : {});
    const lives = [["killer 1"], ["innocent 1", "fresh 1", "killer 2"], ["killer 3"]];
    for (const sent of lives) {
      const before = far.calls.length;
      const engine = world.start({ journal: world.shelf.open() });
      await until(() => far.calls.at(-1)?.lane === "killer" && far.calls.length > before, "it is sent once a life");
      await aWhile();
      expect(far.calls.slice(before).map(({ lane, number }) => `${lane} ${number}`)).toEqual(sent);
      clock.advance(1);
      world.shelf.open();
      await expect(engine.ended).rejects.toThrow();
    }
    const journal = world.shelf.open();
    const engine = world.start({ journal });
    await until(async () => (await journal.counts()).deliveries.rejected === 1, "it is given up");
    expect(far.calls).toHaveLength(lives.flat().length);
    const [killer, innocent] = await journal.deliveries({});
    expect(killer).toMatchObject({ state: "rejected", attempts: 3 });
    expect(killer?.outcomes.at(-1)).toMatchObject({ outcome: { code: "RETRIES_EXHAUSTED" } });
    expect(innocent).toMatchObject({ state: "accepted", attempts: 1 });
    await engine.stop();
  });

  test("what ended its process in each of its attempts is given up, not sent again", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source } = world;
    source.commit({ lane: "a", action: "send" });
    const first = world.start({ services: () => new Map() });
    await until(() => source.accepted === 1, "it is recorded");
    await first.stop();
    for (let life = 1; life <= 3; life += 1) {
      const journal = world.shelf.open();
      const claimed = await journal.claim({ room: new Map([["box", 1]]), bytes: 1_000, leaseMs: 60_000 });
      expect(await journal.start(claimed.map(({ claim }) => claim))).toHaveLength(1);
    }
    const journal = world.shelf.open();
    const engine = world.start({ journal });
    await until(async () => (await journal.counts()).deliveries.rejected === 1, "it is given up");
    expect((await journal.deliveries({}))[0]?.outcomes.at(-1)).toMatchObject({ outcome: { code: "RETRIES_EXHAUSTED" } });
    expect(far.calls).toEqual([]);
    await engine.stop();
  });

  test("another owner ends the engine at once, and cuts short what is under way", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source } = world;
    far.answer = () => new Promise(() => undefined);
    source.commit({ lane: "a" }, { lane: "b" });
    const engine = world.start({ drainMs: 600_000 });
    await until(() => far.calls.length === 2, "both were sent");
    world.shelf.open();
    if (kind.name === "memory") await expect(engine.ended).rejects.toMatchObject({ name: "JournalOwned" });
    else await expect(engine.ended).rejects.toThrow();
    expect(far.calls.every(({ signal }) => signal.aborted)).toBe(true);
  });

  test("a journal that fails a source alone cuts short what the worker has under way", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source } = world;
    far.answer = () => new Promise(() => undefined);
    let owned = false;
    const record: Journal["record"] = async (...rest) => {
      if (owned) throw new JournalOwned("Another process owns it.");
      return world.journal.record(...rest);
    };
    source.commit({ lane: "a" });
    const engine = world.start({ journal: { ...world.journal, record }, drainMs: 600_000 });
    await until(() => far.calls.length === 1, "it was sent");
    owned = true;
    source.commit({ lane: "b" });
    await expect(engine.ended).rejects.toBeInstanceOf(JournalOwned);
    expect(far.calls.every(({ signal }) => signal.aborted)).toBe(true);
  });
});
