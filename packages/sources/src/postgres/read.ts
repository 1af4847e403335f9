import { PositionLost, SourceMisconfigured, type Batch, type Positions } from "@backstitch/core/source";
import { createBatches, PARTITION } from "./batches.ts";
import { createBell } from "./bell.ts";
import { connect, type Connection } from "./connect.ts";
import { createDecoder } from "./decoder.ts";
import { deliver } from "./deliver.ts";
import { inspect, primaryKeyOf, type Inspection } from "./inspect.ts";
import { createIntake, ToldInDoubt } from "./intake.ts";
import type { Lsn } from "./lsn.ts";
import type { Settings } from "./options.ts";
import type { RelationMessage } from "./pgoutput.ts";
import { formatPosition, parsePosition, type Position } from "./position.ts";
import { wantedTables } from "./snapshot/jobs.ts";
import { createSnapshots } from "./snapshot/snapshots.ts";
import { createSpool } from "./spool.ts";
import { startFrom } from "./start.ts";
import { createStream, type ReplicationStream } from "./stream.ts";
import { cutOnAbort } from "./wire.ts";

export interface ReadOptions {
  readonly settings: Settings;
  readonly positions: Positions;
  readonly accept: (batch: Batch) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Reads the slot from the journal's position until the signal aborts. @throws PositionLost, SourceMisconfigured, and a plain Error when the connection breaks. */
export async function readPostgres(options: ReadOptions): Promise<void> {
  const { accept, signal } = options;
  let { settings } = options;
  const positions = new Map(options.positions);
  async function moveOn(batch: Batch): Promise<void> {
    await accept(batch);
    positions.set(batch.partition, batch.to);
  }
  while (!signal.aborted) {
    try {
      return await readOnce({ settings, positions, accept: moveOn, signal });
    } catch (error) {
      // What was cut short because of the signal fails in many ways, none of which matters.
      if (signal.aborted) return;
      if (!(error instanceof ToldInDoubt)) throw error;
      settings = { ...settings, streaming: false };
    }
  }
}

async function readOnce(options: ReadOptions): Promise<void> {
  const { settings, positions, signal } = options;
  const from = positions.get(PARTITION);
  const position = from === undefined ? undefined : readPosition(settings.name, from);
  const connection = await connect(settings, { replication: true, signal });
  try {
    const inspection = await cutOnAbort(connection.client, signal, () => inspect(connection, settings));
    const wanted = await wantedTables(connection, settings);
    await stream(connection, inspection, { position, wanted }, options);
  } finally {
    await connection.close();
  }
}

function readPosition(name: string, text: string): Position {
  const position = parsePosition(text);
  if (position === undefined) throw new PositionLost(name, text, undefined, "that is not a position of a PostgreSQL source.");
  return position;
}

interface Start {
  readonly position: Position | undefined;
  /** The tables of which a snapshot is configured. */
  readonly wanted: readonly string[];
}

/** Joins the parts: chunks → intake → batches → deliver. */
async function stream(connection: Connection, inspection: Inspection, { position, wanted }: Start, options: ReadOptions): Promise<void> {
  const { settings, positions, accept, signal } = options;
  const from = positions.get(PARTITION);
  const { server, database, senderTimeoutMs, knows14 } = inspection;
  const { name: source, batch: most } = settings;
  const at = startingPoint(options, position, inspection);
  const batches = createBatches({ source, system: server.system, timeline: server.timeline, from, at, most });
  const decoder = createDecoder({ source, system: server.system, database, resume: position });
  const spool = createSpool();
  const bell = createBell();
  const progress = { durable: at, movedAt: settings.clock(), asked: false, failure: undefined as unknown, unanswered: 0 };

  function fail(error: unknown): void {
    progress.failure ??= error;
    bell.ring();
  }

  const asked = { settings, system: server.system, database, positions, wanted, signal };
  const snapshots = createSnapshots({ ...asked, tellsMessages: knows14, onReady: bell.ring, onFailure: fail });
  const intake = createIntake({
    decoder,
    batches,
    spool,
    snapshots,
    primaryKeyOf: (relation) => lookUpKey(settings, relation),
    onAsked() {
      progress.asked = true;
      replication.report(progress.durable);
    },
    onResumed: () => bell.ring(),
    onFailure: fail,
  });
  const replication: ReplicationStream = createStream(connection, settings, {
    onMessage: intake.take,
    onRead() {
      progress.unanswered = 0;
      bell.ring();
    },
    onEnd: fail,
    onGap: () => fail(publicationGap(settings, from ?? formatPosition({ ...server, lsn: at, within: undefined }))),
  });

  try {
    await replication.start({ at, knows14, streaming: settings.streaming }, signal);
    await deliver({ settings, senderTimeoutMs, batches, intake, replication, progress, bell, snapshots, accept, signal });
  } finally {
    spool.close();
  }
}

function publicationGap({ name, slot, publication }: Settings, from: string): PositionLost {
  const why = `the publication "${publication}" was dropped, and what was changed while it was gone cannot be read. Drop the slot "${slot}" and run "backstitch setup".`;
  return new PositionLost(name, from, undefined, why);
}

/** @throws PositionLost, SourceMisconfigured */
function startingPoint({ settings: { name, slot }, positions }: ReadOptions, position: Position | undefined, { server }: Inspection): Lsn {
  const from = positions.get(PARTITION) ?? "";
  const start = startFrom(slot, position, server);
  switch (start.kind) {
    case "at":
      return start.lsn;
    case "lost":
      throw new PositionLost(name, from, start.earliest, start.why);
    case "misconfigured":
      throw new SourceMisconfigured(`Source "${name}" cannot be read: ${start.why}`);
  }
}

/** On a connection of its own, since the stream's is busy. */
async function lookUpKey(settings: Settings, { id }: RelationMessage): Promise<readonly string[]> {
  const connection = await connect(settings);
  try {
    return await primaryKeyOf(connection, id);
  } finally {
    await connection.close();
  }
}
