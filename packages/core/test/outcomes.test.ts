import type { Outcome } from "@backstitch/core/connector";
import { afterOutcome, defaultRetry, nextDelayMs } from "@backstitch/core/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const NOW = 1_000_000;
const policy = { attempts: 3, firstDelayMs: 1_000, longestDelayMs: 10_000 };
const failure = (kind: Exclude<Outcome["kind"], "accepted">, retryAfterMs?: number): Outcome => ({
  kind,
  code: "X",
  reason: "It failed.",
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

interface Row {
  readonly name: string;
  readonly outcome: Outcome;
  readonly attempts?: number;
  readonly ifUncertain?: "retry" | "hold";
  readonly expiresAt?: number;
  readonly canReconcile?: boolean;
  readonly next: object;
  readonly counted?: number;
  readonly rests?: number;
  readonly code?: string;
}

const rows: readonly Row[] = [
  { name: "accepted settles", outcome: { kind: "accepted", receipt: {} }, next: { state: "accepted" }, counted: 1 },
  { name: "rejected goes to the dead letters at once", outcome: failure("rejected"), next: { state: "rejected" }, counted: 1 },
  {
    name: "throttled waits as told, uncounted, and the service rests",
    outcome: failure("throttled", 7_000),
    next: { state: "waiting", dueAt: NOW + 7_000 },
    counted: 0,
    rests: NOW + 7_000,
  },
  {
    name: "throttled without a time rests a second",
    outcome: failure("throttled"),
    next: { state: "waiting", dueAt: NOW + 1_000 },
    counted: 0,
    rests: NOW + 1_000,
  },
  {
    name: "throttled never exhausts",
    outcome: failure("throttled"),
    attempts: 99,
    next: { state: "waiting", dueAt: NOW + 1_000 },
    counted: 99,
    rests: NOW + 1_000,
  },
  { name: "unavailable backs off", outcome: failure("unavailable"), next: { state: "waiting", dueAt: NOW + 500 }, counted: 1 },
  { name: "unavailable doubles", outcome: failure("unavailable"), attempts: 1, next: { state: "waiting", dueAt: NOW + 1_000 }, counted: 2 },
  {
    name: "what expires while it waits is due when it does",
    outcome: failure("unavailable", 60_000),
    expiresAt: NOW + 200,
    next: { state: "waiting", dueAt: NOW + 200 },
    counted: 1,
  },
  {
    name: "what expires later is due as ever",
    outcome: failure("uncertain"),
    expiresAt: NOW + 501,
    next: { state: "uncertain", dueAt: NOW + 500 },
    counted: 1,
  },
  {
    name: "unavailable is never sooner than asked",
    outcome: failure("unavailable", 60_000),
    next: { state: "waiting", dueAt: NOW + 60_000 },
    counted: 1,
  },
  {
    name: "the last attempt exhausts",
    outcome: failure("unavailable"),
    attempts: 2,
    next: { state: "rejected" },
    counted: 3,
    code: "RETRIES_EXHAUSTED",
  },
  { name: "uncertain retries by default", outcome: failure("uncertain"), next: { state: "uncertain", dueAt: NOW + 500 }, counted: 1 },
  {
    name: "uncertain is held where the rule says so",
    outcome: failure("uncertain"),
    ifUncertain: "hold",
    next: { state: "held" },
    counted: 1,
  },
  {
    name: "uncertain is looked up first where the action can",
    outcome: failure("uncertain"),
    ifUncertain: "hold",
    canReconcile: true,
    next: { state: "uncertain", dueAt: NOW + 500 },
    counted: 1,
  },
  {
    name: "uncertain is held where the look-up cannot tell and the rule says so",
    outcome: { kind: "uncertain", code: "CANNOT_TELL", reason: "Nobody knows." },
    ifUncertain: "hold",
    canReconcile: true,
    next: { state: "held" },
    counted: 1,
  },
  {
    name: "uncertain too often exhausts",
    outcome: failure("uncertain"),
    attempts: 2,
    next: { state: "rejected" },
    counted: 3,
    code: "RETRIES_EXHAUSTED",
  },
  {
    name: "locked out keeps the delivery, uncounted, and the service rests until a probe",
    outcome: failure("locked-out"),
    next: { state: "waiting", dueAt: NOW },
    counted: 0,
    rests: NOW + 60_000,
  },
];

describe("the outcome table", () => {
  test.each(rows)(
    "$name",
    ({ outcome, attempts = 0, ifUncertain = "retry", expiresAt, canReconcile = false, next, counted, rests, code }) => {
      const decision = afterOutcome(outcome, {
        delivery: { attempts, ifUncertain, expiresAt },
        canReconcile,
        policy,
        now: NOW,
        random: 0.5,
      });
      expect(decision.next).toEqual(next);
      expect(decision.attempts).toBe(counted);
      expect(decision.serviceRestsUntil).toBe(rests);
      if (code !== undefined) expect(decision.outcome).toMatchObject({ kind: "rejected", code });
    },
  );
});

describe("nextDelayMs", () => {
  test("stays within its ceiling, is never sooner than asked, and gives up after the last attempt", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.nat(100_000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, retryAfter, random) => {
          const delay = nextDelayMs(defaultRetry, attempt, retryAfter, random);
          if (attempt >= defaultRetry.attempts) {
            expect(delay).toBeNull();
            return;
          }
          const ceiling = Math.min(defaultRetry.longestDelayMs, defaultRetry.firstDelayMs * 2 ** (attempt - 1));
          expect(delay).toBeGreaterThanOrEqual(retryAfter);
          expect(delay).toBeLessThanOrEqual(Math.max(retryAfter, ceiling));
        },
      ),
    );
  });
});
