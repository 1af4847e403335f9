import type { Outcome } from "../../connector/outcome.ts";
import { RETRIES_EXHAUSTED } from "../after-outcome.ts";
import { REFUSED_HERE } from "../attempt.ts";
import { EXPIRED } from "../expiry.ts";
import { isByLimit } from "../rule-limits.ts";
import { createPace } from "./pace.ts";
import { type Cost, NOTHING, REQUESTS } from "./rate.ts";
import { createWindows, type Windows } from "./windows.ts";

/** Lets one service's attempts through no faster than its limits say, and than the service was found to take them. All moments are steady milliseconds. */
export interface Limiter extends Pick<Windows, "follow" | "readyAt" | "roomFor" | "everyMs" | "usedUp" | "uses" | "unrecalled" | "recall"> {
  /** An attempt is to be made: what it costs is used. */
  begin(cost: Cost, now: number): Ticket;
  /** The request is about to be written: what it costs is used from now on. */
  sent(ticket: Ticket, now: number): void;
  /** What came of it; undefined: nothing was sent after all. */
  ended(ticket: Ticket, outcome: Outcome | undefined, now: number): void;
  /** Requests a second that the service was found to take; undefined: nothing is known. */
  pace(now: number): number | undefined;
  /** The service throttles us, and rests until then. */
  slow(now: number, restsUntil: number): void;
}

/** What an attempt uses. */
export interface Ticket {
  readonly cost: Cost;
  /** When it counts as used. */
  at: number;
  sentAt: number | undefined;
}

const SECOND = 1_000;

export function createLimiter(): Limiter {
  const windows = createWindows();
  const pace = createPace();
  const transit = createTransit();

  /** It counts from then on, if that is later: what was thought to be used is never free sooner. */
  function move(ticket: Ticket, to: number, cost = ticket.cost): void {
    windows.giveBack(ticket);
    ticket.at = Math.max(ticket.at, to);
    windows.use({ cost, at: ticket.at });
  }

  return {
    ...windows,
    readyAt: (cost, now) => Math.max(pace.readyAt(now), windows.readyAt(cost, now)),
    roomFor: (ms, now) => Math.min(pace.freeUntil(now + ms, now), windows.roomFor(ms, now)),
    everyMs: (now) => Math.max(pace.everyMs(now), windows.everyMs(now)),
    begin(cost, now) {
      pace.use(now);
      windows.use({ cost, at: now });
      return { cost, at: now, sentAt: undefined };
    },
    sent(ticket, now) {
      ticket.sentAt = now;
      move(ticket, now);
    },
    ended(ticket, outcome, now) {
      if (ticket.sentAt === undefined || outcome === undefined) windows.giveBack(ticket);
      else move(ticket, now - transit.sinceNoticed(ticket.sentAt, now), spent(ticket.cost, outcome));
    },
    pace: (now) => (pace.everyMs(now) === 0 ? undefined : SECOND / pace.everyMs(now)),
    slow: pace.slow,
  };
}

/** What an attempt that ended so has used; of one that was the last, the journal does not say whether it may have been done. */
export function spent(cost: Cost, outcome: Outcome): Cost {
  if (outcome.kind === "accepted" || outcome.kind === "uncertain" || outcome.code === RETRIES_EXHAUSTED) return cost;
  if (REFUSED_HERE.has(outcome.code) || outcome.code === EXPIRED || isByLimit(outcome)) return NOTHING;
  return new Map([...cost].filter(([unit]) => unit === REQUESTS));
}

/**
 * How long before its end the far side has taken notice of an attempt, at least: as long as the fastest ones of late took.
 * What is above that may have passed before: a connection was opened, or the request was queued.
 */
interface Transit {
  sinceNoticed(sentAt: number, endedAt: number): number;
}

/** How fast the shortest is forgotten, once all take longer; and how slowly it is believed, at first. */
const FORGET = 1 / 256;
/** So much of it may be ours: a busy process reads an answer late. Milliseconds. */
const OURS_MS = 10;

function createTransit(): Transit {
  let shortest = 0;
  return {
    sinceNoticed(sentAt, endedAt) {
      const took = endedAt - sentAt;
      shortest = Math.min(took, shortest + (took - shortest) * FORGET);
      return Math.max(0, shortest - OURS_MS);
    },
  };
}
