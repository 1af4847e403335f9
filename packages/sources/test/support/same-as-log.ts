import { expect } from "vitest";
import type { ChangeEvent } from "@backstitch/core/source";
import { postgresSource } from "@backstitch/sources/postgres";
import { freshOptions, type Database } from "./database.ts";
import { newRecords, readOver, snapshotIsDone } from "./replay.ts";
import type { SnapshotCase } from "./snapshot-cases.ts";

const row = ({ operation, database: db, collection, key, previousKey, after, before, unsent, changed }: ChangeEvent): unknown => ({
  operation,
  db,
  collection,
  key,
  previousKey,
  after,
  before,
  unsent,
  changed,
});
const sorted = (events: readonly ChangeEvent[]): readonly unknown[] => events.map(row).toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
const text = (value: unknown): string => JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? String(one) : one));

/** Writes rows beside a reader and reads them in a snapshot too: it sends the same as the log. */
export async function expectSameAsLog(database: Database, asked: SnapshotCase): Promise<void> {
  const { tables, publication = "TABLE t", rows, wanted = ["t"], events: count } = asked;
  await database.run(...tables);
  const options = freshOptions(database, { snapshot: wanted, batch: { events: 2, bytes: 1_000_000 } });
  const name = `backstitch_${options.name}`;
  await database.run(
    `CREATE PUBLICATION ${name} FOR ${publication}`,
    `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`,
    ...rows,
  );
  const records = newRecords();
  const events = (): readonly ChangeEvent[] => records.batches.flatMap(({ events: some }) => some);
  await readOver(postgresSource(options), records, {
    enough: () =>
      events().length >= 2 * count && [...records.positions.keys()].every((one) => one === "wal" || snapshotIsDone(records, one)),
  });
  const [log, snapshot] = ["log", "snapshot"].map((wantedOrigin) => events().filter(({ origin }) => origin === wantedOrigin));
  expect(log?.length).toBe(count);
  expect(sorted(snapshot ?? [])).toEqual(sorted(log ?? []));
}
