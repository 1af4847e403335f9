import { MalformedMessage } from "./pgoutput.ts";
import type { Lsn } from "./lsn.ts";
import { uint32 } from "./row-message.ts";

/** What comes over a replication stream. https://www.postgresql.org/docs/current/protocol-replication.html#PROTOCOL-REPLICATION-START-REPLICATION */
export type StreamMessage =
  /** A message of the plug-in starts at `at`. `high` and `low`: the halves of the LSN that it comes from. */
  | { readonly kind: "data"; readonly high: number; readonly low: number; readonly at: number }
  | { readonly kind: "keepalive"; readonly end: Lsn; readonly asks: boolean };

const DATA = 0x77;
const KEEPALIVE = 0x6b;

/** Reads what is in the buffer from `at` to `end`. @throws MalformedMessage */
export function readStreamMessage(buffer: Buffer, at: number, end: number): StreamMessage {
  const length = end - at;
  if (buffer[at] === DATA && length > 25) return { kind: "data", high: uint32(buffer, at + 1), low: uint32(buffer, at + 5), at: at + 25 };
  if (buffer[at] === KEEPALIVE && length === 18)
    return { kind: "keepalive", end: buffer.readBigUInt64BE(at + 1), asks: buffer[at + 17] === 1 };
  throw new MalformedMessage(
    `A replication stream does not have a message of ${length} bytes that starts with ${length === 0 ? "nothing" : buffer[at]}.`,
  );
}

/** From 1970 to 2000, where PostgreSQL's clock starts. Milliseconds. */
const EPOCH_MS = 946_684_800_000;

/** Tells the server what is durable here; `asks`: it shall answer with a keepalive. */
export function statusUpdate(durable: Lsn, nowMs: number, asks: boolean): Buffer {
  const message = Buffer.alloc(34);
  message[0] = 0x72;
  // Written, flushed and applied are one thing here: the journal has it.
  for (const at of [1, 9, 17]) message.writeBigUInt64BE(durable, at);
  message.writeBigInt64BE(BigInt(Math.round(nowMs) - EPOCH_MS) * 1000n, 25);
  message[33] = asks ? 1 : 0;
  return message;
}
