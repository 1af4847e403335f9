import { MalformedMessage } from "./pgoutput.ts";
import { NULL, type RowBytes, type Spans, UNSENT } from "./row-bytes.ts";

/** A row that came to be, changed or went. Its cells are where they were sent. */
export type RowMessage = RowMessageFrame &
  (
    | { readonly kind: "insert"; readonly before: undefined; readonly after: Spans }
    | { readonly kind: "update"; readonly before: OldTuple | undefined; readonly after: Spans }
    | { readonly kind: "delete"; readonly before: OldTuple; readonly after: undefined }
  );

interface RowMessageFrame {
  /** The OID of its table. */
  readonly relation: number;
  readonly bytes: RowBytes;
}

/** The row before an update or a delete: whole under REPLICA IDENTITY FULL, else its identity columns alone. */
export interface OldTuple {
  readonly whole: boolean;
  readonly cells: Spans;
}

const INSERT = 0x49;
const UPDATE = 0x55;
const DELETE = 0x44;

export function isRowMessage(tag: number | undefined): boolean {
  return tag === INSERT || tag === UPDATE || tag === DELETE;
}

const NEW = 0x4e;
const KEY = 0x4b;
const OLD = 0x4f;

/** Where reading is. */
interface Reading {
  readonly bytes: RowBytes;
  at: number;
}

/**
 * Reads a message for which {@link isRowMessage}. https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 * @throws MalformedMessage
 */
export function decodeRow(buffer: Buffer, at: number, end: number): RowMessage {
  if (end - at < 8) throw cutShort(end - at);
  const bytes: RowBytes = { buffer, at, end, latin1: undefined };
  const relation = uint32(buffer, at + 1);
  const reading: Reading = { bytes, at: at + 5 };
  const tag = buffer[at];
  if (tag === INSERT) return { kind: "insert", relation, bytes, before: undefined, after: newTuple(reading) };
  if (tag === DELETE) return { kind: "delete", relation, bytes, before: oldTuple(reading), after: undefined };
  const before = buffer[reading.at] === NEW ? undefined : oldTuple(reading);
  return { kind: "update", relation, bytes, before, after: newTuple(reading) };
}

/** Four bytes of a buffer that has them. */
export function uint32(buffer: Buffer, at: number): number {
  return (
    (((buffer[at] as number) << 24) |
      ((buffer[at + 1] as number) << 16) |
      ((buffer[at + 2] as number) << 8) |
      (buffer[at + 3] as number)) >>>
    0
  );
}

function newTuple(reading: Reading): Spans {
  if (reading.bytes.buffer[reading.at] !== NEW) throw new MalformedMessage("A new row was expected.");
  return tuple(reading);
}

function oldTuple(reading: Reading): OldTuple {
  const kind = reading.bytes.buffer[reading.at];
  if (kind !== KEY && kind !== OLD) throw new MalformedMessage("An old row or its key was expected.");
  return { whole: kind === OLD, cells: tuple(reading) };
}

const TEXT = 0x74;
const NULL_CELL = 0x6e;
const UNCHANGED = 0x75;

function tuple(reading: Reading): Spans {
  const { buffer, at: from, end: limit } = reading.bytes;
  let at = reading.at + 3;
  if (at > limit) throw cutShort(limit - from);
  const count = ((buffer[at - 2] as number) << 8) | (buffer[at - 1] as number);
  if (at + count > limit) throw cutShort(limit - from);
  const spans: number[] = [];
  for (let index = 0; index < 2 * count; index += 2) {
    if (at >= limit) throw cutShort(limit - from);
    const kind = buffer[at++] as number;
    if (kind === TEXT) {
      if (at + 4 > limit) throw cutShort(limit - from);
      const start = at + 4;
      at = start + uint32(buffer, at);
      if (at > limit) throw cutShort(limit - from);
      spans[index] = start;
    } else spans[index] = absent(kind);
    spans[index + 1] = at;
  }
  reading.at = at;
  return spans;
}

function absent(kind: number): number {
  if (kind === NULL_CELL) return NULL;
  if (kind === UNCHANGED) return UNSENT;
  throw new MalformedMessage(`A column is sent as ${JSON.stringify(String.fromCharCode(kind))}; text was asked for.`);
}

function cutShort(length: number): MalformedMessage {
  return new MalformedMessage(`A row message of ${length} bytes ends in the middle.`);
}
