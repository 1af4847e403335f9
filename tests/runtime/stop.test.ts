import type { Receipt } from "@backstitch/core/connector";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tightJournal } from "./support/journal.ts";
import { aWhile, JOURNALS, openWorld, until } from "./support/world.ts";

const ROWS = ["a", "b", "c", "d", "e"].map((lane) => ({ lane, action: "send" as const }));

describe.each(JOURNALS)("over the $name journal", (kind) => {
  test("on stopping, what is under way is finished and what waits is given back unspent", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, journal } = world;
    const gate = Promise.withResolvers<Receipt>();
    far.answer = () => gate.promise;
    source.commit(...ROWS);
    const services = world.services({ concurrency: 1 });
    const engine = world.start({ services: () => services });
    await until(() => far.calls.length === 1, "one is under way");
    expect((await journal.counts()).deliveries).toMatchObject({ started: 1, claimed: 3, pending: 1 });
    const stopped = engine.stop();
    await until(async () => (await journal.counts()).deliveries.pending === 4, "the others were given back");
    expect((await journal.counts()).deliveries.started).toBe(1);
    gate.resolve({});
    await stopped;
    expect((await journal.counts()).deliveries).toMatchObject({ accepted: 1, pending: 4, claimed: 0, started: 0 });
    expect(far.calls).toHaveLength(1);
    const claimed = await journal.claim({ room: new Map([["box", 9]]), bytes: 10_000, leaseMs: 60_000 });
    expect(claimed.map(({ claims }) => claims)).toEqual([1, 1, 1, 1]);
  });

  test("what is still under way after the drain is cut short and uncertain", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, journal } = world;
    far.answer = () => new Promise(() => undefined);
    source.commit(...ROWS.slice(0, 2));
    const engine = world.start({ drainMs: 20 });
    await until(() => far.calls.length === 2, "both are under way");
    await engine.stop();
    expect(far.calls.every(({ signal }) => signal.aborted)).toBe(true);
    const records = await journal.deliveries({});
    for (const record of records) expect(record).toMatchObject({ state: "uncertain", outcomes: [{ outcome: { code: "ABORTED" } }] });
  });

  test("what is recorded while the engine stops is recorded, and not left under a claim", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { source, journal } = world;
    const gate = Promise.withResolvers<void>();
    const slow = {
      ...journal,
      record: async (...rest: Parameters<typeof journal.record>) => {
        const claimed = await journal.record(...rest);
        await gate.promise;
        return claimed;
      },
    };
    source.commit(...ROWS);
    const engine = world.start({ journal: slow });
    await until(async () => (await journal.counts()).deliveries.claimed > 0, "it is recorded");
    const stopped = engine.stop();
    await aWhile();
    gate.resolve();
    await stopped;
    expect((await journal.counts()).deliveries).toMatchObject({ pending: 5, claimed: 0 });
    expect(world.far.calls).toEqual([]);
  });

  test("what is claimed while the engine stops is given back, not begun", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { source, journal } = world;
    source.commit(...ROWS);
    const first = world.start({ services: () => new Map() });
    await until(() => source.accepted === 1, "it is recorded");
    await first.stop();
    const gate = Promise.withResolvers<void>();
    const slow = {
      ...journal,
      claim: async (...rest: Parameters<typeof journal.claim>) => {
        const claimed = await journal.claim(...rest);
        await gate.promise;
        return claimed;
      },
    };
    const engine = world.start({ journal: slow });
    await until(async () => (await journal.counts()).deliveries.claimed > 0, "they are claimed");
    const stopped = engine.stop();
    gate.resolve();
    await stopped;
    expect((await journal.counts()).deliveries).toMatchObject({ pending: 5, claimed: 0 });
    expect(world.far.calls).toEqual([]);
  });

  test.each(["record", "claim", "purge"] as const)("a journal without room to %s does not keep the engine from stopping", async (asked) => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const journal = tightJournal(world.journal);
    journal.refused.add(asked);
    world.source.commit(...ROWS);
    const engine = world.start({ journal });
    await until(() => world.told.lines.includes("journal full"), "it is refused");
    await engine.stop();
  });

  test("an engine that is stopped before it began does nothing", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    world.source.commit(...ROWS);
    await world.start({ signal: AbortSignal.abort() }).ended;
    expect(world.far.calls).toEqual([]);
    expect(world.source.reads).toEqual([]);
  });
});

test.each(["stopped", "failed"])("nothing keeps a process alive whose engine has %s", async (how) => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "support/ends.ts"), how], { stdio: ["ignore", "pipe", "inherit"] });
  const giveUp = setTimeout(() => child.kill("SIGKILL"), 15_000);
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "exit")) as [number | null];
  clearTimeout(giveUp);
  expect([code, said.trim()]).toEqual([0, how]);
});
