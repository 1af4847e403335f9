import type { RetryPolicy } from "../rules/new-delivery.ts";

/** 24 attempts over about half a day: long enough for a night's outage, short enough that somebody learns of it the next morning. */
export const defaultRetry: RetryPolicy = { attempts: 24, firstDelayMs: 1_000, longestDelayMs: 3_600_000 };

/** What was tried so far. */
export interface Tries {
  readonly attempts: number;
  /** Milliseconds since the first attempt ended. */
  readonly passedMs: number;
}

/** Doublings that are told apart: the wait has long reached its ceiling, and must stay a number. */
const MOST_DOUBLINGS = 40;

/** Exponential with full jitter, never sooner than the far side asked; the last wait ends with the time that there is. `null`: give up. */
export function nextDelayMs(policy: RetryPolicy, { attempts, passedMs }: Tries, retryAfterMs: number, random: number): number | null {
  const leftMs = timeLeft(policy, passedMs);
  if (isSpent(policy, attempts) || leftMs <= 0 || retryAfterMs > leftMs) return null;
  const ceiling = Math.min(policy.longestDelayMs, policy.firstDelayMs * 2 ** Math.min(attempts - 1, MOST_DOUBLINGS));
  return Math.min(leftMs, Math.max(retryAfterMs, Math.round(ceiling * random)));
}

/** Whether so many attempts are all that there may be. */
export function isSpent(policy: RetryPolicy, attempts: number): boolean {
  return policy.attempts !== undefined && attempts >= policy.attempts;
}

/** Milliseconds in which it may still be tried again. */
export function timeLeft({ forMs = Infinity }: RetryPolicy, passedMs: number): number {
  return forMs - passedMs;
}

/** Milliseconds since the first attempt ended, whatever the clock showed. */
export function passedSince(triedAt: number | undefined, now: number): number {
  return Math.max(0, now - (triedAt ?? now));
}
