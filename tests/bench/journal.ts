import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ClaimRequest, Journal } from "@backstitch/core/journal";
import { deliveryKey, laneId, type NewDelivery } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { openPostgresJournal } from "@backstitch/journals/postgres";
import { startPostgres } from "@backstitch/sandbox/postgres";

const WORKERS = 4;
const DELIVERIES = 40_000;
const BATCH = 500;
const NONE: ClaimRequest = { room: new Map(), bytes: 0, leaseMs: 0 };

export interface JournalMeasured {
  /** Events with one delivery each, recorded by one reader, a batch of 500 a transaction. */
  readonly recordedPerSecond: number;
  /** Claimed, started and settled by four processes, without a far side. */
  readonly settledPerSecond: number;
}

/** The journal on a PostgreSQL with its own settings, every commit synced to the disk. */
export async function measureJournal(): Promise<JournalMeasured> {
  const postgres = await startPostgres();
  try {
    const journal = await openPostgresJournal({ connectionString: postgres.url, worker: "reader", as: "work" });
    const began = performance.now();
    await recordAll(journal);
    const recordedPerSecond = DELIVERIES / ((performance.now() - began) / 1_000);
    const settledPerSecond = DELIVERIES / (await workOff(postgres.url));
    const { accepted } = (await journal.counts()).deliveries;
    if (accepted !== DELIVERIES) throw new Error(`${accepted} of ${DELIVERIES} deliveries were settled.`);
    await journal.close();
    return { recordedPerSecond, settledPerSecond };
  } finally {
    await postgres.stop();
  }
}

async function recordAll(journal: Journal): Promise<void> {
  for (let from = 0; from < DELIVERIES; from += BATCH) {
    const events = Array.from({ length: BATCH }, (_, index) => eventOf(from + index));
    const batch = { source: "shop", partition: "0", from: from === 0 ? undefined : String(from), to: String(from + BATCH), events };
    await journal.record(batch, { deliveries: events.map(deliveryOf), failures: [], undecided: [] }, "hash", NONE);
  }
}

function eventOf(n: number): ChangeEvent {
  const after = { id: n, name: "Thread, red", quantity: 18, reorderPoint: 20, buyerPhone: "+15005550009" };
  const known = { source: "shop", origin: "log", operation: "update", database: "shop", collection: "inventory" } as const;
  const rows = { key: { id: n }, previousKey: undefined, after, before: undefined, unsent: [], changed: undefined };
  return { id: `7000000000000000000/0-${n}/772000000000/0-${n}/0`, ...known, ...rows, committedAt: "2026-03-01T11:59:59.123456Z" };
}

function deliveryOf({ id, key }: ChangeEvent): NewDelivery {
  const entry = {
    rule: "low-stock",
    then: "sink.request",
    service: "sink",
    action: "request",
    ifUncertain: "retry",
    retry: undefined,
  } as const;
  const args = { path: "/low-stock", body: { id: key?.["id"] ?? null, text: "Thread, red: 18 left; order more when you can." } };
  const lane = laneId(entry.rule, entry.then, "inventory", JSON.stringify(key));
  return { key: deliveryKey(id, entry.rule, entry.then), eventId: id, ...entry, args, lane, expiresAt: undefined };
}

/** Seconds from the word to the last answer. */
async function workOff(url: string): Promise<number> {
  const children = Array.from({ length: WORKERS }, (_, index) =>
    fork(join(import.meta.dirname, "journal-worker.ts"), [url, `worker-${index}`]),
  );
  await Promise.all(children.map((child) => once(child, "message")));
  const began = performance.now();
  const answers = children.map(toldToGo);
  await Promise.all(answers);
  const seconds = (performance.now() - began) / 1_000;
  await Promise.all(children.filter((child) => child.exitCode === null).map((child) => once(child, "exit")));
  return seconds;
}

async function toldToGo(child: ChildProcess): Promise<void> {
  const answered = once(child, "message");
  child.send("go");
  await answered;
}
