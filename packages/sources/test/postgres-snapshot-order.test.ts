import { afterAll, beforeAll, expect, test } from "vitest";
import { canonicalText, type Row } from "@backstitch/core/values";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { connectTo, openDatabase, setUp, type Database } from "./support/database.ts";
import { newRecords, readOver, replay, snapshotIsDone } from "./support/replay.ts";

let server: LocalPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** Numbers from 0 up to 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ROWS = 800;

/** One transaction that somebody else makes meanwhile. */
function transaction(random: () => number): readonly string[] {
  const key = (): number => Math.floor(random() * ROWS * 1.1);
  const one = (): string => {
    const [a, b, kind] = [key(), key(), random()];
    if (kind < 0.5) return `UPDATE item SET n = n + 1 WHERE id BETWEEN ${a} AND ${a + 3}`;
    if (kind < 0.65) return `DELETE FROM item WHERE id = ${a}`;
    if (kind < 0.9) return `INSERT INTO item VALUES (${a}, 0) ON CONFLICT (id) DO UPDATE SET n = item.n + 1`;
    return `UPDATE item SET id = ${b}, n = n + 1 WHERE id = ${a} AND NOT EXISTS (SELECT 1 FROM item WHERE id = ${b})`;
  };
  return ["BEGIN", ...Array.from({ length: 1 + Math.floor(random() * 3) }, one), random() < 0.9 ? "COMMIT" : "ROLLBACK"];
}

/** Lets as many transactions be made as batches are recorded: the reader neither falls behind nor is left without any. */
interface Pace {
  give(): void;
  /** @returns false once it has ended. */
  take(): Promise<boolean>;
  end(): void;
}

function createPace(): Pace {
  const state = { given: 0, ended: false, waiting: [] as (() => void)[] };
  const wake = (): void => {
    for (const one of state.waiting.splice(0)) one();
  };
  return {
    give() {
      state.given += 1;
      wake();
    },
    end() {
      state.ended = true;
      wake();
    },
    async take() {
      while (state.given === 0 && !state.ended) await new Promise<void>((resolve) => state.waiting.push(resolve));
      state.given -= 1;
      return !state.ended;
    },
  };
}

async function write(database: Database, random: () => number, pace: Pace): Promise<void> {
  const writer = await connectTo(database.url);
  // Two writers may wait for each other, or want the same new key.
  while (await pace.take()) await writer.run(...transaction(random)).catch(() => writer.run("ROLLBACK"));
  await writer.close();
}

test.each([1, 2, 3, 4, 5, 6])(
  "whatever is written and whenever it crashes, each row is recorded as it was at its place of the log (seed %i)",
  async (seed) => {
    const random = randomOf(seed);
    const database = await openDatabase(server.url);
    await database.run("CREATE TABLE item (id int PRIMARY KEY, n int)", `INSERT INTO item SELECT i, 0 FROM generate_series(1, ${ROWS}) i`);
    const source = await setUp(database, [{ collection: "item", needsBefore: true }], { snapshot: ["item"], batch: { events: 10 } });
    const records = newRecords();
    const pace = createPace();
    const writers = Promise.all(Array.from({ length: 3 }, () => write(database, random, pace)));
    const crashes = (): "before" | "after" | "no" => {
      pace.give();
      return random() > 0.03 ? "no" : random() < 0.5 ? "before" : "after";
    };
    const isDone = (): boolean => snapshotIsDone(records, "snapshot/initial/item");
    await readOver(source, records, { enough: isDone, crashes }).finally(pace.end);
    await writers;
    await database.run("INSERT INTO item VALUES (-1, 0)");
    await readOver(source, records, { enough: () => records.batches.some(({ events }) => events.some(({ key }) => key?.["id"] === -1)) });
    const events = records.batches.flatMap(({ events: some }) => some);
    const rows = (await database.rows("SELECT id, n FROM item")) as readonly Row[];
    expect(replay(events)).toEqual(new Map(rows.map((row) => [canonicalText({ id: row["id"] ?? null }), row])));
    const snapshot = events.filter(({ origin }) => origin === "snapshot");
    expect(new Set(snapshot.map(({ id }) => id)).size).toBe(snapshot.length);
    await database.close();
  },
);
