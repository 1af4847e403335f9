import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { Client } from "pg";

/** The part of the driver's connection that its types leave out: the socket, and copying in both directions. */
export interface Wire extends EventEmitter {
  readonly stream: Socket;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

export function wireOf(client: Client): Wire {
  return (client as unknown as { readonly connection: Wire }).connection;
}

/** Does it, and cuts the connection if the signal aborts meanwhile. */
export async function cutOnAbort<Result>(client: Client, signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
  const cut = (): void => void wireOf(client).stream.destroy();
  signal?.addEventListener("abort", cut, { once: true });
  try {
    return await work();
  } finally {
    signal?.removeEventListener("abort", cut);
  }
}
