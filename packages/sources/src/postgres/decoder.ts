import type { ChangeEvent } from "@backstitch/core/source";
import { changeEvent, type EventFrame } from "./change.ts";
import type { Lsn } from "./lsn.ts";
import { MalformedMessage, type Message, type RelationMessage, type RowMessage } from "./pgoutput.ts";
import type { ChangePlace, Position } from "./position.ts";
import { keyIsToldBy, relationFrom, type Relation } from "./relation.ts";
import type { LogMessage } from "./snapshot/message.ts";
import { announcedType, type Convert } from "./types.ts";

/** What a message was worth. */
export type Decoded =
  | { readonly kind: "event"; readonly event: ChangeEvent; readonly commit: Lsn; readonly place: ChangePlace; readonly xid: number }
  | { readonly kind: "commit"; readonly end: Lsn }
  | { readonly kind: "truncated"; readonly collections: readonly string[]; readonly xid: number }
  | { readonly kind: "told"; readonly message: LogMessage; readonly commit: Lsn }
  /** The rows that follow can be read once {@link Decoder.learn} was told the table's primary key. */
  | { readonly kind: "unknown-key"; readonly relation: RelationMessage }
  | { readonly kind: "nothing" };

/** Remembers what the server says once: tables, types, and the transaction under way. */
export interface Decoder {
  /** @param lsn Where in the log the message comes from. @throws MalformedMessage */
  take(message: Message, lsn: Lsn): Decoded;
  learn(relation: RelationMessage, primaryKey: readonly string[]): void;
  /** Whether a transaction has begun and not ended. */
  readonly inTransaction: boolean;
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
  readonly idPrefix: string;
  readonly skipTo: ChangePlace | undefined;
  last: ChangePlace | undefined;
  /** As the last message about it told; also where what it is told of is skipped. */
  hops: number | undefined;
}

const NOTHING: Decoded = { kind: "nothing" };

export function createDecoder(options: DecoderOptions): Decoder {
  const relations = new Map<number, Relation>();
  const types = new Map<number, Convert>();
  let transaction: Transaction | undefined;

  function row(message: RowMessage, lsn: Lsn): Decoded {
    if (transaction === undefined) throw new MalformedMessage("A row was sent outside a transaction.");
    const relation = relations.get(message.relation);
    if (relation === undefined) throw new MalformedMessage(`A row was sent of a table (OID ${message.relation}) that was not described.`);
    const { commit, skipTo, xid } = transaction;
    const place = nextPlace(transaction, lsn);
    if (skipTo !== undefined && !isAfter(place, skipTo)) return NOTHING;
    return { kind: "event", event: changeEvent(frameOf(options, transaction, place), relation, message), commit, place, xid };
  }

  return {
    get inTransaction() {
      return transaction !== undefined;
    },
    learn(relation, primaryKey) {
      relations.set(relation.id, relationFrom(relation, types, primaryKey));
    },
    take(message, lsn) {
      switch (message.kind) {
        case "insert":
        case "update":
        case "delete":
          return row(message, lsn);
        case "begin":
          transaction = begun(options, message);
          return NOTHING;
        case "commit":
          transaction = undefined;
          return { kind: "commit", end: message.end };
        case "relation":
          if (!keyIsToldBy(message)) return { kind: "unknown-key", relation: message };
          relations.set(message.id, relationFrom(message, types));
          return NOTHING;
        case "type":
          types.set(message.id, announcedType(message.schema, message.name));
          return NOTHING;
        case "hops":
          if (transaction !== undefined) transaction.hops = message.hops;
          return NOTHING;
        case "truncate":
        case "told":
        case "none":
          return aside(message, relations, transaction);
      }
    },
  };
}

/** What makes no event. */
function aside(
  message: Extract<Message, { kind: "truncate" | "told" | "none" }>,
  relations: ReadonlyMap<number, Relation>,
  transaction: Transaction | undefined,
): Decoded {
  if (transaction === undefined || message.kind === "none") return NOTHING;
  const { xid, commit } = transaction;
  if (message.kind === "told") return { kind: "told", message: message.message, commit };
  const collections = message.relations.map((id) => relations.get(id)?.collection).filter((collection) => collection !== undefined);
  return { kind: "truncated", collections, xid };
}

function begun({ system, resume }: DecoderOptions, { commit, committedAt, xid }: Extract<Message, { kind: "begin" }>): Transaction {
  const skipTo = resume?.within !== undefined && resume.lsn === commit ? resume.within : undefined;
  const idPrefix = `${system}/${hexadecimal(commit)}/${committedAt}/`;
  return { xid, commit, committedAt: timestampOf(committedAt), idPrefix, skipTo, last: undefined, hops: undefined };
}

function nextPlace(transaction: Transaction, change: Lsn): ChangePlace {
  const { last } = transaction;
  return (transaction.last = { change, index: last?.change === change ? last.index + 1 : 0 });
}

/** System id, commit LSN, commit time, change LSN, number: an LSN alone is given again after a point-in-time restore. */
function frameOf(
  { source, database }: DecoderOptions,
  { idPrefix, committedAt, hops }: Transaction,
  { change, index }: ChangePlace,
): EventFrame {
  return { id: `${idPrefix}${hexadecimal(change)}/${index}`, source, database, committedAt, hops };
}

function isAfter(place: ChangePlace, other: ChangePlace): boolean {
  return place.change === other.change ? place.index > other.index : place.change > other.change;
}

function hexadecimal(lsn: Lsn): string {
  return lsn.toString(16).toUpperCase();
}

/** Microseconds from 1970 to 2000, where PostgreSQL's clock starts. */
const EPOCH = 946_684_800_000_000n;

function timestampOf(microseconds: bigint): string {
  const unix = microseconds + EPOCH;
  const fraction = ((unix % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((unix - fraction) / 1000n)).toISOString().slice(0, 19);
  return `${seconds}.${fraction.toString().padStart(6, "0")}Z`;
}
