import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ClaimRequest } from "@backstitch/core/journal";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { readResident } from "../memory/resident.ts";
import { type ProjectFolder, writeProject } from "../support/project.ts";
import { batchOf } from "./recorded.ts";
import { arrived, startRun, startSink, stop } from "./running.ts";

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
  await using project = await writeProject({});
  const path = join(project.folder, "journal.db");
  await fill(path, deliveries);
  const worker = fork(join(import.meta.dirname, "pending-worker.ts"), [path]);
  const [claims] = (await once(worker, "message")) as [readonly number[]];
  await once(worker, "exit");
  return { claims, ...(await run(project)) };
}

async function fill(path: string, deliveries: number): Promise<void> {
  const journal = openSqliteJournal({ path, owner: "take" });
  for (let from = 0; from < deliveries; from += BATCH) {
    const { batch, matched } = batchOf(from, BATCH);
    await journal.record(batch, matched, "hash", NONE);
  }
  await journal.close();
}

async function run(project: ProjectFolder): Promise<Omit<PendingMeasured, "claims">> {
  const { sink, url } = await startSink();
  await project.write({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "changes.jsonl" } }, journal: { path: "journal.db" } },
    "changes.jsonl": "",
    "rules/low-stock.json": {
      on: { source: "shop", collection: "inventory" },
      then: [{ service: "sink", action: "request", with: { path: "/low-stock" } }],
    },
    "services/sink.json": { connector: "http", config: { baseUrl: url } },
  });
  const started = performance.timeOrigin + performance.now();
  const running = startRun(project.folder);
  try {
    const { first } = await arrived(sink, DELIVERED, running);
    return { startSeconds: (first - started) / 1_000, residentMegabytes: (await readResident(running.pid ?? 0)).mostMb };
  } finally {
    await stop(running);
    sink.disconnect();
  }
}
