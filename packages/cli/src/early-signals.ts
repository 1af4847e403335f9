const STOP = ["SIGTERM", "SIGINT"] as const;

/** Signals to a `run` that has not begun: told to stop, it ends; a reload there is nothing to do for, as the project is read after it. */
export function heedEarlySignals(): void {
  process.on("SIGHUP", ignore);
  for (const signal of STOP) process.on(signal, end);
}

/** From now on others listen to them, and do so already: between two listeners a signal would end the process. */
export function signalsAreHeeded(): void {
  process.off("SIGHUP", ignore);
  for (const signal of STOP) process.off(signal, end);
}

function ignore(): void {}

function end(): never {
  process.exit(0);
}
