import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Positions } from "../source/index.ts";
import type { SourceChange, SourceDriver } from "./source.ts";

const TRANSACTIONS = 32;
const ROWS = 25;
const ROW_BYTES = 20_000;

/** A quarter of what is written meanwhile. */
export const MOST_HELD_BYTES = (TRANSACTIONS * ROWS * ROW_BYTES) / 4;

/** One text for all: here it takes no room that counts. */
const TEXT = "x".repeat(ROW_BYTES);

/** 16 MB of rows. */
export function largeChanges(): readonly (readonly SourceChange[])[] {
  return Array.from({ length: TRANSACTIONS }, (_, transaction) =>
    Array.from({ length: ROWS }, (_row, index) => ({
      operation: "insert",
      id: 1_000 + transaction * ROWS + index,
      name: TEXT,
    })),
  );
}

/** How much more this process holds once all was written and the journal took none of it; and what it took at last, in order. */
export async function heldWhileFull(
  driver: SourceDriver,
  from: Positions,
  changes: readonly (readonly SourceChange[])[],
): Promise<{ readonly bytes: number; readonly ids: readonly unknown[] }> {
  const wanted = changes.flat().length;
  const stop = new AbortController();
  const room = Promise.withResolvers<void>();
  const ids: unknown[] = [];
  const [first = [], ...rest] = changes;
  await driver.write(first);
  const before = await heldNow();
  const reading = driver.source().read(
    from,
    async ({ events }) => {
      if (events.length > 0) await room.promise;
      ids.push(...events.map(({ key }) => key?.["id"]));
      if (ids.length >= wanted) stop.abort();
    },
    AbortSignal.any([stop.signal, AbortSignal.timeout(LATE_MS)]),
  );
  for (const change of rest) await driver.write(change);
  const bytes = (await settled()) - before;
  room.resolve();
  await reading;
  return { bytes, ids };
}

const LATE_MS = 25_000;
const LOOK_MS = 100;
/** So many looks in a row without growth: whatever wanted to come has come. */
const STILL_LOOKS = 5;

async function settled(): Promise<number> {
  let most = await heldNow();
  for (let still = 0; still < STILL_LOOKS; still += 1) {
    await wait(LOOK_MS);
    const held = await heldNow();
    if (held > most + ROW_BYTES) still = 0;
    most = Math.max(most, held);
  }
  return most;
}

/** Collects until no more comes free than would count: buffers go some time after whatever held them, and each collection of a large heap is dear. */
async function heldNow(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let least = Infinity;
  for (;;) {
    collect();
    await turn();
    const { heapUsed, external } = process.memoryUsage();
    const held = heapUsed + external;
    if (held > least - ROW_BYTES) return Math.min(least, held);
    least = held;
  }
}
