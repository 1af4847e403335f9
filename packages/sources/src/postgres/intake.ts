import type { Batches } from "./batches.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import type { Lsn } from "./lsn.ts";
import { decodeMessage, type RelationMessage } from "./pgoutput.ts";
import { decodeRow, isRowMessage } from "./row-message.ts";
import type { Snapshots } from "./snapshot/snapshots.ts";
import type { CommittedMessages, Spool } from "./spool.ts";
import { readStreamMessage } from "./stream-message.ts";

/** Turns what the stream brings into batches. */
export interface Intake {
  /** Reads a message at once. Whether more can be taken: see `blocked`. Never throws: see `onFailure`. */
  take(buffer: Buffer, at: number, end: number): boolean;
  /** Reads on in what was kept of a transaction until a batch is full. Whether it read anything. Never throws. */
  goOn(): boolean;
  /** Whether nothing more should be read: a batch is full, a table's key is being looked up, or a transaction that was kept is being read. */
  readonly blocked: boolean;
}

/** A transaction has to be read again, sent whole: only then is it known whether what a program told of its rows was rolled back. */
export class ToldInDoubt extends Error {
  override readonly name = "ToldInDoubt";
}

export interface IntakeOptions {
  readonly decoder: Decoder;
  readonly batches: Batches;
  readonly spool: Spool;
  /** Sees what is read as soon as it is. */
  readonly snapshots: Pick<Snapshots, "saw" | "sawTruncated" | "told">;
  readonly primaryKeyOf: (relation: RelationMessage) => Promise<readonly string[]>;
  /** The server wants to know at once how far this side is. */
  readonly onAsked: () => void;
  /** A lookup ended. */
  readonly onResumed: () => void;
  /** A message or a lookup failed; nothing after it is read. */
  readonly onFailure: (error: unknown) => void;
}

interface State {
  readonly options: IntakeOptions;
  lookingUp: boolean;
  failed: boolean;
  /** The transaction of which the server is sending a part before it ends. */
  streamed: number | undefined;
  /** The transaction that was kept and is being read. */
  replay: { readonly messages: CommittedMessages; readonly end: Lsn } | undefined;
  /** How many descriptions of tables have come. */
  described: number;
}

export function createIntake(options: IntakeOptions): Intake {
  const state: State = { options, lookingUp: false, failed: false, streamed: undefined, replay: undefined, described: 0 };
  return {
    take(buffer, at, end) {
      if (!state.failed) guarded(state, () => read(state, buffer, at, end));
      return !isBlocked(state);
    },
    goOn() {
      if (state.replay === undefined || state.lookingUp || state.failed || options.batches.full) return false;
      guarded(state, () => replay(state));
      return true;
    },
    get blocked() {
      return isBlocked(state);
    },
  };
}

function isBlocked({ failed, lookingUp, replay: under, options }: State): boolean {
  return failed || lookingUp || under !== undefined || options.batches.full;
}

function guarded(state: State, work: () => void): void {
  try {
    work();
  } catch (error) {
    fail(state, error);
  }
}

function fail(state: State, error: unknown): void {
  state.failed = true;
  state.options.onFailure(error);
}

/** @throws MalformedMessage, and Error where it cannot be kept */
function read(state: State, buffer: Buffer, at: number, end: number): void {
  const { decoder, batches, onAsked } = state.options;
  const message = readStreamMessage(buffer, at, end);
  if (message.kind === "keepalive") {
    // Inside a transaction the server's place is past changes that were not sent yet.
    if (decoder.place === undefined && state.streamed === undefined) batches.commit(message.end);
    if (message.asks) onAsked();
    return;
  }
  const { high, low, at: from } = message;
  const placed = { high, low, buffer, at: from, end };
  if (state.streamed === undefined) understand(state, placed, state.described);
  else if (isOfRows(buffer[from])) keep(state, state.streamed, placed);
  else act(state, decoder.take(decodeMessage(buffer.subarray(from, end)), state.described));
  if (buffer[from] === RELATION) state.described += 1;
}

const RELATION = 0x52;
const TYPE = 0x59;
const TOLD = 0x4d;
const TRUNCATE = 0x54;

/** What a streamed transaction has its number in. */
function isOfRows(tag: number | undefined): boolean {
  return isRowMessage(tag) || tag === RELATION || tag === TYPE || tag === TOLD || tag === TRUNCATE;
}

/** @throws Error where it cannot be kept */
function keep({ options: { spool }, described }: State, top: number, message: Placed): void {
  const { buffer, at, end } = message;
  if (buffer[at] === RELATION) return spool.add(top, { ...message, high: 0, low: described });
  if (buffer[at] === TOLD) {
    const { kind } = decodeMessage(Buffer.concat([buffer.subarray(at, at + 1), buffer.subarray(at + 5, end)]));
    // What others tell may be long.
    if (kind === "none") return;
    spool.tell(top);
  }
  spool.add(top, message);
}

interface Placed {
  readonly high: number;
  readonly low: number;
  readonly buffer: Buffer;
  readonly at: number;
  readonly end: number;
}

/** @throws MalformedMessage */
function understand(state: State, { high, low, buffer, at, end }: Placed, order: number): void {
  const { decoder, batches, snapshots } = state.options;
  if (!isRowMessage(buffer[at])) return act(state, decoder.take(decodeMessage(buffer.subarray(at, end)), order));
  const event = decoder.row(decodeRow(buffer, at, end), high, low);
  if (event === undefined || decoder.place === undefined) return;
  snapshots.saw(event, decoder.place.xid);
  batches.add(event, end - at, decoder.place);
}

function act(state: State, decoded: Decoded): void {
  const { batches, spool, snapshots } = state.options;
  switch (decoded.kind) {
    case "nothing":
      return;
    case "commit":
      return batches.commit(decoded.end);
    case "truncated":
      return snapshots.sawTruncated(decoded.collections, decoded.xid);
    case "told":
      return snapshots.told(decoded.message, decoded.commit);
    case "unknown-key":
      state.lookingUp = true;
      return void lookUp(state, decoded.relation, decoded.order);
    case "stream":
      state.streamed = decoded.xid;
      return;
    case "abort":
      return spool.abort(decoded.top, decoded.xid);
    case "replay":
      state.replay = { messages: spool.take(decoded.xid), end: decoded.end };
      if (state.replay.messages.inDoubt) throw new ToldInDoubt();
      return replay(state);
  }
}

/** Reads what was kept of a transaction as if it came now. */
function replay(state: State): void {
  const { decoder, batches } = state.options;
  while (state.replay !== undefined && !state.lookingUp && !batches.full) {
    const { messages, end } = state.replay;
    const message = messages.next();
    if (message !== undefined) understand(state, message, message.low);
    else {
      messages.close();
      state.replay = undefined;
      decoder.leave();
      batches.commit(end);
    }
  }
}

async function lookUp(state: State, relation: RelationMessage, order: number): Promise<void> {
  const { decoder, primaryKeyOf, onResumed } = state.options;
  try {
    decoder.learn(relation, order, await primaryKeyOf(relation));
  } catch (error) {
    return fail(state, error);
  }
  state.lookingUp = false;
  onResumed();
}
