/** Time that moves when nothing else does: whatever waits by the global timers waits by this clock. */
export interface Clock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Any whole moment will do, and it is the same in each run. */
const BEGIN = 1_790_000_000_000;

/** Runs the work in a time of its own, and puts the real one back. @throws Error where the work waits for what never comes. */
export async function inVirtualTime<T>(work: (clock: Clock) => Promise<T>): Promise<T> {
  const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, now: Date.now };
  const timers = new Set<Timer>();
  let now = BEGIN;
  const set = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): Timer => {
    const timer = { at: now + Math.max(1, ms), run: () => run(...args) };
    timers.add(timer);
    return timer;
  };
  Date.now = () => now;
  Object.assign(globalThis, { setTimeout: set, clearTimeout: (timer: Timer) => timers.delete(timer) });
  try {
    let isOver = false;
    const working = work({ now: () => now, sleep: (ms) => new Promise((resolve) => void set(() => resolve(), ms)) }).finally(
      () => (isOver = true),
    );
    working.catch(() => undefined);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isOver) return await working;
      const next = earliest(timers);
      if (next === undefined) throw new Error("The run waits for what never comes.");
      timers.delete(next);
      now = Math.max(now, next.at);
      next.run();
    }
  } finally {
    Date.now = real.now;
    Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
  }
}

function earliest(timers: ReadonlySet<Timer>): Timer | undefined {
  let first: Timer | undefined;
  for (const timer of timers) if (first === undefined || timer.at < first.at) first = timer;
  return first;
}

/** What a killed container waits for. */
export function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
