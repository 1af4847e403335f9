import type { Batches } from "./batches.ts";
import type { Decoder } from "./decoder.ts";
import { decodeMessage, type RelationMessage } from "./pgoutput.ts";
import type { Snapshots } from "./snapshot/snapshots.ts";
import { readStreamMessage } from "./stream-message.ts";

/** Turns what the stream brings into batches. */
export interface Intake {
  /** Reads a chunk at once; while a table's key is being looked up, keeps a copy for later. Never throws: see `onFailure`. */
  take(chunk: Buffer): void;
  /** Whether a lookup is under way: nothing more should be read. */
  readonly waiting: boolean;
}

export interface IntakeOptions {
  readonly decoder: Decoder;
  readonly batches: Batches;
  readonly primaryKeyOf: (relation: RelationMessage) => Promise<readonly string[]>;
  /** Sees what is read as soon as it is. */
  readonly snapshots: Pick<Snapshots, "saw" | "sawTruncated" | "told">;
  /** The server wants to know at once how far this side is. */
  readonly onAsked: () => void;
  /** A lookup ended, and what was kept is read. */
  readonly onResumed: () => void;
  /** A message or a lookup failed; nothing after it is read. */
  readonly onFailure: (error: unknown) => void;
}

export function createIntake(options: IntakeOptions): Intake {
  const { decoder, primaryKeyOf, onResumed, onFailure } = options;
  let held: Buffer[] | undefined;
  let failed = false;

  function fail(error: unknown): void {
    failed = true;
    onFailure(error);
  }

  function take(chunk: Buffer): void {
    if (failed) return;
    if (held !== undefined) {
      held.push(Buffer.from(chunk));
      return;
    }
    try {
      const unknown = readChunk(chunk, options);
      if (unknown === undefined) return;
      held = [];
      void lookUp(unknown);
    } catch (error) {
      fail(error);
    }
  }

  async function lookUp(relation: RelationMessage): Promise<void> {
    try {
      decoder.learn(relation, await primaryKeyOf(relation));
    } catch (error) {
      return fail(error);
    }
    const chunks = held ?? [];
    held = undefined;
    for (const chunk of chunks) take(chunk);
    onResumed();
  }

  return {
    take,
    get waiting() {
      return held !== undefined;
    },
  };
}

/** Returns the table whose key has to be looked up before anything else is read. @throws MalformedMessage */
function readChunk(chunk: Buffer, { decoder, batches, snapshots, onAsked }: IntakeOptions): RelationMessage | undefined {
  const message = readStreamMessage(chunk);
  if (message.kind === "keepalive") {
    // Inside a transaction the server's place is past changes that were not sent yet.
    if (!decoder.inTransaction) batches.commit(message.end);
    if (message.asks) onAsked();
    return undefined;
  }
  const decoded = decoder.take(decodeMessage(chunk, message.at), message.lsn);
  switch (decoded.kind) {
    case "event":
      snapshots.saw(decoded.event, decoded.xid);
      batches.add(decoded.event, chunk.length - message.at, decoded.commit, decoded.place);
      return undefined;
    case "commit":
      batches.commit(decoded.end);
      return undefined;
    case "truncated":
      snapshots.sawTruncated(decoded.collections, decoded.xid);
      return undefined;
    case "told":
      snapshots.told(decoded.message, decoded.commit);
      return undefined;
    case "unknown-key":
      return decoded.relation;
    case "nothing":
      return undefined;
  }
}
