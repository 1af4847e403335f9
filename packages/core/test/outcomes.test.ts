import type { Outcome } from "@backstitch/core/connector";
import type { RetryPolicy } from "@backstitch/core/rules";
import { afterOutcome, defaultRetry, nextDelayMs } from "@backstitch/core/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const NOW = 1_000_000;
const policy: RetryPolicy = { attempts: 3, firstDelayMs: 1_000, longestDelayMs: 10_000 };
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
  readonly triedAt?: number;
  readonly policy?: Partial<RetryPolicy>;
  readonly ifUncertain?: "retry" | "hold";
  readonly expiresAt?: number;
  readonly canReconcile?: boolean;
  readonly next: object;
  readonly counted?: number;
  readonly rests?: number;
  readonly code?: string;
  readonly reason?: string;
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
  {
    name: "the time for retries begins with the first attempt that fails",
    outcome: failure("unavailable"),
    policy: { forMs: 5_000 },
    next: { state: "waiting", dueAt: NOW + 500 },
    counted: 1,
  },
  {
    name: "the last wait ends with the time for retries",
    outcome: failure("unavailable"),
    attempts: 1,
    triedAt: NOW - 4_900,
    policy: { forMs: 5_000 },
    next: { state: "waiting", dueAt: NOW + 100 },
    counted: 2,
  },
  {
    name: "what fails once the time is over exhausts, whatever attempts are left",
    outcome: failure("uncertain"),
    attempts: 1,
    triedAt: NOW - 5_000,
    policy: { forMs: 5_000 },
    next: { state: "rejected" },
    counted: 2,
    code: "RETRIES_EXHAUSTED",
    reason: "Given up after 2 attempts, as the time for more is over; the last: It failed.",
  },
  {
    name: "what may not be tried again in time exhausts at once",
    outcome: failure("unavailable", 5_001),
    policy: { forMs: 5_000 },
    next: { state: "rejected" },
    counted: 1,
    code: "RETRIES_EXHAUSTED",
    reason: "Given up after 1 attempt, as the time for more is over; the last: It failed.",
  },
  {
    name: "attempts are used up before the time is over",
    outcome: failure("unavailable"),
    attempts: 2,
    triedAt: NOW - 1,
    policy: { forMs: 5_000 },
    next: { state: "rejected" },
    counted: 3,
    code: "RETRIES_EXHAUSTED",
    reason: "Given up after 3 attempts; the last: It failed.",
  },
  {
    name: "where only the time counts, attempts do not",
    outcome: failure("unavailable"),
    attempts: 5_000,
    triedAt: NOW - 1,
    policy: { attempts: undefined, forMs: 60_000 },
    next: { state: "waiting", dueAt: NOW + 5_000 },
    counted: 5_001,
  },
  {
    name: "throttled is uncounted when the time is over, too",
    outcome: failure("throttled"),
    attempts: 1,
    triedAt: NOW - 5_000,
    policy: { forMs: 5_000 },
    next: { state: "waiting", dueAt: NOW + 1_000 },
    counted: 1,
    rests: NOW + 1_000,
  },
  {
    name: "a clock that was set back takes nothing from the time",
    outcome: failure("unavailable"),
    attempts: 1,
    triedAt: NOW + 9_000,
    policy: { forMs: 5_000 },
    next: { state: "waiting", dueAt: NOW + 1_000 },
    counted: 2,
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
    ({ outcome, attempts = 0, triedAt, ifUncertain = "retry", expiresAt, canReconcile = false, next, counted, rests, code, ...row }) => {
      const decision = afterOutcome(outcome, {
        delivery: { attempts, triedAt, ifUncertain, expiresAt },
        canReconcile,
        policy: { ...policy, ...row.policy },
        now: NOW,
        random: 0.5,
      });
      expect(decision.next).toEqual(next);
      expect(decision.attempts).toBe(counted);
      expect(decision.serviceRestsUntil).toBe(rests);
      if (code !== undefined) expect(decision.outcome).toMatchObject({ kind: "rejected", code });
      if (row.reason !== undefined) expect(decision.outcome).toMatchObject({ reason: row.reason });
    },
  );
});

describe("what was given up", () => {
  test.each([
    ["after an answer that was lost", failure("uncertain"), true],
    ["after a look-up that failed", { ...failure("uncertain"), code: "LOOK_UP_FAILED" }, undefined],
    ["after a look-up that was cut short", { ...failure("uncertain"), mayBeDone: false }, undefined],
    ["without reaching the far side", failure("unavailable"), undefined],
  ] as const)("%s says whether the last attempt may have been done", (_, outcome, mayBeDone) => {
    const delivery = { attempts: 2, triedAt: undefined, ifUncertain: "retry", expiresAt: undefined } as const;
    const decision = afterOutcome(outcome, { delivery, canReconcile: true, policy, now: NOW, random: 0.5 });
    expect(decision.outcome).toMatchObject({ code: "RETRIES_EXHAUSTED" });
    expect("mayBeDone" in decision.outcome ? decision.outcome.mayBeDone : undefined).toBe(mayBeDone);
  });
});

describe("nextDelayMs", () => {
  test("stays within its ceiling, is never sooner than asked, and gives up after the last attempt", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.nat(100_000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, retryAfter, random) => {
          const delay = nextDelayMs(defaultRetry, { attempts: attempt, passedMs: 0 }, retryAfter, random);
          if (attempt >= 24) {
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
