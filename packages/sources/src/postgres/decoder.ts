import type { ChangeEvent } from "@backstitch/core/source";
import { changeEvent } from "./change.ts";
import type { Lsn } from "./lsn.ts";
import { MalformedMessage, type Message, type RelationMessage } from "./pgoutput.ts";
import type { Position, RowPlace } from "./position.ts";
import { createRelations, type Relations } from "./relations.ts";
import { keyIsToldBy, relationFrom } from "./relation.ts";
import { createRowIds } from "./row-ids.ts";
import type { RowMessage } from "./row-message.ts";
import { createRowReader } from "./row-reader.ts";
import type { LogMessage } from "./snapshot/message.ts";
import { announcedType, type Convert } from "./types.ts";

/** What a message was worth. */
export type Decoded =
  | { readonly kind: "commit"; readonly end: Lsn }
  | { readonly kind: "truncated"; readonly collections: readonly string[]; readonly xid: number }
  | { readonly kind: "told"; readonly message: LogMessage; readonly commit: Lsn }
  /** The rows that follow can be read once {@link Decoder.learn} was told the table's primary key. */
  | { readonly kind: "unknown-key"; readonly relation: RelationMessage; readonly order: number }
  /** What follows is kept until the transaction ends. */
  | { readonly kind: "stream"; readonly xid: number | undefined }
  | { readonly kind: "abort"; readonly top: number; readonly xid: number }
  /** What was kept of the transaction is read now, and then {@link Decoder.leave} called. */
  | { readonly kind: "replay"; readonly xid: number; readonly end: Lsn }
  | { readonly kind: "nothing" };

/** Remembers what the server says once: tables, types, and the transaction under way. */
export interface Decoder {
  /** @param order How many descriptions of tables came before it. @throws MalformedMessage */
  take(message: Message, order: number): Decoded;
  /**
   * The event of a row; undefined: the journal has it, or it is none for rules. `high` and `low`: where in the log the change is.
   * @throws MalformedMessage
   */
  row(message: RowMessage, high: number, low: number): ChangeEvent | undefined;
  learn(relation: RelationMessage, order: number, primaryKey: readonly string[]): void;
  /** All that was kept of a transaction was read. */
  leave(): void;
  /** Where the last row of the transaction under way is; undefined: none is. */
  readonly place: (RowPlace & { readonly xid: number }) | undefined;
}

export interface DecoderOptions {
  readonly source: string;
  readonly system: string;
  readonly database: string;
  /** Where the journal stopped: inside a transaction, what it has of that one is skipped. */
  readonly resume: Position | undefined;
}

interface Transaction {
  readonly xid: number;
  readonly commit: Lsn;
  readonly committedAt: string;
  readonly idOf: (high: number, low: number, index: number) => string;
  readonly skipTo: RowPlace | undefined;
  high: number;
  low: number;
  index: number;
  /** As the last message about it told; also where what it is told of is skipped. */
  hops: number | undefined;
}

interface State {
  readonly options: DecoderOptions;
  readonly relations: Relations;
  readonly types: Map<number, Convert>;
  transaction: Transaction | undefined;
}

const NOTHING: Decoded = { kind: "nothing" };

export function createDecoder(options: DecoderOptions): Decoder {
  const state: State = { options, relations: createRelations(), types: new Map(), transaction: undefined };
  return {
    get place() {
      return state.transaction;
    },
    take: (message, order) => understood(state, message, order),
    row: (message, high, low) => eventOf(state, message, high, low),
    learn: (relation, order, primaryKey) => learn(state, relation, order, primaryKey),
    leave() {
      state.relations.leave();
      state.transaction = undefined;
    },
  };
}

