/** The bytes of one row message: its cells are read out of them where they are. */
export interface RowBytes {
  readonly buffer: Buffer;
  readonly at: number;
  readonly end: number;
  /** Of all of it, made when a first text is asked for. */
  latin1: string | undefined;
}

/** Where the cells of a tuple are: a start and an end for each. The start is {@link NULL} or {@link UNSENT} where there are no bytes. */
export type Spans = readonly number[];

/** SQL null. */
export const NULL = -1;
/** An unchanged TOAST value, which was not sent. */
export const UNSENT = -2;

/** Longer texts are decoded one by one. */
const SHORT_TEXT = 64;
const SHORT_ROW = 4096;

/** A part of it as text. One call for the whole row and cutting that is several times cheaper than a call for each cell, and as good where the cell is ASCII. */
export function textOf(row: RowBytes, start: number, end: number): string {
  const { buffer } = row;
  if (end - start > SHORT_TEXT || row.end - row.at > SHORT_ROW) return buffer.toString("utf8", start, end);
  for (let index = start; index < end; index += 1) if ((buffer[index] as number) > 0x7f) return buffer.toString("utf8", start, end);
  row.latin1 ??= buffer.toString("latin1", row.at, row.end);
  return row.latin1.substring(start - row.at, end - row.at);
}

/** Whether two cells of a row message are the same. */
export function sameCell({ buffer }: RowBytes, left: Spans, right: Spans, index: number): boolean {
  let one = left[2 * index] as number;
  let other = right[2 * index] as number;
  if (one < 0 || other < 0) return one === other;
  const end = left[2 * index + 1] as number;
  const otherEnd = right[2 * index + 1] as number;
  if (end - one !== otherEnd - other) return false;
  if (end - one > SHORT_TEXT) return buffer.compare(buffer, other, otherEnd, one, end) === 0;
  for (; one < end; one += 1, other += 1) if (buffer[one] !== buffer[other]) return false;
  return true;
}
