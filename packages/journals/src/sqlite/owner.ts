import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { JournalOwned } from "@backstitch/core/journal";
import { makePrivateFile, openBeside } from "./file.ts";

export interface OwnerRow {
  readonly epoch: number;
  readonly pid: number;
  readonly host: string;
  readonly started_at: number;
}

/**
 * Takes the lock that makes this process the owner until it ends or releases it: an exclusive transaction on a small file beside the journal,
 * which the operating system gives up with the process. @throws JournalOwned
 */
export function takeLock(path: string): { release(): void } {
  const lockPath = `${path}-owner`;
  makePrivateFile(lockPath);
  const lock = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    lock.exec("PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch {
    lock.close();
    throw new JournalOwned(`The journal ${JSON.stringify(path)} is owned by ${presentOwner(path)}; stop it first.`);
  }
  return { release: () => lock.close() };
}

/** Becomes the owner of record: a new epoch, by which older claims are void. Within the caller's transaction. */
export function beginEpoch(db: DatabaseSync, now: number): number {
  const row = db
    .prepare("UPDATE owner SET epoch = epoch + 1, pid = ?, host = ?, started_at = ? RETURNING epoch")
    .get(process.pid, hostname(), now) as { epoch: number };
  return row.epoch;
}

/** @throws JournalOwned when a later epoch has begun. */
export function checkEpoch(row: OwnerRow, epoch: number): void {
  if (row.epoch !== epoch) throw new JournalOwned(`The journal is owned by ${ownerName(row)} now; the claims of this process are void.`);
}

function ownerName({ pid, host, started_at }: OwnerRow): string {
  return `process ${pid} on ${host} since ${new Date(started_at).toISOString()}`;
}

/** The row may not be there yet: the lock is taken before the file is made. */
function presentOwner(path: string): string {
  if (!existsSync(path)) return "another process";
  try {
    const db = openBeside(path);
    const row = db.prepare("SELECT * FROM owner").get() as unknown as OwnerRow;
    db.close();
    return ownerName(row);
  } catch {
    return "another process";
  }
}
