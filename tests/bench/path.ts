import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { setupPostgres } from "@backstitch/sources/postgres";
import { Client } from "pg";
import { DURABLE, startPostgres } from "@backstitch/sandbox/postgres";
import { type Files, writeProject } from "../support/project.ts";
import { arrived, startRun, startSink, stop } from "./running.ts";

/** Rows that are read as one backlog, for throughput. */
export const ROWS = 20_000;
const RULES = 1_000;
/** One row a transaction, at this rate, for latency. */
const STEADY_ROWS_PER_SECOND = 200;
const STEADY_ROWS = 2_000;
const CONCURRENCY = 64;

/** What one repetition of one side measured. */
export interface Measured {
  readonly rowsPerSecond: number;
  /** Commit to arrival, milliseconds. */
  readonly latencies: readonly number[];
}

export interface Bench {
  measure(side: "ours" | "peer"): Promise<Measured>;
  close(): Promise<void>;
}

/** A real PostgreSQL and a sink, against which both sides are run in turn, each in a process of its own. */
export async function openBench(): Promise<Bench> {
  const postgres = await startPostgres({ settings: DURABLE });
  const { sink, url: sinkUrl } = await startSink();
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  await client.query("CREATE TABLE row (id serial PRIMARY KEY, kind text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp())");

  return {
    async measure(side) {
      await client.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
      await setupPostgres({ name: "bench", connectionString: postgres.url }, [{ collection: "row", needsBefore: false }]);
      sink.send("reset");
      await client.query("INSERT INTO row (kind) SELECT 'k' || n % $1 FROM generate_series(1, $2) AS n", [RULES, ROWS]);
      await using project = await writeProject(filesOf(sinkUrl));
      const running = side === "ours" ? startRun(project.folder, { DATABASE_URL: postgres.url }) : startBare(postgres.url, sinkUrl);
      try {
        const { first, last } = await arrived(sink, ROWS, running);
        sink.send("reset");
        await writeSteadily(client);
        const { latencies } = await arrived(sink, STEADY_ROWS, running);
        return { rowsPerSecond: (ROWS - 1) / ((last - first) / 1_000), latencies };
      } finally {
        await stop(running);
        await wait(200);
      }
    },
    async close() {
      sink.disconnect();
      await client.end();
      await postgres.stop();
    },
  };
}

function startBare(database: string, sink: string): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, "bare.ts"), database, sink], { stdio: "inherit" });
}

function filesOf(sink: string): Files {
  const files: Record<string, unknown> = {
    "backstitch.json": { sources: { bench: { type: "postgres", connectionString: { $secret: "DATABASE_URL" } } } },
    "services/sink.json": { connector: "http", config: { baseUrl: sink }, concurrency: CONCURRENCY },
  };
  for (let index = 0; index < RULES; index += 1) {
    const body = { id: { $path: "after.id" }, kind: "{{ after.kind }}", at: { $path: "after.at" } };
    files[`rules/rule-${index}.json`] = {
      on: { source: "bench", collection: "row" },
      when: { "after.kind": `k${index}` },
      then: [{ service: "sink", action: "request", with: { path: "/rows", body } }],
    };
  }
  return files;
}

async function writeSteadily(client: Client): Promise<void> {
  const started = performance.now();
  for (let row = 0; row < STEADY_ROWS; row += 1) {
    const due = started + (row * 1_000) / STEADY_ROWS_PER_SECOND;
    await wait(Math.max(0, due - performance.now()));
    await client.query("INSERT INTO row (kind) VALUES ($1)", [`k${row % RULES}`]);
  }
}
