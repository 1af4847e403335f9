import { constants, createReadStream, openSync } from "node:fs";
import { stat } from "node:fs/promises";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { SourceMisconfigured } from "@backstitch/core/source";

/** Bytes that can be read again from where the journal is. */
export interface Tape {
  /** For messages. */
  readonly title: string;
  /** What comes from this offset on; ends where the input ends or the signal aborts. Empty where the input is shorter. */
  read(from: number, signal: AbortSignal): AsyncIterable<Buffer>;
  /** What is before this offset will not be asked for again. */
  forget(before: number): void;
}

/** What is at a path: a file can be read again, a named pipe comes by once. */
export function pathTape(source: string, path: string): Tape {
  let tape: Tape | undefined;
  return {
    title: path,
    async *read(from, signal) {
      tape ??= (await isPipe(path)) ? pipeTape(source, path) : fileTape(source, path);
      yield* tape.read(from, signal);
    },
    forget: (before) => tape?.forget(before),
  };
}

/** What is not there is none: whoever reads it says so. */
export async function isPipe(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFIFO(),
    () => false,
  );
}

/** Read as a file, a pipe would block a thread until somebody writes, and the end of the process with it. */
function pipeTape(source: string, path: string): Tape {
  const pipe = openPipe(source, path);
  const tape = streamTape(pipe, path);
  return {
    ...tape,
    async *read(from, signal) {
      pipe.ref();
      try {
        yield* tape.read(from, signal);
      } finally {
        // Whoever writes may keep it open for ever.
        pipe.unref();
      }
    },
  };
}

function openPipe(source: string, path: string): Socket {
  try {
    return new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
  } catch (error) {
    throw explain(source, path, error);
  }
}

function fileTape(source: string, path: string): Tape {
  return {
    title: path,
    async *read(from, signal) {
      const stream = createReadStream(path, { start: from });
      try {
        yield* untilAborted(stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>, signal);
      } catch (error) {
        throw explain(source, path, error);
      } finally {
        stream.destroy();
      }
    },
    forget() {},
  };
}

function explain(source: string, path: string, error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "ENOENT") return new SourceMisconfigured(`The file ${path}, which source "${source}" reads, does not exist.`);
  if (code === "EACCES" || code === "EISDIR")
    return new SourceMisconfigured(`The file ${path}, which source "${source}" reads, cannot be read (${code}).`);
  return error;
}

/** A stream comes by once: what the journal does not have yet is kept. */
export function streamTape(stream: Readable, title = "standard input"): Tape {
  // Made late: iterating starts the stream.
  let incoming: AsyncIterator<Buffer> | undefined;
  let kept: { readonly offset: number; readonly bytes: Buffer }[] = [];
  let end = 0;

  /** A chunk that comes after the signal aborted is kept for the next reading. */
  const keeping: AsyncIterator<Buffer> = {
    async next() {
      incoming ??= stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
      const next = await incoming.next();
      if (next.done === true) return next;
      const bytes = Buffer.from(next.value);
      kept.push({ offset: end, bytes });
      end += bytes.length;
      return { done: false, value: bytes };
    },
  };

  function forget(before: number): void {
    kept = kept.filter(({ offset, bytes }) => offset + bytes.length > before);
  }

  return {
    title,
    async *read(from, signal) {
      let at = from;
      while (!signal.aborted && at >= (kept[0]?.offset ?? end)) {
        const chunk = kept.find(({ offset, bytes }) => offset <= at && at < offset + bytes.length);
        if (chunk !== undefined) {
          yield chunk.bytes.subarray(at - chunk.offset);
          at = chunk.offset + chunk.bytes.length;
        } else {
          forget(from);
          if ((await nextOrAborted(keeping, signal)) === undefined) return;
        }
      }
    },
    forget,
  };
}

async function* untilAborted(chunks: AsyncIterator<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (let chunk = await nextOrAborted(chunks, signal); chunk !== undefined; chunk = await nextOrAborted(chunks, signal)) yield chunk;
}

/** `undefined`: there is no more, or the signal aborted first. */
async function nextOrAborted(chunks: AsyncIterator<Buffer>, signal: AbortSignal): Promise<Buffer | undefined> {
  if (signal.aborted) return undefined;
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const stop = (): void => resolve(undefined);
  signal.addEventListener("abort", stop, { once: true });
  try {
    const next = await Promise.race([chunks.next(), aborted]);
    return next === undefined || next.done === true ? undefined : next.value;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
