import type { DatabaseSync } from "node:sqlite";

/** Copies what it can of the log into the file. One that is copied whole is written again from its beginning. */
export function copyLog(db: DatabaseSync): void {
  try {
    db.exec("PRAGMA wal_checkpoint(PASSIVE)");
  } catch {
    // There is no room for that: whoever writes finds out for itself.
  }
}
