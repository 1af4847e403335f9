import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { Client } from "pg";
import { createFrames } from "./frames.ts";

/** The part of the driver's connection that its types leave out: the socket, and copying in both directions. */
export interface Wire extends EventEmitter {
  readonly stream: Socket;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

export function wireOf(client: Client): Wire {
  return (client as unknown as { readonly connection: Wire }).connection;
}

export interface CopyListener {
  /** A message of the stream is in the buffer from `at` to `end`. Whether more can be taken: what follows waits for `resume`. Must not throw. */
  readonly onMessage: (buffer: Buffer, at: number, end: number) => boolean;
  /** What had come was read. */
  readonly onRead: () => void;
}

/**
 * From now on what is copied goes straight to the listener, and all else to the driver, which would make two objects and an event of every message:
 * a third of what a row costs. Only between two messages.
 */
export function listenToCopy(client: Client, { onMessage, onRead }: CopyListener): { resume(): void } {
  const { stream } = wireOf(client);
  const drivers = stream.listeners("data") as ((bytes: Buffer) => void)[];
  const frames = createFrames({
    onData(buffer, at, end) {
      const more = onMessage(buffer, at, end);
      if (!more) stream.pause();
      return more;
    },
    onOther: (frame) => drivers.forEach((driver) => driver.call(stream, frame)),
  });
  stream.removeAllListeners("data");
  stream.on("data", (chunk: Buffer) => {
    frames.take(chunk);
    onRead();
  });
  return {
    resume() {
      stream.resume();
      if (frames.goOn()) onRead();
    },
  };
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