function understood(state: State, message: Message, order: number): Decoded {
  switch (message.kind) {
    case "begin":
      state.transaction = begun(state.options, message);
      return NOTHING;
    case "commit":
      state.transaction = undefined;
      return { kind: "commit", end: message.end };
    case "stream-start":
      return { kind: "stream", xid: message.xid };
    case "stream-stop":
      return { kind: "stream", xid: undefined };
    case "stream-abort":
      return { kind: "abort", top: message.top, xid: message.xid };
    case "stream-commit":
      state.transaction = begun(state.options, message);
      state.relations.enter();
      return { kind: "replay", xid: message.xid, end: message.end };
    case "relation":
      if (!keyIsToldBy(message)) return { kind: "unknown-key", relation: message, order };
      learn(state, message, order);
      return NOTHING;
    case "type":
      state.types.set(message.id, announcedType(message.schema, message.name));
      return NOTHING;
    case "hops":
      if (state.transaction !== undefined) state.transaction.hops = message.hops;
      return NOTHING;
    case "truncate":
    case "told":
    case "none":
      return aside(state, message);
  }
}

/** What makes no event. */
function aside({ relations, transaction }: State, message: Extract<Message, { kind: "truncate" | "told" | "none" }>): Decoded {
  if (transaction === undefined || message.kind === "none") return NOTHING;
  const { xid, commit } = transaction;
  if (message.kind === "told") return { kind: "told", message: message.message, commit };
  const collections = message.relations.flatMap((id) => relations.get(id)?.relation.collection ?? []);
  return { kind: "truncated", collections, xid };
}

function learn({ relations, types }: State, relation: RelationMessage, order: number, primaryKey?: readonly string[]): void {
  relations.set(relation.id, createRowReader(relationFrom(relation, types, primaryKey)), order);
}

function eventOf({ options, relations, transaction }: State, message: RowMessage, high: number, low: number): ChangeEvent | undefined {
  if (transaction === undefined) throw new MalformedMessage("A row was sent outside a transaction.");
  const reader = relations.get(message.relation);
  if (reader === undefined) throw new MalformedMessage(`A row was sent of a table (OID ${message.relation}) that was not described.`);
  moveTo(transaction, high, low);
  const { skipTo, committedAt, hops, index } = transaction;
  if (reader.relation.isOwn || (skipTo !== undefined && !isAfter(transaction, skipTo))) return undefined;
  const { source, database } = options;
  return changeEvent({ id: transaction.idOf(high, low, index), source, database, committedAt, hops }, reader, message);
}

type Start = Extract<Message, { kind: "begin" | "stream-commit" }>;

/** Ids are system id, commit LSN, commit time, change LSN, number: an LSN alone is given again after a point-in-time restore. */
function begun({ system, resume }: DecoderOptions, { commit, committedAt, xid }: Start): Transaction {
  const idOf = createRowIds(`${system}/${commit.toString(16).toUpperCase()}/${committedAt}/`);
  const fixed = { xid, commit, committedAt: timestampOf(committedAt), idOf, skipTo: skipped(resume, commit) };
  return { ...fixed, high: 0, low: 0, index: -1, hops: undefined };
}

/** The last of a transaction's changes that the journal has. */
function skipped(resume: Position | undefined, commit: Lsn): RowPlace | undefined {
  if (resume?.within === undefined || resume.lsn !== commit) return undefined;
  const { change, index } = resume.within;
  return { commit, high: Number(change >> 32n), low: Number(change & 0xffffffffn), index };
}

/** Several rows that one log record wrote share its LSN, and are numbered. */
function moveTo(transaction: Transaction, high: number, low: number): void {
  if (transaction.low === low && transaction.high === high) transaction.index += 1;
  else {
    transaction.high = high;
    transaction.low = low;
    transaction.index = 0;
  }
}

function isAfter(place: RowPlace, other: RowPlace): boolean {
  if (place.high !== other.high) return place.high > other.high;
  return place.low === other.low ? place.index > other.index : place.low > other.low;
}

/** Microseconds from 1970 to 2000, where PostgreSQL's clock starts. */
const EPOCH = 946_684_800_000_000n;

/** To the microsecond until the year 2255. */
function timestampOf(microseconds: bigint): string {
  const unix = Number(microseconds + EPOCH);
  const milliseconds = Math.floor(unix / 1000);
  const rest = String(unix - milliseconds * 1000).padStart(3, "0");
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${rest}Z`;
}
