import type { Outcome } from "../connector/outcome.ts";
import { DEADLINE, REFUSED_HERE } from "./attempt.ts";

/** Notices that a service cannot be reached, so that its deliveries stay pending instead of failing one after the other. All moments are steady milliseconds. */
export interface Breaker {
  /** How an attempt ended. Returns how long the service is now left alone, in milliseconds; undefined: it goes on. */
  note(outcome: Outcome, at: { readonly now: number; readonly random: number }): number | undefined;
  /** A probe ended, with which the service was tried again. Returns the same. */
  noteProbe(outcome: Outcome, at: { readonly random: number }): number | undefined;
  /** It was reached. */
  close(): void;
}

/** It is judged by so many attempts, the last ones, of so long ago at most, */
const LAST = 20;
const WITHIN_MS = 30_000;
/** once there are so many, */
const FEWEST = 10;
/** and left alone where this part of them failed: */
const SHARE = 0.5;
/** so long at first, twice as long each time that a probe fails. A part of it is chance, so that several processes do not come back at once. */
const FIRST_REST_MS = 5_000;
const LONGEST_REST_MS = 60_000;

export function createBreaker(): Breaker {
  let recent: { readonly at: number; readonly failed: boolean }[] = [];
  let failedProbes = 0;

  function rest(random: number): number {
    return Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** failedProbes) * (0.5 + random / 2);
  }

  return {
    note(outcome, { now, random }) {
      if (outcome.kind !== "accepted" && REFUSED_HERE.has(outcome.code)) return undefined;
      recent = [...recent.slice(1 - LAST), { at: now, failed: isUnreachable(outcome) }].filter(({ at }) => at > now - WITHIN_MS);
      const failures = recent.filter(({ failed }) => failed).length;
      if (recent.length < FEWEST || failures < recent.length * SHARE) return undefined;
      recent = [];
      return rest(random);
    },
    noteProbe(outcome, { random }) {
      if (!isUnreachable(outcome)) return undefined;
      failedProbes += 1;
      return rest(random);
    },
    close() {
      recent = [];
      failedProbes = 0;
    },
  };
}

function isUnreachable(outcome: Outcome): boolean {
  if (outcome.kind === "unavailable") return !REFUSED_HERE.has(outcome.code);
  return outcome.kind === "uncertain" && outcome.code === DEADLINE;
}
