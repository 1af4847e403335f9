import { randomUUID } from "node:crypto";
import { type ChangeEvent, type Positions } from "@backstitch/core/source";
import { createBell } from "../bell.ts";
import type { Lsn } from "../lsn.ts";
import type { Settings } from "../options.ts";
import { createJobs } from "./jobs.ts";
import { parseRequest, type LogMessage } from "./message.ts";
import { createOutbox, type Outgoing } from "./outbox.ts";
import { INITIAL, type SnapshotName } from "./position.ts";
import { readTable } from "./reader.ts";
import { createTouched } from "./touched.ts";

/** The snapshots of one reading of a source: what they need to see of the log, and what they put between its batches. */
export interface Snapshots {
  /** A change was read from the log. @param xid The lower 32 bits of its transaction's number. */
  saw(event: ChangeEvent, xid: number): void;
  /** All rows of these tables went, without a change of each. */
  sawTruncated(collections: readonly string[], xid: number): void;
  /** A message was read from the log. @param commit Where its transaction's commit record begins. */
  told(message: LogMessage, commit: Lsn): void;
  /** What must be recorded before anything that was read from the log. */
  takeBegin(): Outgoing | undefined;
  /** What may be recorded after all that was committed up to `settled` is. */
  take(settled: Lsn): Outgoing | undefined;
  /** Begins to read what is to be read. */
  start(): void;
  /** Resolves once nothing is read any more. */
  stop(): Promise<void>;
}

export interface SnapshotsOptions {
  readonly settings: Settings;
  readonly system: string;
  readonly database: string;
  /** Whether the server sends what programs tell, without which there are no snapshots. */
  readonly tellsMessages: boolean;
  readonly positions: Positions;
  /** The tables that are configured. */
  readonly wanted: readonly string[];
  /** There is something to record. */
  readonly onReady: () => void;
  /** Nothing more is read. */
  readonly onFailure: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** @throws PositionLost where the journal has what is no position of a snapshot. */
export function createSnapshots(options: SnapshotsOptions): Snapshots {
  const { settings, system, database, wanted, onReady, onFailure } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const progress = createBell();
  const touched = createTouched(progress.ring);
  const frame = { source: settings.name, system, database, touched };
  const outbox = createOutbox({ ...frame, mostEvents: settings.batch.events, onRecorded: progress.ring });
  const jobs = createJobs(settings.name, options.positions, wanted);
  const reading = randomUUID();
  let marks = 0;
  let running: Promise<void> | undefined;

  function begin(names: readonly SnapshotName[]): void {
    for (const job of jobs.add(names)) outbox.begin(job);
    onReady();
    progress.ring();
  }

  async function run(): Promise<void> {
    signal.addEventListener("abort", progress.ring, { once: true });
    while (!signal.aborted) {
      const job = jobs.next();
      if (job === undefined) await progress.wait();
      else await readTable(job, { ...options, signal, outbox, touched, progress, begin, nextMark: () => `${reading}/${++marks}` });
    }
  }

  return {
    saw: touched.saw,
    sawTruncated: touched.sawTruncated,
    told({ prefix, text }, commit) {
      if (prefix === "backstitch-snapshot") return outbox.reached(text, commit);
      const request = parseRequest(text, settings.slot);
      if (request !== undefined) begin(request.collections.map((collection) => ({ id: request.id, collection })));
    },
    takeBegin: outbox.takeBegin,
    take: outbox.take,
    start() {
      begin(wanted.map((collection) => ({ id: INITIAL, collection })));
      running = run().catch(onFailure);
    },
    async stop() {
      stop.abort();
      await running;
    },
  };
}
