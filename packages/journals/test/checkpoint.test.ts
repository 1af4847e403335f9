import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { expect, test } from "vitest";
import { batch, CLAIM_ALL, delivery } from "./support/batches.ts";
import { temporaryFolder } from "./support/folder.ts";

/** How many deliveries are in the file, without its log. */
function copied(path: string, folder: string): number {
  const alone = join(folder, "alone.db");
  copyFileSync(path, alone);
  const db = new DatabaseSync(alone, { readOnly: true });
  try {
    return (db.prepare("SELECT count(*) AS n FROM delivery").get() as { n: number }).n;
  } catch {
    return 0;
  } finally {
    db.close();
  }
}

test("the log is copied into the file while the journal is written to, long before it is full; closing copies the rest", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const journal = openSqliteJournal({ path, owner: "take" });
  let rows = 0;
  for (; copied(path, folder.path) === 0; await turn()) {
    for (const end = rows + 100; rows < end; rows += 1) {
      const { batch: next, matched } = batch(rows, [delivery(`${rows}`)]);
      await journal.record(next, matched, "hash", CLAIM_ALL);
    }
  }
  // By itself SQLite copies its log at 32,000 pages, of which each of these writes ten.
  expect(rows).toBeLessThan(2_500);
  await journal.close();
  expect(copied(path, folder.path)).toBe(rows);
});
