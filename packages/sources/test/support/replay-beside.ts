import { expect } from "vitest";
import { canonicalText, type Row } from "@backstitch/core/values";
import { setUp, type Database } from "./database.ts";
import { newRecords, readOver, replay, snapshotIsDone } from "./replay.ts";
import { createPace, randomOf, write } from "./writers.ts";

export interface Beside {
  /** How many the table has at first. */
  readonly rows: number;
  readonly seed: number;
  /** One transaction that somebody else makes meanwhile, from BEGIN to its end, on the table item (id, n). */
  readonly transaction: (random: () => number) => readonly string[];
  /** How many batches are recorded for each. @default 1 */
  readonly batches?: number;
  /** How many there are at the most. @default no end */
  readonly most?: number;
}

/** Reads a table while others write, with crashes, and holds each row against what came before it, and the table against them all. */
export async function replayBeside(
  database: Database,
  { rows: count, seed, transaction, batches = 1, most = Infinity }: Beside,
): Promise<void> {
  const random = randomOf(seed);
  await database.run("CREATE TABLE item (id int PRIMARY KEY, n int)", `INSERT INTO item SELECT i, 0 FROM generate_series(1, ${count}) i`);
  const source = await setUp(database, [{ collection: "item", needsBefore: true }], { snapshot: ["item"], batch: { events: 10 } });
  const records = newRecords();
  const pace = createPace();
  let seen = 0;
  const writers = Promise.all(Array.from({ length: 3 }, () => write(database, () => transaction(random), pace)));
  const crashes = (): "before" | "after" | "no" => {
    if (++seen % batches === 0 && seen <= batches * most) pace.give();
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
}
