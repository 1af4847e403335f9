/** The time an invocation has for attempts. */
export interface Budget {
  /** Milliseconds until the kept-back margin begins. */
  left(): number;
  /** Whether an attempt that is begun so many milliseconds from now would have enough time. */
  allows(inMs: number): boolean;
}

/** An attempt with less than this before it would mostly end uncertain: it is not begun. */
const LEAST_ATTEMPT_MS = 1_000;

/** The part of Lambda's context that is read. */
export interface RemainingTime {
  getRemainingTimeInMillis(): number;
}

/** @throws RangeError where the margin leaves no time at all: nothing would ever be delivered. */
export function createBudget(context: RemainingTime, marginMs: number): Budget {
  const left = (): number => context.getRemainingTimeInMillis() - marginMs;
  const whole = left();
  if (whole <= 0) {
    throw new RangeError(
      `The function has ${whole + marginMs} ms, of which "marginMs" keeps back ${marginMs}: give the function a longer timeout, or "marginMs" less.`,
    );
  }
  const least = Math.min(LEAST_ATTEMPT_MS, whole / 2);
  return { left, allows: (inMs) => left() - Math.max(0, inMs) >= least };
}
