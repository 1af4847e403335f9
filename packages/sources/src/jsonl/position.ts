import { createHash } from "node:crypto";

/** How much before a position is looked at again. Bytes. */
export const WINDOW = 1024;

/**
 * Written `offset:lines:check`: bytes and lines read so far, and the hash of the end of the last line,
 * by which a file that was cut or replaced is told.
 */
export interface Position {
  readonly offset: number;
  readonly lines: number;
  readonly check: string;
}

export function formatPosition({ offset, lines, check }: Position): string {
  return `${offset}:${lines}:${check}`;
}

/** `undefined`: the text is not a position of this source. */
export function parsePosition(text: string): Position | undefined {
  const match = /^(\d{1,15}):(\d{1,15}):([0-9a-f]{16})$/.exec(text);
  return match === null ? undefined : { offset: Number(match[1]), lines: Number(match[2]), check: match[3] as string };
}

const LINE_FEED = 0x0a;

/** The hash of the end of the last line in these bytes, its line feed left out. */
export function checkOf(bytes: Buffer): string {
  const line = bytes.at(-1) === LINE_FEED ? bytes.subarray(0, -1) : bytes;
  const own = line.subarray(Math.max(line.lastIndexOf(LINE_FEED) + 1, line.length - WINDOW));
  return createHash("sha256").update(own).digest("hex").slice(0, 16);
}

export const START: Position = { offset: 0, lines: 0, check: checkOf(Buffer.alloc(0)) };
