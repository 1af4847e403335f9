import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uint32 } from "./row-message.ts";

/** A message as it is streamed: its tag, its transaction or the part of one, and what it says. */
export interface StreamedMessage {
  /** Where in the log it comes from; of a table's description: how many came before it. */
  readonly high: number;
  readonly low: number;
  readonly buffer: Buffer;
  readonly at: number;
  readonly end: number;
}

/** The same without the transaction: as it would have come after the commit. */
export interface KeptMessage extends StreamedMessage {
  readonly xid: number;
}

/** What is kept of one transaction, in order: first in memory, then in a file. */
export interface Spooled {
  /** Returns how many bytes that takes. */
  add(message: StreamedMessage): number;
  /** In memory. */
  readonly bytes: number;
  /** Moves what is in memory to the file. @throws Error of the file system */
  spill(): void;
  /** The messages from the first on; what was handed out is forgotten. Its memory is its own until the next is asked for. */
  next(): KeptMessage | undefined;
  /** Forgets all. */
  close(): void;
}

/** Its length with this header, its xid, and the halves of its place. */
const HEADER = 16;
const XID = 4;
const BLOCK = 256 * 1024;
const READ = 1024 * 1024;

export function createSpooled(): Spooled {
  const memory = createBlocks();
  let file: SpoolFile | undefined;
  let reading: { readonly buffer: Buffer; at: number } = { buffer: Buffer.alloc(0), at: 0 };

  /** Whether a message is there, with more bytes where what is being read ends in the middle of it. */
  function refill(): boolean {
    const rest = reading.buffer.subarray(reading.at);
    const least = Math.max(HEADER, rest.length >= HEADER ? uint32(rest, 0) : 0);
    if (rest.length >= least) return true;
    const more = file?.read(Math.max(READ, least)) ?? memory.shift();
    if (more === undefined) return false;
    reading = { buffer: rest.length === 0 ? more : Buffer.concat([rest, more]), at: 0 };
    return refill();
  }

  return {
    get bytes() {
      return memory.bytes;
    },
    add: memory.add,
    spill() {
      file ??= openSpoolFile();
      for (let block = memory.shift(); block !== undefined; block = memory.shift()) file.write(block);
    },
    next() {
      if (!refill()) return undefined;
      const { buffer, at: from } = reading;
      const end = from + uint32(buffer, from);
      reading.at = end;
      return {
        xid: uint32(buffer, from + 4),
        high: uint32(buffer, from + 8),
        low: uint32(buffer, from + 12),
        buffer,
        at: from + HEADER,
        end,
      };
    },
    close() {
      memory.clear();
      file?.close();
      file = undefined;
    },
  };
}

/** Messages one after the other in blocks of memory. */
interface Blocks {
  add(message: StreamedMessage): number;
  readonly bytes: number;
  /** The first block, with whole messages; undefined: there is none. */
  shift(): Buffer | undefined;
  clear(): void;
}

function createBlocks(): Blocks {
  const full: Buffer[] = [];
  let last: Buffer = Buffer.alloc(0);
  let filled = 0;
  let bytes = 0;

  function seal(): void {
    if (filled > 0) full.push(last.subarray(0, filled));
    last = Buffer.alloc(0);
    filled = 0;
  }

  return {
    get bytes() {
      return bytes;
    },
    add(message) {
      const length = HEADER + message.end - message.at - XID;
      if (filled + length > last.length) {
        seal();
        last = Buffer.allocUnsafe(Math.max(BLOCK, length));
      }
      write(message, last, filled);
      filled += length;
      bytes += length;
      return length;
    },
    shift() {
      if (full.length === 0) seal();
      const block = full.shift();
      bytes -= block?.length ?? 0;
      return block;
    },
    clear() {
      full.length = 0;
      last = Buffer.alloc(0);
      filled = 0;
      bytes = 0;
    },
  };
}

/** The tag, and what follows the transaction's number. */
function write({ high, low, buffer, at, end }: StreamedMessage, block: Buffer, place: number): void {
  block.writeUInt32BE(HEADER + end - at - XID, place);
  buffer.copy(block, place + 4, at + 1, at + 1 + XID);
  block.writeUInt32BE(high, place + 8);
  block.writeUInt32BE(low, place + 12);
  buffer.copy(block, place + HEADER, at, at + 1);
  buffer.copy(block, place + HEADER + 1, at + 1 + XID, end);
}

interface SpoolFile {
  write(bytes: Buffer): void;
  /** The bytes that follow those read before; undefined: there are no more. */
  read(most: number): Buffer | undefined;
  close(): void;
}

/** Without a name as soon as it is open: it is gone with the process, however that ends. */
function openSpoolFile(): SpoolFile {
  const path = join(tmpdir(), `backstitch-${randomUUID()}`);
  const file = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  let written = 0;
  let read = 0;
  return {
    write(bytes) {
      for (let from = 0; from < bytes.length;) from += writeSync(file, bytes, from, bytes.length - from, written + from);
      written += bytes.length;
    },
    read(most) {
      if (read === written) return undefined;
      const buffer = Buffer.allocUnsafe(Math.min(most, written - read));
      const length = readSync(file, buffer, 0, buffer.length, read);
      read += length;
      return buffer.subarray(0, length);
    },
    close: () => closeSync(file),
  };
}
