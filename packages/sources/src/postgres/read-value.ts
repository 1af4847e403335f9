import type { Value } from "@backstitch/core/values";
import { textOf, type RowBytes } from "./row-bytes.ts";
import { asInteger, asTimestamp, isTrue, type Convert } from "./types.ts";

/** Turns a cell into a value: what its {@link Convert} makes of its text, without making a text where none is needed. */
export type Read = (row: RowBytes, start: number, end: number) => Value;

/** Whole numbers of so many digits are safe. */
const SAFE_DIGITS = 15;
const MINUS = 0x2d;
const ZERO = 0x30;

function readInteger(row: RowBytes, start: number, end: number): Value {
  const { buffer } = row;
  const negative = buffer[start] === MINUS;
  const first = negative ? start + 1 : start;
  if (end - first > SAFE_DIGITS) return asInteger(textOf(row, start, end));
  let number = 0;
  for (let index = first; index < end; index += 1) number = number * 10 + ((buffer[index] as number) - ZERO);
  return negative ? -number : number;
}

function readTruth({ buffer }: RowBytes, start: number): Value {
  return buffer[start] === 0x74;
}

const PLUS = 0x2b;
const SPACE = 0x20;
const DOT = 0x2e;

/** Most have all six digits of a second; the others are read as text. */
function readTimestamp(row: RowBytes, start: number, end: number): Value {
  const text = textOf(row, start, end);
  return isUsual(row.buffer, start, end - start) ? `${text.slice(0, 10)}T${text.slice(11, 26)}Z` : asTimestamp(text);
}

/** `2026-01-31 12:34:56.789012`, and `+00` where it has a time zone: the session's is UTC. */
function isUsual(buffer: Buffer, at: number, length: number): boolean {
  if (length !== 26 && (length !== 29 || buffer[at + 26] !== PLUS)) return false;
  return buffer[at + 4] === MINUS && buffer[at + 7] === MINUS && buffer[at + 10] === SPACE && buffer[at + 19] === DOT;
}

const READS: ReadonlyMap<Convert, Read> = new Map<Convert, Read>([
  [asInteger, readInteger],
  [isTrue, readTruth],
  [asTimestamp, readTimestamp],
]);

export function readOf(convert: Convert): Read {
  return READS.get(convert) ?? ((row, start, end) => convert(textOf(row, start, end)));
}
