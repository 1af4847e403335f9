import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Peer } from "@backstitch/core/testing";
import { s3Peer } from "@backstitch/sandbox";
import { readResident } from "../../memory/resident.ts";
import { type ProjectFolder, writeProject } from "../../support/project.ts";

const CLI = join(import.meta.dirname, "../../../packages/cli/src/main.ts");
/** As docs/operations.md says it of where megabytes count. */
const BOUNDED = { NODE_OPTIONS: "--max-old-space-size=100", MALLOC_ARENA_MAX: "1" };
const ROWS_PER_SECOND = 1_000;
const AGE_SECONDS = 5;
const TICK_MS = 10;
/** What a row says beside its id: an order of an everyday size. */
const NOTE = "x".repeat(400);

export interface MeasuredAppend {
  /** From the first row written to the last one stored, less the time that the last may wait for others. */
  readonly storedPerSecond: number;
  /** The largest of the process that was fed. */
  readonly residentMegabytes: number;
}

/**
 * Feeds `backstitch run` rows at an even pace, whose rule appends each to an object in a local S3.
 * @param cli Its main module, as it is installed somewhere. @default this checkout's, of which Node strips the types: that takes some 20 MB more
 */
export async function measureAppend(seconds: number, cli = CLI): Promise<MeasuredAppend> {
  const peer = await s3Peer();
  await using project = await projectOver(peer.url);
  const running = startFed(project, cli);
  try {
    await listening(running);
    const began = performance.now();
    await feed(running, seconds * ROWS_PER_SECOND);
    const rows = seconds * ROWS_PER_SECOND;
    while (storedIn(peer) < rows) {
      if (running.exitCode !== null) throw new Error(`The process under test exited ${running.exitCode}.`);
      await wait(50);
    }
    const tookSeconds = (performance.now() - began) / 1_000 - AGE_SECONDS;
    const { mostMb } = await readResident(running.pid ?? NaN);
    return { storedPerSecond: rows / Math.max(seconds, tookSeconds), residentMegabytes: mostMb };
  } finally {
    running.kill("SIGKILL");
    if (running.exitCode === null && running.signalCode === null) await once(running, "exit");
    await peer.close();
  }
}

function projectOver(endpoint: string): Promise<ProjectFolder> {
  const credentials = { accessKeyId: { $env: "AWS_ACCESS_KEY_ID" }, secretAccessKey: { $secret: "AWS_SECRET_ACCESS_KEY" } };
  const append = { maxAgeSeconds: AGE_SECONDS };
  const args = { prefix: 'orders/dt={{ committedAt | date: "%Y-%m-%d" }}/', record: { order: { $path: "after" } } };
  return writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "-" } } },
    "services/lake.json": { connector: "s3", config: { region: "eu-central-1", endpoint, bucket: "lake", append, ...credentials } },
    "rules/lake.json": {
      on: { source: "shop", collection: "orders" },
      order: "none",
      then: [{ service: "lake", action: "append", with: args }],
    },
  });
}

function startFed({ folder }: ProjectFolder, cli: string): ChildProcess {
  const secrets = { AWS_ACCESS_KEY_ID: "AKIA0", AWS_SECRET_ACCESS_KEY: "bench" };
  const env = { ...process.env, ...BOUNDED, ...secrets, BACKSTITCH_LOG_LEVEL: "warn" };
  return spawn(process.execPath, [cli, "run", "--project", folder, "--port", "0"], {
    env,
    stdio: ["pipe", "inherit", "inherit"],
  });
}

/** It takes what it is fed at once, whenever it has started: but the start is not measured. */
async function listening(running: ChildProcess): Promise<void> {
  running.stdin?.write(`${rowOf(-1)}\n`);
  await wait(2_000);
}

async function feed({ stdin }: ChildProcess, rows: number): Promise<void> {
  const began = performance.now();
  for (let fed = 0; fed < rows;) {
    await wait(TICK_MS);
    const due = Math.min(rows, Math.floor(((performance.now() - began) / 1_000) * ROWS_PER_SECOND));
    const lines = Array.from({ length: due - fed }, (_, index) => `${rowOf(fed + index)}\n`).join("");
    if (stdin?.write(lines) === false) await once(stdin, "drain");
    fed = due;
  }
}

function rowOf(id: number): string {
  return JSON.stringify({ operation: "insert", collection: "orders", after: { id, note: NOTE } });
}

function storedIn(peer: Peer): number {
  const counts = peer.received().map(({ fields }) => (fields["metadata"] as { readonly [name: string]: string })["backstitch-records"]);
  return counts.reduce((sum, count) => sum + Number(count), 0);
}
