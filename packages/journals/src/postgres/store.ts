import { JournalOwned, type KeptEvents } from "@backstitch/core/journal";
import type { Place } from "./connect.ts";
import { Refused } from "./connect.ts";
import type { Database, Rows, Statement } from "./database.ts";
import type { EntryTable } from "./entry.ts";
import type { Leases } from "./leases.ts";
import type { Queues } from "./queue.ts";
import type { RecentEvents } from "./recent.ts";
import type { Room } from "./room.ts";
import type { Unsure } from "./unsure.ts";
import { EPOCH_OVER, own, ownerOf, type Worker } from "./worker.ts";

/** The open journal with what every call needs of it. */
export interface Store {
  readonly db: Database;
  readonly place: Place;
  /** Undefined: beside those that work. */
  readonly worker: Worker | undefined;
  /** Stands for the server's clock in tests. */
  readonly clock: (() => number) | undefined;
  readonly events: KeptEvents;
  readonly entries: EntryTable;
  readonly unsure: Unsure;
  readonly leases: Leases;
  readonly queues: Queues;
  readonly recent: RecentEvents;
  readonly room: Room;
}

/** What every statement that looks at the time begins with: `$1` is null, or what a test says that the server's clock shows. */
export const NOW = "t AS (SELECT coalesce($1::bigint, clock_ms()) AS now)";

/** What may be claimed once it is due. */
export const CLAIMABLE = "phase = 0 AND state IN ('pending', 'waiting', 'uncertain') AND place < 2 AND NOT parked AND NOT kept_back";

/** The services of a claim that are not paused, and how many deliveries each has room for, of two parameters. */
export function roomOf(services: string, most: string): string {
  return `room AS (
    SELECT * FROM unnest(${services}::text[], ${most}::int[]) AS room (service, most)
    WHERE NOT EXISTS (SELECT FROM pause WHERE what = 'service' AND name = room.service)
  )`;
}

/** The value of `$1` in {@link NOW}. */
export function clockOf({ clock }: Store): number | null {
  return clock?.() ?? null;
}

/** What this machine's clock shows, which is the clock of those who call: what is told them of the server's time is so long from now by theirs. */
export function callersTime({ clock }: Store): number {
  return clock?.() ?? Date.now();
}

/** @throws JournalOwned for one that was opened beside those that work. */
export function workerOf({ worker }: Store): Worker {
  if (worker === undefined) throw new JournalOwned("This journal was opened beside its workers, which alone may record, claim and settle.");
  return worker;
}

/** Runs statements under the worker's epoch, in one transaction. @throws JournalOwned where that is over */
export async function owned(store: Store, statements: readonly Statement[]): Promise<readonly Rows[]> {
  const worker = workerOf(store);
  try {
    return (await store.db.transaction([own(worker), ...statements])).slice(1);
  } catch (error) {
    throw await ownedBy(store, worker, error);
  }
}

/** A refusal because of the epoch, in words. */
export async function ownedBy(store: Store, { name }: Worker, error: unknown): Promise<unknown> {
  if (!(error instanceof Refused) || error.code !== EPOCH_OVER) return error;
  return new JournalOwned(`The worker "${name}" is ${await ownerOf(store.db, name)} now; the claims of this process are void.`);
}

/** Locks that transactions take against each other: see `delivery.place` in the tables' own words. */
export const LOCKS = { recording: 1, lanes: 2, admitting: 3 } as const;

/** Until the transaction ends: alone, or together with others that share it. */
export function lock(which: keyof typeof LOCKS, mode: "alone" | "shared"): Statement {
  const take = mode === "alone" ? "pg_advisory_xact_lock" : "pg_advisory_xact_lock_shared";
  return { name: `lock.${which}.${mode}`, text: `SELECT ${take}(hashtext(current_schema()), ${LOCKS[which]})`, values: [] };
}
