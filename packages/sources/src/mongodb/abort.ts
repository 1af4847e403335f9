import { setTimeout as pause } from "node:timers/promises";

/** What the promise comes to, or the signal's reason as soon as it aborts: what the promise comes to later is then nobody's business. */
export async function orAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  promise.catch(() => undefined);
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

const LONGEST_FAREWELL_MS = 2_000;

/** Closes in good order, but waits for no server that is silent. */
export async function close(closing: { close(): Promise<unknown> }): Promise<void> {
  const enough = new AbortController();
  const closed = closing.close().catch(() => undefined);
  await Promise.race([closed, pause(LONGEST_FAREWELL_MS, undefined, { signal: enough.signal }).catch(() => undefined)]);
  enough.abort();
}
