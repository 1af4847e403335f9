import { setTimeout as wait } from "node:timers/promises";
import { explain, type Connection } from "./connect.ts";
import { formatLsn, type Lsn } from "./lsn.ts";
import type { Settings } from "./options.ts";
import { identifier, replicationLiteral } from "./sql.ts";
import { statusUpdate } from "./stream-message.ts";
import { type CopyListener, cutOnAbort, listenToCopy, wireOf } from "./wire.ts";

/** A replication stream: the rows come one way, and how far they are durable goes the other. */
export interface ReplicationStream {
  /** Resolves once the server sends. @throws where it will not, or the signal aborts first. */
  start(from: StreamStart, signal: AbortSignal): Promise<void>;
  /** Goes on after the listener wanted no more. */
  resume(): void;
  /** Tells the server what is durable here. `asks`: it shall say how far its log is. */
  report(durable: Lsn, asks?: boolean): void;
  /** Ends the stream in good order where the server answers soon, and otherwise cuts it. */
  close(): Promise<void>;
}

export interface StreamStart {
  readonly at: Lsn;
  /** Whether the server has what PostgreSQL 14 brought: it can be asked for what programs tell of their rows, and for streaming. */
  readonly knows14: boolean;
  /** Whether large transactions are wanted before they end, where the server can. */
  readonly streaming: boolean;
}

export interface StreamListener extends CopyListener {
  /** The stream ended and nobody closed it. */
  readonly onEnd: (error: Error) => void;
  /** The server passes over changes, or cannot pass them, since the publication was not there when they were made. */
  readonly onGap: () => void;
}

/** Before PostgreSQL 18 a publication that is missing ends the stream; since then a warning, and the stream goes on without the changes. */
const UNDEFINED_OBJECT = "42704";
const NOT_IN_PREREQUISITE_STATE = "55000";

const CLOSE_MS = 500;

export function createStream(
  connection: Connection,
  settings: Settings,
  { onMessage, onRead, onEnd, onGap }: StreamListener,
): ReplicationStream {
  const { client } = connection;
  let end: Promise<void> = Promise.resolve();
  let closing = false;
  const copy = listenToCopy(client, {
    onMessage: (buffer, at, end) => closing || onMessage(buffer, at, end),
    onRead: () => closing || onRead(),
  });
  // It comes before what follows the changes, so that nothing after them was taken.
  client.on("notice", ({ code }) => {
    if (!closing && code === NOT_IN_PREREQUISITE_STATE) onGap();
  });
  function broke(error: unknown): void {
    if (closing) return;
    if ((error as { code?: unknown }).code === UNDEFINED_OBJECT) onGap();
    else onEnd(explain(settings.name, error));
  }
  return {
    async start(from, signal) {
      const { ended } = await cutOnAbort(client, signal, () => startWhenFree(connection, settings, from, signal));
      end = ended.then(
        () => closing || onEnd(new Error(`The server of source "${settings.name}" ended the replication stream.`)),
        broke,
      ) as Promise<void>;
    },
    resume: copy.resume,
    report: (durable, asks = false) => wireOf(client).sendCopyFromChunk(statusUpdate(durable, settings.clock(), asks)),
    async close() {
      closing = true;
      copy.resume();
      wireOf(client).endCopyFrom();
      const timer = new AbortController();
      await Promise.race([end, wait(CLOSE_MS, undefined, { signal: timer.signal }).catch(() => undefined)]);
      timer.abort();
      await connection.close();
    },
  };
}

const SLOT_IN_USE = "55006";
const BUSY_TRIES = 30;
const BUSY_PAUSE_MS = 100;

/** A reader that has just gone may hold the slot for a moment longer. */
async function startWhenFree(
  connection: Connection,
  settings: Settings,
  from: StreamStart,
  signal: AbortSignal,
): Promise<{ readonly ended: Promise<unknown> }> {
  const { name, slot } = settings;
  for (let tries = 1; tries <= BUSY_TRIES; tries += 1) {
    const started = await tryToStart(connection, settings, from);
    if (started !== undefined) return started;
    await wait(BUSY_PAUSE_MS, undefined, { signal });
  }
  throw new Error(
    `The replication slot "${slot}" of source "${name}" is being read by another process, and only one can. Stop the other one.`,
  );
}

/** Resolves once the server sends, with the promise of the end in an object, since a bare one would be awaited; undefined: the slot is in use. */
async function tryToStart(
  { client }: Connection,
  settings: Settings,
  { at, knows14, streaming }: StreamStart,
): Promise<{ readonly ended: Promise<unknown> } | undefined> {
  const names = replicationLiteral(identifier(settings.publication));
  const slot = identifier(settings.slot);
  const version = knows14 && streaming ? "proto_version '2', streaming 'on'" : "proto_version '1'";
  const options = `${version}, publication_names ${names}${knows14 ? ", messages 'true'" : ""}`;
  const ended = client.query(`START_REPLICATION SLOT ${slot} LOGICAL ${formatLsn(at)} (${options})`);
  const started = Promise.withResolvers<unknown>();
  wireOf(client).once("replicationStart", started.resolve);
  try {
    await Promise.race([started.promise, ended]);
    return { ended };
  } catch (error) {
    if ((error as { code?: unknown }).code === SLOT_IN_USE) return undefined;
    throw explain(settings.name, error);
  } finally {
    wireOf(client).off("replicationStart", started.resolve);
  }
}
