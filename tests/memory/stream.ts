import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Counts, Journal } from "@backstitch/core/journal";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { setupPostgres } from "@backstitch/sources/postgres";
import { Client } from "pg";
import { startPostgres } from "@backstitch/sandbox/postgres";
import { type Running, startBackstitch } from "./process.ts";
import { readResident } from "./resident.ts";
import { SCHEMA, type Shape, writeRows } from "./rows.ts";
import { startSlowSink } from "./slow-sink.ts";

export interface StreamOptions {
  readonly rows: number;
  readonly shape: Shape;
  readonly tell: (line: string) => void;
}

export interface Streamed {
  /** The largest resident set of `backstitch run`, in megabytes. */
  readonly maxRssMb: number;
  /** Events in the journal at the end. */
  readonly events: number;
  /** Requests that the sink had received by then. */
  readonly received: number;
}

const SINK_ANSWERS_AFTER_MS = 20;
const CONCURRENCY = 4;
const LOOK_EVERY_MS = 100;
const TELL_EVERY_MS = 5_000;
/** A run in which nothing more is recorded for so long has failed. */
const STALLED_AFTER_MS = 60_000;

/** Streams rows from a real PostgreSQL through a real `backstitch run` with a far side that is much slower, until the journal has every row. */
export async function streamRows({ rows, shape, tell }: StreamOptions): Promise<Streamed> {
  await using started = new AsyncDisposableStack();
  const folder = started.adopt(await mkdtemp(join(tmpdir(), "backstitch-memory-")), (path) => rm(path, { recursive: true, force: true }));
  const postgres = started.adopt(await startPostgres(), (one) => one.stop());
  const sink = started.adopt(await startSlowSink(SINK_ANSWERS_AFTER_MS), (one) => one.close());
  await prepareDatabase(postgres.url);
  await writeProject(folder, sink.url);
  const running = started.adopt(startBackstitch(folder, { DATABASE_URL: postgres.url }), (one) => one.kill());
  const journal = started.adopt(await openBeside(join(folder, ".backstitch/journal.db"), running), (one) => one.close());
  const [, { maxRssMb, counts }] = await Promise.all([
    writeRows(postgres.url, rows, shape),
    untilRecorded({ rows, journal, running, tell: (line) => tell(`${line}, ${sink.received} received`) }),
  ]);
  await running.stop();
  return { maxRssMb, events: counts.events, received: sink.received };
}

interface Watched {
  readonly rows: number;
  readonly journal: Journal;
  readonly running: Running;
  readonly tell: (line: string) => void;
}

/** @throws where the process ends, or records nothing more. */
async function untilRecorded({ rows, journal, running, tell }: Watched): Promise<{ maxRssMb: number; counts: Counts }> {
  const began = Date.now();
  let maxRssMb = 0;
  let moved = { events: 0, at: began };
  let toldAt = 0;
  for (;;) {
    const { nowMb, mostMb } = await readResident(running.pid);
    maxRssMb = Math.max(maxRssMb, mostMb);
    const counts = await journal.counts();
    const { events } = counts;
    const now = Date.now();
    if (events > moved.events) moved = { events, at: now };
    if (events >= rows || now - toldAt >= TELL_EVERY_MS) {
      tell(`${((now - began) / 1000).toFixed(0)} s: ${nowMb} MB resident, ${maxRssMb} MB at most, ${events} events recorded`);
      toldAt = now;
    }
    if (events >= rows) return { maxRssMb, counts };
    if (now - moved.at > STALLED_AFTER_MS)
      throw new Error(`${events} of ${rows} rows were recorded, then no more:\n${running.lastWords()}`);
    await wait(LOOK_EVERY_MS);
  }
}

async function prepareDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(SCHEMA);
  await client.end();
  await setupPostgres({ name: "station", connectionString: url }, [{ collection: "reading", needsBefore: false }]);
}

async function writeProject(folder: string, sink: string): Promise<void> {
  const body = { id: { $path: "after.id" }, note: "{{ after.note }}" };
  const files = {
    "backstitch.json": { sources: { station: { type: "postgres", connectionString: { $secret: "DATABASE_URL" } } } },
    "services/sink.json": { connector: "http", config: { baseUrl: sink }, concurrency: CONCURRENCY },
    "rules/keen.json": {
      on: { source: "station", collection: "reading" },
      when: { "after.kind": "keen" },
      then: [{ service: "sink", action: "request", with: { path: "/readings", body } }],
    },
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), JSON.stringify(content, null, 2));
  }
}

/** Opens the journal beside the process that makes it, once that reads its source. */
async function openBeside(path: string, running: Running): Promise<Journal> {
  const giveUpAt = Date.now() + STALLED_AFTER_MS;
  for (;;) {
    try {
      if (existsSync(path)) return openSqliteJournal({ path, owner: "beside" });
    } catch (error) {
      // Its tables are being made.
      if (Date.now() > giveUpAt) throw error;
    }
    if (Date.now() > giveUpAt) throw new Error(`No journal was made:\n${running.lastWords()}`);
    await wait(LOOK_EVERY_MS);
  }
}
