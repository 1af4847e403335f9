import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ClaimRequest, Journal } from "@backstitch/core/journal";
import { openPostgresJournal } from "@backstitch/journals/postgres";
import { DURABLE, startPostgres } from "@backstitch/sandbox/postgres";
import { batchOf } from "./recorded.ts";

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
  const postgres = await startPostgres({ settings: DURABLE });
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
    const { batch, matched } = batchOf(from, BATCH);
    await journal.record(batch, matched, "hash", NONE);
  }
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
