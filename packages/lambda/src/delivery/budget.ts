/** The time an invocation has for attempts. */
export interface Budget {
  /** Milliseconds until the kept-back margin begins. */
  left(): number;
  /** Whether an attempt that is begun so many milliseconds from now, and takes as long as it may, ends in time: cut short, it would be uncertain. */
  allows(inMs: number, longestMs: number): boolean;
}

/** The part of Lambda's context that is read. */
export interface RemainingTime {
  getRemainingTimeInMillis(): number;
}

/**
 * Where an attempt may take longer than the function has at all, half of the function's time must do.
 * @throws RangeError where the margin leaves no time at all: nothing would ever be delivered.
 */
export function createBudget(context: RemainingTime, marginMs: number): Budget {
  const left = (): number => context.getRemainingTimeInMillis() - marginMs;
  const whole = left();
  if (whole <= 0) {
    throw new RangeError(
      `The function has ${whole + marginMs} ms, of which "marginMs" keeps back ${marginMs}: give the function a longer timeout, or "marginMs" less.`,
    );
  }
  return { left, allows: (inMs, longestMs) => left() - Math.max(0, inMs) >= Math.min(longestMs, whole / 2) };
}
