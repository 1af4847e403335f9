import { MalformedMessage } from "./pgoutput.ts";
import type { Lsn } from "./lsn.ts";

/** What comes over a replication stream. https://www.postgresql.org/docs/current/protocol-replication.html#PROTOCOL-REPLICATION-START-REPLICATION */
export type StreamMessage =
  /** A message of the plug-in starts in the chunk at `at`. */
  | { readonly kind: "data"; readonly lsn: Lsn; readonly at: number }
  | { readonly kind: "keepalive"; readonly end: Lsn; readonly asks: boolean };

const DATA = 0x77;
const KEEPALIVE = 0x6b;

/** @throws MalformedMessage */
export function readStreamMessage(chunk: Buffer): StreamMessage {
  if (chunk[0] === DATA && chunk.length > 25) return { kind: "data", lsn: chunk.readBigUInt64BE(1), at: 25 };
  if (chunk[0] === KEEPALIVE && chunk.length === 18) return { kind: "keepalive", end: chunk.readBigUInt64BE(1), asks: chunk[17] === 1 };
  throw new MalformedMessage(
    `A replication stream does not have a message of ${chunk.length} bytes that starts with ${chunk[0] ?? "nothing"}.`,
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
