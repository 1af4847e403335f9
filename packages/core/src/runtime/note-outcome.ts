import type { Failure, Outcome } from "../connector/outcome.ts";
import { REFUSED_HERE } from "./attempt.ts";
import type { Desk } from "./desk.ts";
import type { Ticket } from "./limit/limiter.ts";

/** An attempt that ended. All moments are steady milliseconds. */
export interface Ended {
  readonly ticket: Ticket;
  readonly outcome: Outcome;
  /** Until when the service takes nothing, as the outcome says; undefined: it says nothing of that. */
  readonly restsUntil: number | undefined;
  readonly now: number;
  /** From 0 to 1. */
  readonly random: number;
}

/** What is new of a service: why it rests, or that it goes on. */
export type News = Failure | "resumed" | undefined;

/** Who is told to wait longer has used up a quota: that says nothing of the pace. */
const LONGEST_PACE_REST_MS = 60_000;

/** A probe that went alone says nothing of the pace. */
function isTooFast({ probing, restsUntil }: Desk, { outcome, ticket: { sentAt = 0 } }: Ended, restMs: number): boolean {
  return outcome.kind === "throttled" && restMs <= LONGEST_PACE_REST_MS && (!probing || sentAt < restsUntil);
}

/** The service goes on, rests as told, slows down, or is left alone until it can be reached. Says which, where that is news. */
export function noteOutcome(desk: Desk, ended: Ended): News {
  const { ticket, outcome, restsUntil, now } = ended;
  desk.limiter.ended(ticket, outcome, now);
  if (isOldNews(desk, ended)) return undefined;
  if (restsUntil !== undefined && outcome.kind !== "accepted") {
    if (isTooFast(desk, ended, restsUntil - now)) desk.limiter.slow(now, restsUntil);
    return rest(desk, outcome, restsUntil, now);
  }
  // What was under way when the service began to rest says nothing of whether it may go on.
  if (desk.restsUntil > (ticket.sentAt ?? now)) return undefined;
  const leftAloneMs = desk.probing ? desk.breaker.noteProbe(outcome, ended) : desk.breaker.note(outcome, ended);
  if (leftAloneMs !== undefined && outcome.kind !== "accepted") return rest(desk, outOfReach(outcome), now + leftAloneMs, now);
  return desk.probing && answered(outcome) ? resume(desk) : undefined;
}

/** What was under way when the service locked us out tells it once more, maybe when a person has mended why. */
function isOldNews({ restsFor, restsUntil }: Desk, { outcome, ticket, now }: Ended): boolean {
  return outcome.kind === "locked-out" && restsFor === "locked-out" && (ticket.sentAt ?? now) < restsUntil;
}

/** The service that locked us out is tried again now. */
export function endLockOut(desk: Desk, now: number): void {
  if (desk.restsFor === "locked-out") desk.restsUntil = Math.min(desk.restsUntil, now);
}

function rest(desk: Desk, failure: Failure, until: number, now: number): News {
  const isNews = desk.restsUntil <= now || desk.restsFor !== failure.kind;
  desk.restsUntil = Math.max(desk.restsUntil, until);
  desk.restsFor = failure.kind;
  desk.probing = true;
  desk.foundNothing = false;
  return isNews ? failure : undefined;
}

function resume(desk: Desk): News {
  // Where that was let go of, it was said.
  const isNews = desk.restsFor !== undefined;
  desk.probing = false;
  desk.restsFor = undefined;
  desk.breaker.close();
  return isNews ? "resumed" : undefined;
}

function outOfReach({ reason }: Failure): Failure {
  return { kind: "unavailable", code: "BREAKER_OPEN", reason: `Most attempts fail, so it is left alone for a while; the last: ${reason}` };
}

/** Whether the far side must have taken notice of the attempt. */
function answered(outcome: Outcome): boolean {
  return outcome.kind === "accepted" || (outcome.kind === "rejected" && !REFUSED_HERE.has(outcome.code));
}
