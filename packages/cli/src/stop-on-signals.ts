import type { Logger } from "pino";

/** The first signal stops gently; the second ends the process at once. */
export function stopOnSignals(log: Pick<Logger, "info">, signals: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT"]): AbortController {
  const stop = new AbortController();
  // One that stops by itself may be told to for the first time while it does.
  let told = false;
  for (const signal of signals) {
    process.on(signal, () => {
      if (told) process.exit(130);
      told = true;
      log.info({ signal }, "stopping: finishing what is under way");
      stop.abort();
    });
  }
  return stop;
}

/** Where another process started this one to work for it: told by the end of the channel between them, also when that one is killed. */
export function stopWithParent(stop: AbortController): void {
  if (process.send === undefined) return;
  // It may have ended while this one started.
  if (!process.connected) return stop.abort();
  process.once("disconnect", () => stop.abort());
  // It has nothing else to say, and keeps nobody waiting.
  process.channel?.unref();
}
