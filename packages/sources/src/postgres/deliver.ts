import type { Batch } from "@backstitch/core/source";
import type { Batches, OutgoingBatch } from "./batches.ts";
import type { Bell } from "./bell.ts";
import type { Intake } from "./intake.ts";
import type { Lsn } from "./lsn.ts";
import type { Settings } from "./options.ts";
import type { Outgoing } from "./snapshot/outbox.ts";
import type { Snapshots } from "./snapshot/snapshots.ts";
import type { ReplicationStream } from "./stream.ts";

/** Where the reading is; the intake writes `asked` and `failure`, the delivery reads them. */
export interface Progress {
  /** The end of the last whole commit that the journal has. */
  durable: Lsn;
  /** When the position last moved. Epoch milliseconds. */
  movedAt: number;
  /** The server waits to hear how far this side is, perhaps because it shuts down. */
  asked: boolean;
  failure: unknown;
  /** How often the server was asked to answer since it was last heard. */
  unanswered: number;
}

export interface DeliverOptions {
  readonly settings: Settings;
  readonly senderTimeoutMs: number;
  readonly batches: Batches;
  readonly intake: Intake;
  readonly replication: ReplicationStream;
  readonly progress: Progress;
  readonly bell: Bell;
  readonly snapshots: Omit<Snapshots, "saw" | "sawTruncated" | "told">;
  readonly accept: (batch: Batch) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Hands batches to the journal, one at a time, and tells the server of whole commits after the journal has them. */
export async function deliver(options: DeliverOptions): Promise<void> {
  const { replication, progress, snapshots, bell, signal } = options;
  const timer = setInterval(() => tick(options), tickMs(options));
  let later: NodeJS.Timeout | undefined;
  function report(): void {
    later = undefined;
    replication.report(progress.durable);
  }
  signal.addEventListener("abort", bell.ring, { once: true });
  snapshots.start();
  try {
    await deliverAll(options, () => (later ??= setTimeout(report, REPORT_EVERY_MS)));
  } finally {
    clearInterval(timer);
    clearTimeout(later);
    report();
    signal.removeEventListener("abort", bell.ring);
    await Promise.all([snapshots.stop(), replication.close()]);
  }
}

/** A server that was told of every batch would have this side write as often as it reads. */
const REPORT_EVERY_MS = 100;

async function deliverAll(options: DeliverOptions, report: () => void): Promise<void> {
  const { intake, replication, progress, bell, accept, signal } = options;
  // In turn, so that neither a busy log nor a large table keeps the other waiting.
  for (let turn: Turn = "log"; !signal.aborted; turn = turn === "log" ? "snapshot" : "log") {
    if (progress.failure !== undefined) throw progress.failure;
    const next = nextOf(options, turn, report);
    if (intake.goOn()) bell.ring();
    if (!intake.blocked) replication.resume();
    if (next === undefined) {
      await bell.wait();
      continue;
    }
    await accept(next.batch);
    next.recorded();
  }
}

type Turn = "log" | "snapshot";

/** The position of the log may not pass what asked for a snapshot before that is recorded as begun. */
function nextOf(options: DeliverOptions, turn: Turn, report: () => void): Outgoing | undefined {
  const { snapshots, batches } = options;
  const begin = snapshots.takeBegin();
  if (begin !== undefined) return begin;
  if (turn === "log") return nextOfLog(options, report) ?? snapshots.take(batches.settled);
  return snapshots.take(batches.settled) ?? nextOfLog(options, report);
}

function nextOfLog({ settings, batches, progress }: DeliverOptions, report: () => void): Outgoing | undefined {
  const next = nextBatch(batches, progress, settings);
  if (next === undefined) return undefined;
  return {
    batch: next.batch,
    recorded() {
      progress.movedAt = settings.clock();
      progress.durable = next.acknowledges;
      report();
    },
  };
}

function nextBatch(batches: Batches, progress: Progress, { clock, heartbeatMs }: Settings): OutgoingBatch | undefined {
  const batch = batches.take();
  if (batch !== undefined) return batch;
  // Either way: the clock may have been set back.
  const due = progress.asked || Math.abs(clock() - progress.movedAt) >= heartbeatMs;
  progress.asked = false;
  return due ? batches.takeHeartbeat() : undefined;
}

/** Also while the stream is paused: a full journal must not look like a dead reader to the server. */
function tick(options: DeliverOptions): void {
  const { settings, intake, replication, progress, bell } = options;
  // Questions are counted and not the time, which also passes while this process is busy or suspended.
  progress.unanswered = intake.blocked ? 0 : progress.unanswered + 1;
  const silentMs = progress.unanswered * tickMs(options);
  if (silentMs > patienceMs(options)) {
    const forSo = `for ${Math.round(silentMs / 1000)} s`;
    progress.failure ??= new Error(`The server of source "${settings.name}" has not answered ${forSo}: the connection to it is dead.`);
  } else replication.report(progress.durable, true);
  bell.ring();
}

/** A server that is at work on one large transaction answers within its own limit, after which it would give this side up. */
function patienceMs({ settings: { silenceMs }, senderTimeoutMs }: DeliverOptions): number {
  return Math.max(silenceMs, 2 * senderTimeoutMs);
}

const LONGEST_TICK_MS = 10_000;
const SHORTEST_TICK_MS = 50;

/** Often enough for the heartbeat, and three times before the server would give this side up. */
function tickMs({ settings: { heartbeatMs }, senderTimeoutMs }: DeliverOptions): number {
  const patience = senderTimeoutMs > 0 ? senderTimeoutMs / 3 : LONGEST_TICK_MS;
  return Math.max(SHORTEST_TICK_MS, Math.min(heartbeatMs / 2, patience, LONGEST_TICK_MS));
}
