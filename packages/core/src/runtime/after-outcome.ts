import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { RetryPolicy } from "../rules/new-delivery.ts";
import type { NextState } from "../journal/journal.ts";
import type { Failure, Outcome } from "../connector/outcome.ts";
import { CANNOT_TELL, TOO_EARLY, wasSent } from "./attempt.ts";
import { isSpent, nextDelayMs, passedSince } from "./retry.ts";

/** What the table below needs to know beside the outcome. */
export interface Circumstances {
  readonly delivery: Pick<ClaimedDelivery, "attempts" | "triedAt" | "ifUncertain" | "expiresAt">;
  readonly canReconcile: boolean;
  readonly policy: RetryPolicy;
  /** Epoch milliseconds. */
  readonly now: number;
  /** From 0 to 1. */
  readonly random: number;
}

/** What becomes of the delivery, and whether its whole service rests until a time. */
export interface Decision {
  /** As stored: an attempt too many turns into a rejection. */
  readonly outcome: Outcome;
  readonly attempts: number;
  readonly next: NextState;
  /** Epoch milliseconds until which the service takes no delivery; undefined: it goes on. */
  readonly serviceRestsUntil: number | undefined;
}

/** How long a service that throttles without saying for how long is left alone. */
const THROTTLE_REST_MS = 1_000;
/** How often a service that locked us out is probed, with one delivery. */
export const PROBE_EVERY_MS = 60_000;

/** The outcome table of the design: the kind decides, never the vendor's code. */
export function afterOutcome(outcome: Outcome, circumstances: Circumstances): Decision {
  const { attempts } = circumstances.delivery;
  const counted = attempts + 1;
  switch (outcome.kind) {
    case "accepted":
    case "rejected":
      return { outcome, attempts: counted, next: { state: outcome.kind }, serviceRestsUntil: undefined };
    case "throttled": {
      const rest = circumstances.now + Math.max(outcome.retryAfterMs ?? 0, THROTTLE_REST_MS);
      return { outcome, attempts, next: { state: "waiting", dueAt: rest }, serviceRestsUntil: rest };
    }
    case "locked-out": {
      const probe = circumstances.now + PROBE_EVERY_MS;
      return { outcome, attempts, next: { state: "waiting", dueAt: circumstances.now }, serviceRestsUntil: probe };
    }
    case "unavailable":
      return again(outcome, "waiting", counted, circumstances);
    case "uncertain":
      if (outcome.code === TOO_EARLY) return lookAgain(outcome, circumstances);
      if (circumstances.delivery.ifUncertain === "hold" && (!circumstances.canReconcile || outcome.code === CANNOT_TELL)) {
        return { outcome, attempts: counted, next: { state: "held" }, serviceRestsUntil: undefined };
      }
      return again(outcome, "uncertain", counted, circumstances);
  }
}

/** What will expire while it waits is looked at when it does, so that its lane goes on. */
function again(outcome: Failure, state: "waiting" | "uncertain", attempts: number, circumstances: Circumstances): Decision {
  const { policy, now, random, delivery } = circumstances;
  const tries = { attempts, passedMs: passedSince(delivery.triedAt, now) };
  const delay = nextDelayMs(policy, tries, outcome.retryAfterMs ?? 0, random);
  const dueAt = Math.min(now + (delay ?? 0), delivery.expiresAt ?? Infinity);
  if (delay !== null) return { outcome, attempts, next: { state, dueAt }, serviceRestsUntil: undefined };
  const givenUp = exhausted(policy, attempts, outcome.reason);
  const rejected = outcome.kind === "uncertain" && wasSent(outcome) ? { ...givenUp, mayBeDone: true } : givenUp;
  return { outcome: rejected, attempts, next: { state: "rejected" }, serviceRestsUntil: undefined };
}

/** Nothing was sent, so it does not count. Two that wait for each other must not look at the same time again and again. */
function lookAgain(outcome: Failure, { delivery: { attempts, expiresAt = Infinity }, now, random }: Circumstances): Decision {
  const dueAt = Math.min(now + Math.round((outcome.retryAfterMs ?? 0) * (1 + random)), expiresAt);
  return { outcome, attempts, next: { state: "uncertain", dueAt }, serviceRestsUntil: undefined };
}

/** The code of what is rejected after its last attempt, whatever that one's outcome was. */
export const RETRIES_EXHAUSTED = "RETRIES_EXHAUSTED";

/** An attempt more would be one too many, or too late. */
export function exhausted(policy: RetryPolicy, attempts: number, last: string): Failure<"rejected"> {
  const made = `${attempts} attempt${attempts === 1 ? "" : "s"}`;
  const why = isSpent(policy, attempts) ? made : `${made}, as the time for more is over`;
  return { kind: "rejected", code: RETRIES_EXHAUSTED, reason: `Given up after ${why}; the last: ${last}` };
}
