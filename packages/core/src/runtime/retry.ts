import type { RetryPolicy } from "../rules/new-delivery.ts";

/** 24 attempts over about half a day: long enough for a night's outage, short enough that somebody learns of it the next morning. */
export const defaultRetry: RetryPolicy = { attempts: 24, firstDelayMs: 1_000, longestDelayMs: 3_600_000 };

/** Exponential with full jitter, never sooner than the far side asked. `null`: give up. */
export function nextDelayMs(policy: RetryPolicy, attempt: number, retryAfterMs: number, random: number): number | null {
  if (attempt >= policy.attempts) return null;
  const ceiling = Math.min(policy.longestDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
  return Math.max(retryAfterMs, Math.round(ceiling * random));
}
