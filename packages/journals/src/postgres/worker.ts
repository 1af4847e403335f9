import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { JournalOwned } from "@backstitch/core/journal";
import type { Client } from "pg";
import type { Place } from "./connect.ts";
import type { Database, Statement } from "./database.ts";
import { type HeldLock, lockIn, tryLock } from "./lock.ts";

/** One of the many that record, claim and settle: as it is written in the claims that it makes. */
export interface Worker {
  readonly name: string;
  readonly number: number;
  /** Raised whenever a process takes the name: the claims of the one before are void. */
  readonly epoch: number;
}

/** Until the server has noticed that a process was killed, it holds on to what that one had locked. */
const TRY_FOR_MS = 3_000;
const TRY_EVERY_MS = 100;

/** Makes sure that no other process runs under this name. @param session Holds its lock @throws JournalOwned */
export async function lockName(session: Client, { db, place }: { db: Database; place: Place }, name: string): Promise<HeldLock> {
  for (const until = performance.now() + TRY_FOR_MS; ;) {
    const lock = await lockIn(session, place, lockOf(name));
    if (lock !== undefined) return lock;
    if (performance.now() > until) throw new JournalOwned(await runsAlready(db, name));
    await wait(TRY_EVERY_MS);
  }
}

/** Before the name of a worker in that of its lock. */
export const WORKER_LOCK = "worker/";

const lockOf = (name: string): string => `${WORKER_LOCK}${name}`;

/** Takes a lock again that a broken connection lost, so that the name is not given away. What counts is the epoch: until then nothing else changes. */
export function keepName(place: Place, name: string, first: HeldLock): { release(): Promise<void> } {
  let held: HeldLock | undefined = first;
  const released = new AbortController();
  const { signal } = released;
  const keep = async (): Promise<void> => {
    while (!signal.aborted) {
      if (held === undefined || held.lost.aborted) held = await tryLock(place, lockOf(name)).catch(() => undefined);
      const waited = held === undefined ? signal : AbortSignal.any([signal, held.lost]);
      await wait(held === undefined ? TRY_EVERY_MS * 10 : 60_000, undefined, { signal: waited, ref: false }).catch(() => undefined);
    }
    await held?.release();
  };
  const kept = keep();
  return {
    async release() {
      released.abort();
      await kept;
    },
  };
}

const BEGIN_EPOCH = `
  INSERT INTO worker AS w (name, epoch, pid, host, started_at) VALUES ($1, 1, $2, $3, clock_ms())
  ON CONFLICT (name) DO UPDATE SET epoch = w.epoch + 1, pid = $2, host = $3, started_at = clock_ms()
  RETURNING number, epoch`;

export function beginEpoch(name: string): Statement {
  return { name: "worker.begin", text: BEGIN_EPOCH, values: [name, process.pid, hostname()] };
}

/** SQLSTATE of a call under an epoch that is over. */
export const EPOCH_OVER = "BS001";

/** Ends the transaction where a later process has taken the worker's name. */
export function own({ number, epoch }: Worker): Statement {
  const text = `SELECT refuse('${EPOCH_OVER}') WHERE NOT EXISTS (SELECT FROM worker WHERE number = $1 AND epoch = $2)`;
  return { name: "worker.own", text, values: [number, epoch] };
}

/** Which process has the name. */
export async function ownerOf(db: Database, name: string): Promise<string> {
  const [row] = await db.query({ name: "worker.owner", text: "SELECT pid, host, started_at FROM worker WHERE name = $1", values: [name] });
  if (row === undefined) return "another process";
  return `process ${row["pid"] as number} on ${row["host"] as string} since ${new Date(row["started_at"] as number).toISOString()}`;
}

async function runsAlready(db: Database, name: string): Promise<string> {
  return `The worker "${name}" runs already: ${await ownerOf(db, name)}. Stop it first, or give this one another name.`;
}
