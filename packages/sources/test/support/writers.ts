import { connectTo, type Database } from "./database.ts";

/** Numbers from 0 up to 1, the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lets as many transactions be made as batches are recorded: the reader neither falls behind nor is left without any. */
export interface Pace {
  give(): void;
  /** @returns false once it has ended. */
  take(): Promise<boolean>;
  end(): void;
}

export function createPace(): Pace {
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

/** Makes transactions at that pace, each some statements from BEGIN to its end. */
export async function write(database: Database, transaction: () => readonly string[], pace: Pace): Promise<void> {
  const writer = await connectTo(database.url);
  // Two writers may wait for each other, or want the same new key.
  while (await pace.take()) await writer.run(...transaction()).catch(() => writer.run("ROLLBACK"));
  await writer.close();
}

/** One of many changes of a table item (id, n), with parts that are rolled back. */
export function largeTransaction(rows: number, random: () => number): readonly string[] {
  const change = (): string => {
    const a = Math.floor(random() * rows);
    return random() < 0.8
      ? `UPDATE item SET n = n + 1 WHERE id BETWEEN ${a} AND ${a + 200}`
      : `DELETE FROM item WHERE id BETWEEN ${a} AND ${a + 2}`;
  };
  const part = ["SAVEPOINT part", change(), random() < 0.5 ? "ROLLBACK TO part" : "RELEASE part"];
  return ["BEGIN", change(), ...part, ...(random() < 0.5 ? part : []), change(), random() < 0.7 ? "COMMIT" : "ROLLBACK"];
}
