import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { PositionLost, SourceMisconfigured, type Batch, type ChangeEvent, type Extent, type Source } from "@backstitch/core/source";
import { BadLine } from "./fields.ts";
import { eventOf } from "./line.ts";
import { linesOf, type Line } from "./lines.ts";
import { checkOf, formatPosition, parsePosition, START, WINDOW, type Position } from "./position.ts";
import { isPipe, pathTape, streamTape, type Tape } from "./tape.ts";

export interface JsonlSourceOptions {
  /** The source's name in the project. */
  readonly name: string;
  /** A stream, or a named pipe, comes by once: after a restart it must be fed the same content again, and what the journal has of it is skipped. */
  readonly input: { readonly path: string } | { readonly stream: Readable };
  /** How much goes to the journal at once. */
  readonly batch?: {
    /** @default 500 */
    readonly events?: number;
  };
}

const PARTITION = "lines";

/**
 * Reads change events from JSON lines, one object a line in UTF-8, to the end of the input. Empty lines are skipped.
 *
 * | field | is | absent |
 * |---|---|---|
 * | `operation` | `insert`, `update`, `replace` or `delete` | an error |
 * | `collection` | text | an error |
 * | `after` | object | an error, but for a delete |
 * | `before` | object | not known |
 * | `key` | object, or null: the row has none | `id` of the row, or none |
 * | `previousKey` | object | the key did not change |
 * | `changed` | list of names | found by comparing `before` and `after`, else not known |
 * | `unsent` | list of names | none |
 * | `id` | text that no other event has | the line's byte offset and the hash of its text |
 * | `database` | text | empty |
 * | `committedAt` | RFC 3339 | 1970 |
 * | `hops` | whole number from 0 to 1,000: through how many deliveries the change came to be | nobody told |
 *
 * Numbers keep every digit. A line that is not such an object stops the source with SourceMisconfigured, which names the line;
 * so does a last line that ends in the middle. A file that was cut or replaced before the journal's position is PositionLost.
 */
export function jsonlSource({ name, input, batch }: JsonlSourceOptions): Source {
  const tape = "path" in input ? pathTape(name, input.path) : streamTape(input.stream);
  const most = batch?.events ?? 500;
  return {
    name,
    read: (from, accept, signal) => readLines({ name, tape, most, from: from.get(PARTITION), accept, signal }),
    ...("path" in input ? { extent: (from) => extentOf(input.path, from.get(PARTITION)) } : {}),
  };
}

/** Undefined: how much is still to come through a pipe only its writer knows. */
async function extentOf(path: string, from: string | undefined): Promise<Extent | undefined> {
  if (await isPipe(path)) return undefined;
  const { size } = await stat(path);
  return { read: parsePosition(from ?? formatPosition(START))?.offset ?? 0, end: size };
}

interface Reading {
  readonly name: string;
  readonly tape: Tape;
  readonly most: number;
  readonly from: string | undefined;
  readonly accept: (batch: Batch) => Promise<void>;
  readonly signal: AbortSignal;
}

async function readLines(reading: Reading): Promise<void> {
  const { name, tape, most, accept, signal } = reading;
  let { from } = reading;
  let position = await placeOf(reading);
  if (position === undefined) return;
  for await (const lines of linesOf(tape.read(position.offset, signal), position.offset)) {
    for (let start = 0; start < lines.length; start += most) {
      // Also because a line that the abort cut looks like a last one.
      if (signal.aborted) return;
      const taken = take(name, tape, lines.slice(start, start + most), position);
      position = taken.position;
      if (taken.events.length > 0) {
        const to = formatPosition(position);
        await accept({ source: name, partition: PARTITION, from, to, events: taken.events });
        from = to;
        tape.forget(position.offset - WINDOW - 1);
      }
      if (taken.fault !== undefined) throw taken.fault;
    }
  }
}

interface Taken {
  readonly events: readonly ChangeEvent[];
  /** After the last line that could be read. */
  readonly position: Position;
  readonly fault: SourceMisconfigured | undefined;
}

function take(source: string, tape: Tape, lines: readonly Line[], before: Position): Taken {
  const events: ChangeEvent[] = [];
  let position = before;
  for (const line of lines) {
    try {
      const text = textOf(line);
      if (text.trim() !== "") events.push(eventOf(text, { source, offset: line.offset }));
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      const why = line.ended ? error.message : `${error.message}: the input ends in the middle of it`;
      const fault = new SourceMisconfigured(
        `Line ${position.lines + 1} of ${tape.title}, which source "${source}" reads, ${why}. Mend the line; the ones before it are read.`,
      );
      return { events, position, fault };
    }
    position = { offset: line.end, lines: position.lines + 1, check: checkOf(line.bytes) };
  }
  return { events, position, fault: undefined };
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** Without a byte order mark. @throws BadLine */
function textOf({ bytes }: Line): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new BadLine("is not UTF-8");
  }
}

/** Where to go on, once what comes before was found to be what was read; undefined: the signal aborted. @throws PositionLost */
async function placeOf({ name, tape, from, signal }: Reading): Promise<Position | undefined> {
  if (from === undefined) return START;
  const lost = (why: string): PositionLost => new PositionLost(name, from, formatPosition(START), why);
  const position = parsePosition(from);
  if (position === undefined) throw lost("that is not a position in JSON lines.");
  const start = Math.max(0, position.offset - WINDOW - 1);
  const bytes = await readBytes(tape, { start, end: position.offset }, signal);
  if (signal.aborted) return undefined;
  if (start + bytes.length < position.offset)
    throw lost(`${tape.title} ends at byte ${start + bytes.length}, before that position: it was cut or replaced.`);
  if (checkOf(bytes) !== position.check) throw lost(`what ${tape.title} has before that position is not what was read: it was replaced.`);
  return position;
}

async function readBytes(
  tape: Tape,
  { start, end }: { readonly start: number; readonly end: number },
  signal: AbortSignal,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  if (start === end) return Buffer.alloc(0);
  for await (const part of tape.read(start, signal)) {
    parts.push(part);
    length += part.length;
    if (length >= end - start) break;
  }
  return Buffer.concat(parts).subarray(0, end - start);
}
