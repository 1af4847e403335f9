import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { hasSchema, prepareSchema } from "./schema.ts";

/** How long a call waits where another process writes: the owner only shortly, since everything in its process waits with it, and tries again. */
const BUSY_MS = { owner: 1_000, beside: 5_000 };

/** The files that SQLite makes beside a database take over its mode: 0600 all of them. */
export function makePrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // Never open an existing database file here: closing it would drop the locks that this process holds on it.
    chmodSync(path, 0o600);
  }
}

/** Opens the journal's file; makes its tables where there are none, and brings older ones up to date. */
export function openForOwner(path: string): DatabaseSync {
  makePrivateFile(path);
  return open(path, BUSY_MS.owner, (db) => {
    db.exec("PRAGMA journal_mode = WAL");
    prepareSchema(db, path);
  });
}

/** Opens the file of a journal that an owner made. @throws Error when there is none, or an older Backstitch made it. */
export function openBeside(path: string): DatabaseSync {
  const missing = `There is no journal at ${JSON.stringify(path)}: "backstitch run" makes it.`;
  if (!existsSync(path)) throw new Error(missing);
  return open(path, BUSY_MS.beside, (db) => {
    if (!hasSchema(db, path)) throw new Error(missing);
    // What is deleted beside the owner, a person wants to be gone.
    db.exec("PRAGMA secure_delete = ON");
  });
}

function open(path: string, busyMs: number, prepare: (db: DatabaseSync) => void): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: busyMs });
  try {
    // A cache of 16 MB: what else is read of the file, the system's own cache has, and the process shall stay small. What one transaction changes may take
    // 32 MB before some of it is written early: pages of a random key would be read and written again and again.
    // A checkpoint every 128 MB by SQLite itself, where the owner's own do not keep up: pages of a random key are written often.
    db.exec("PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; PRAGMA cache_spill = 8000");
    db.exec("PRAGMA wal_autocheckpoint = 32000; PRAGMA journal_size_limit = 67108864");
    prepare(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
