import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClaimRequest } from "@backstitch/core/journal";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { batchOf } from "./recorded.ts";
import { arrived, startRun, stop, writeProject } from "./running.ts";

const BATCH = 2_000;
/** So many are delivered before the process is weighed. */
const DELIVERED = 10_000;
const NONE: ClaimRequest = { room: new Map(), bytes: 0, leaseMs: 0 };

/** What a SQLite journal in which a million deliveries wait costs. */
export interface PendingMeasured {
  /** Milliseconds, of claims of 64 that are started and settled. */
  readonly claims: readonly number[];
  /** From the start of `backstitch run` until the first arrives. */
  readonly startSeconds: number;
  /** The most that `backstitch run` had in memory. */
  readonly residentMegabytes: number;
}

export async function measurePending(deliveries: number): Promise<PendingMeasured> {
  const folder = await mkdtemp(join(tmpdir(), "backstitch-bench-"));
  try {
    const path = join(folder, "journal.db");
    await fill(path, deliveries);
    const worker = fork(join(import.meta.dirname, "pending-worker.ts"), [path]);
    const [claims] = (await once(worker, "message")) as [readonly number[]];
    await once(worker, "exit");
    return { claims, ...(await run(folder)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(path: string, deliveries: number): Promise<void> {
  const journal = openSqliteJournal({ path, owner: "take" });
  for (let from = 0; from < deliveries; from += BATCH) {
    const { batch, matched } = batchOf(from, BATCH);
    await journal.record(batch, matched, "hash", NONE);
  }
  await journal.close();
}

async function run(folder: string): Promise<Omit<PendingMeasured, "claims">> {
  const sink = fork(join(import.meta.dirname, "sink.ts"));
  const [{ port }] = (await once(sink, "message")) as [{ port: number }];
  await writeProject(folder, {
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "changes.jsonl" } }, journal: { path: "journal.db" } },
    "changes.jsonl": "",
    "rules/low-stock.json": {
      on: { source: "shop", collection: "inventory" },
      then: [{ service: "sink", action: "request", with: { path: "/low-stock" } }],
    },
    "services/sink.json": { connector: "http", config: { baseUrl: `http://127.0.0.1:${port}` } },
  });
  const started = performance.timeOrigin + performance.now();
  const running = startRun(folder);
  try {
    const { first } = await arrived(sink, DELIVERED, running);
    return { startSeconds: (first - started) / 1_000, residentMegabytes: await mostResident(running.pid ?? 0) };
  } finally {
    await stop(running);
    sink.disconnect();
  }
}

async function mostResident(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
}
