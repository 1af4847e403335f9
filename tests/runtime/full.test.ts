import { describe, expect, test } from "vitest";
import { handSource } from "./support/source.ts";
import { type Asked, tightJournal } from "./support/journal.ts";
import { aWhile, JOURNALS, openWorld, until } from "./support/world.ts";

const ROWS = Array.from({ length: 60 }, (_, at) => ({ lane: `${at % 30}`, action: "send" as const }));

describe.each(JOURNALS)("over the $name journal without room", (kind) => {
  // An attempt that ended leaves its place at once; that outcomes find no room is known a few milliseconds later.
  test.each<[refused: readonly Asked[], mostSent: number]>([
    [["record"], 0],
    [["start"], 0],
    [["settle"], 16],
    [["record", "claim", "start", "settle", "purge"], 0],
  ])("to %j: told once, goes on by itself, loses and repeats nothing", async (refused, mostSent) => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, told } = world;
    const journal = tightJournal(world.journal);
    for (const asked of refused) journal.refused.add(asked);
    source.commit(...ROWS);
    const second = handSource("depot");
    second.commit({ lane: "depot", action: "send" });
    const engine = world.start({ journal, sources: [source, second] });
    await until(() => told.lines.includes("journal full"), "it is refused");
    await aWhile();
    const sent = far.calls.length;
    await aWhile();
    expect(far.calls).toHaveLength(sent);
    expect(sent).toBeLessThanOrEqual(mostSent);
    if (refused.includes("record")) expect([source.accepted, second.accepted]).toEqual([0, 0]);
    journal.refused.clear();
    await until(async () => (await journal.counts()).deliveries.accepted === ROWS.length + 1, "all were accepted");
    expect(far.calls).toHaveLength(ROWS.length + 1);
    expect(told.lines.filter((line) => line.startsWith("journal"))).toEqual(["journal full", "journal has room"]);
    await engine.stop();
  });

  test("outcomes that came while another found no room are kept before what lapsed meanwhile is claimed: nothing is sent twice", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { clock, far, source, told } = world;
    const journal = tightJournal(world.journal);
    journal.refused.add("settle");
    const slow = Promise.withResolvers<Record<string, never>>();
    far.answer = ({ lane }) => (lane === "quick" ? {} : slow.promise);
    source.commit({ lane: "quick" }, { lane: "a" }, { lane: "b", action: "send" }, { lane: "c" });
    const engine = world.start({ journal });
    await until(() => far.calls.length === 4 && told.lines.includes("journal full"), "the quick one is refused");
    slow.resolve({});
    await aWhile();
    clock.advance(200_000);
    journal.refused.clear();
    await until(async () => (await journal.counts()).deliveries.accepted === 4, "all were accepted");
    await aWhile();
    expect(far.calls.map(({ lane }) => lane).sort()).toEqual(["a", "b", "c", "quick"]);
    source.commit({ lane: "next" });
    await until(() => far.calls.length === 5, "it goes on");
    await engine.stop();
  });

  test("at high water reading pauses, and what is recorded goes on", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, told } = world;
    const first = world.start({ services: () => new Map() });
    source.commit(...ROWS);
    await until(() => source.accepted === 1, "it is recorded");
    await first.stop();
    const { bytes } = await world.journal.counts();
    const journal = world.shelf.open({ maxBytes: bytes });
    const wide = "x".repeat(100_000);
    source.commit({ lane: wide, action: "send" });
    const engine = world.start({ journal });
    await until(() => told.lines.includes("journal full") && far.calls.length === ROWS.length, "what is recorded goes on");
    expect(source.accepted).toBe(1);
    await engine.stop();
  });
});
