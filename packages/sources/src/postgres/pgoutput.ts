import { MOST_HOPS } from "@backstitch/core/source";
import { readByte, readInt16, readInt32, readInt64, readName, readText, type Cursor } from "./cursor.ts";
import type { Lsn } from "./lsn.ts";
import { MESSAGE_PREFIXES, type LogMessage } from "./snapshot/message.ts";

/** A column's value as the server prints it; null is SQL null; undefined: an unchanged TOAST value, which was not sent. */
export type Cell = string | null | undefined;
export type Tuple = readonly Cell[];

/** What identifies a row of the table in updates and deletes: default key, index, full row, nothing. */
export type Identity = "d" | "i" | "f" | "n";

export interface RelationMessage {
  readonly kind: "relation";
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  readonly identity: Identity;
  readonly columns: readonly { readonly name: string; readonly typeId: number; readonly identifies: boolean }[];
}

/** What is told beside the rows. */
export type Message =
  | RelationMessage
  /** `committedAt`: microseconds since 2000-01-01 UTC. */
  | { readonly kind: "begin"; readonly commit: Lsn; readonly committedAt: bigint; readonly xid: number }
  | { readonly kind: "commit"; readonly end: Lsn }
  /** What follows is of this transaction, which has not ended, until `stream-stop`. */
  | { readonly kind: "stream-start"; readonly xid: number }
  | { readonly kind: "stream-stop" }
  | { readonly kind: "stream-commit"; readonly xid: number; readonly commit: Lsn; readonly end: Lsn; readonly committedAt: bigint }
  /** A part of the transaction `top` was rolled back, or where both are the same all of it. */
  | { readonly kind: "stream-abort"; readonly top: number; readonly xid: number }
  | { readonly kind: "type"; readonly id: number; readonly schema: string; readonly name: string }
  /** What a program told of the rows that it writes after this in the same transaction. */
  | { readonly kind: "hops"; readonly hops: number }
  /** Tables that lost all their rows. */
  | { readonly kind: "truncate"; readonly relations: readonly number[] }
  /** What a program told this source's reader. */
  | { readonly kind: "told"; readonly message: LogMessage }
  /** Origin and other messages of programs change no row. */
  | { readonly kind: "none" };

/** The server sent what the protocol does not have: a bug in one of the two, never a matter of the rows. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";
}

/**
 * Reads one message of the `pgoutput` plug-in, protocol version 1 or 2, that is not about a row.
 * https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 * @throws MalformedMessage
 */
export function decodeMessage(buffer: Buffer, at = 0): Message {
  try {
    return decode({ buffer, at });
  } catch (error) {
    if (error instanceof MalformedMessage) throw error;
    throw new MalformedMessage(
      `A replication message of ${buffer.length - at} bytes cannot be read: it ends in the middle or is not of protocol version 1 or 2.`,
    );
  }
}

function decode(cursor: Cursor): Message {
  const tag = String.fromCharCode(readByte(cursor));
  switch (tag) {
    case "B":
      return { kind: "begin", commit: readInt64(cursor), committedAt: BigInt.asIntN(64, readInt64(cursor)), xid: readInt32(cursor) };
    case "C":
      // One byte of flags and the commit record's own LSN come first.
      cursor.at += 9;
      return { kind: "commit", end: readInt64(cursor) };
    case "R":
      return relation(cursor);
    case "Y":
      return { kind: "type", id: readInt32(cursor), schema: readName(cursor), name: readName(cursor) };
    case "M":
      return told(cursor);
    case "S":
      return { kind: "stream-start", xid: readInt32(cursor) };
    case "E":
      return { kind: "stream-stop" };
    case "c":
      return streamCommit(cursor);
    case "A":
      return { kind: "stream-abort", top: readInt32(cursor), xid: readInt32(cursor) };
    case "T":
      return truncated(cursor);
    case "O":
      return NOTHING;
    default:
      throw new MalformedMessage(`There is no replication message ${JSON.stringify(tag)} in protocol version 1 or 2.`);
  }
}

function streamCommit(cursor: Cursor): Message {
  const xid = readInt32(cursor);
  // Flags, which are none so far.
  cursor.at += 1;
  return {
    kind: "stream-commit",
    xid,
    commit: readInt64(cursor),
    end: readInt64(cursor),
    committedAt: BigInt.asIntN(64, readInt64(cursor)),
  };
}

const NOTHING: Message = { kind: "none" };
const TRANSACTIONAL = 1;

/** The prefix of the message by which a program says that it writes because of a delivery. */
const HOPS = "backstitch-hops";
const WHOLE_NUMBER = /^(?:0|[1-9]\d*)$/;

/** What is not of a transaction is about no row, and what others write may be long: neither is read to its end. */
function told(cursor: Cursor): Message {
  const flags = readByte(cursor);
  // The message's own LSN.
  cursor.at += 8;
  if ((flags & TRANSACTIONAL) === 0) return NOTHING;
  const name = readName(cursor);
  const prefix = MESSAGE_PREFIXES.find((one) => one === name);
  if (prefix !== undefined) return { kind: "told", message: { prefix, text: readText(cursor, readInt32(cursor)) } };
  return name === HOPS ? toldHops(cursor) : NOTHING;
}

function toldHops(cursor: Cursor): Message {
  const length = readInt32(cursor);
  const text = length > String(MOST_HOPS).length ? "" : readText(cursor, length);
  return WHOLE_NUMBER.test(text) && Number(text) <= MOST_HOPS ? { kind: "hops", hops: Number(text) } : NOTHING;
}

function truncated(cursor: Cursor): Message {
  const count = readInt32(cursor);
  // Whether others were truncated with it, and sequences restarted.
  readByte(cursor);
  return { kind: "truncate", relations: Array.from({ length: count }, () => readInt32(cursor)) };
}

function relation(cursor: Cursor): RelationMessage {
  const id = readInt32(cursor);
  const schema = readName(cursor);
  const name = readName(cursor);
  const identity = String.fromCharCode(readByte(cursor)) as Identity;
  if (!"difn".includes(identity)) throw new MalformedMessage(`There is no replica identity ${JSON.stringify(identity)}.`);
  const columns = Array.from({ length: readInt16(cursor) }, () => column(cursor));
  return { kind: "relation", id, schema, name, identity, columns };
}

function column(cursor: Cursor): RelationMessage["columns"][number] {
  const identifies = (readByte(cursor) & 1) === 1;
  const name = readName(cursor);
  const typeId = readInt32(cursor);
  // The type modifier (length, precision) changes nothing in how the text is read.
  readInt32(cursor);
  return { name, typeId, identifies };
}
