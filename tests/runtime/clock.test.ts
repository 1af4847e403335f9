import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { expect, test } from "vitest";
import { failure } from "./support/far-side.ts";
import { tightJournal } from "./support/journal.ts";
import { aWhile, JOURNALS, openWorld, until } from "./support/world.ts";

const HOUR_MS = 3_600_000;

/** The SQLite journal follows the clock; the engine above it has to do the same. */
async function openTimed(cleanUp: AsyncDisposableStack) {
  const [kind] = JOURNALS;
  if (kind === undefined) throw new Error("there is no journal");
  const world = await openWorld(kind, cleanUp);
  const folder = cleanUp.adopt(await mkdtemp(join(tmpdir(), "backstitch-clock-")), (path) => rm(path, { recursive: true, force: true }));
  let passed = 0;
  const steady = (): number => passed;
  const journal = openSqliteJournal({ path: join(folder, "journal.db"), owner: "take", clock: world.clock.now, steady });
  cleanUp.defer(() => journal.close());
  const pass = (ms: number): void => {
    passed += ms;
    world.clock.advance(ms);
  };
  return { ...world, journal, steady, pass };
}

test.each([HOUR_MS, -HOUR_MS])("a service rests as long as it was to, though the clock is set by %i ms meanwhile", async (byMs) => {
  await using cleanUp = new AsyncDisposableStack();
  const { clock, far, journal, pass, source, start, steady, told } = await openTimed(cleanUp);
  far.answer = () => {
    if (far.calls.length === 1) throw failure("throttled", 5_000);
    return {};
  };
  source.commit({ lane: "a" });
  const engine = start({ journal, steady });
  await until(() => told.lines.some((line) => line.endsWith("throttled waiting")), "the box rests");
  clock.advance(byMs);
  pass(4_999);
  await aWhile();
  expect(far.calls).toHaveLength(1);
  pass(1);
  await until(() => far.calls.length === 2, "the box goes on");
  await engine.stop();
});

test("what waits at its desk does not outlive its claim, though the clock is set back: it is not sent twice, nor out of order", async () => {
  await using cleanUp = new AsyncDisposableStack();
  const { clock, far, journal, pass, services, source, start, steady } = await openTimed(cleanUp);
  const slow = Promise.withResolvers<Record<string, never>>();
  far.answer = ({ lane }) => (lane === "slow" ? slow.promise : {});
  source.commit({ lane: "slow" }, { lane: "a" }, { lane: "a" });
  const one = services({ concurrency: 1 });
  const engine = start({ journal, steady, services: () => one });
  await until(() => far.calls.length === 1, "one is under way, others wait at the desk");
  clock.advance(-HOUR_MS);
  pass(200_000);
  await aWhile();
  slow.resolve({});
  await until(async () => (await journal.counts()).deliveries.accepted >= 2, "the lane moves on");
  await aWhile();
  expect(far.calls.filter(({ lane }) => lane === "a").map(({ place }) => place)).toEqual([1, 2]);
  await engine.stop();
});

test.each([HOUR_MS, -HOUR_MS])(
  "what was decided while the journal had no room waits as long as it was to, though the clock is set by %i ms",
  async (byMs) => {
    await using cleanUp = new AsyncDisposableStack();
    const { clock, far, journal, pass, source, start, steady, told } = await openTimed(cleanUp);
    const tight = tightJournal(journal);
    tight.refused.add("settle");
    far.answer = () => {
      if (far.calls.length === 1) throw failure("throttled", 5_000);
      return {};
    };
    source.commit({ lane: "a" });
    const engine = start({ journal: tight, steady });
    await until(() => told.lines.includes("journal full"), "the outcome is refused");
    clock.advance(byMs);
    tight.refused.clear();
    await until(async () => (await journal.counts()).deliveries.waiting === 1, "the outcome is kept");
    const [record] = await journal.deliveries({});
    expect((record?.dueAt ?? NaN) - clock.now()).toBe(5_000);
    pass(5_000);
    await until(() => far.calls.length === 2, "the box goes on");
    await engine.stop();
  },
);
