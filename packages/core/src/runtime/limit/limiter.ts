import type { Outcome } from "../../connector/outcome.ts";
import { RETRIES_EXHAUSTED } from "../after-outcome.ts";
import { REFUSED_HERE } from "../attempt.ts";
import { createPace } from "./pace.ts";
import type { Cost } from "./rate.ts";
import { createWindows, type Windows } from "./windows.ts";

/** Lets one service's attempts through no faster than its limits say, and than the service was found to take them. All moments are steady milliseconds. */
export interface Limiter extends Pick<Windows, "follow" | "readyAt" | "roomFor" | "usedUp" | "unrecalled" | "recall"> {
  /** An attempt is to be made: what it costs is used. */
  begin(cost: Cost, now: number): Ticket;
  /** The request is about to be written: what it costs is used from now on. */
  sent(ticket: Ticket, now: number): void;
  /** What came of it; undefined: nothing was sent after all. */
  ended(ticket: Ticket, outcome: Outcome | undefined, now: number): void;
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
      else move(ticket, now - transit.shortest(ticket.sentAt, now), spent(ticket.cost, outcome));
    },
    slow: pace.slow,
  };
}

/** Every attempt is one, whatever becomes of it. */
const REQUESTS = "requests";
const NOTHING: Cost = new Map();

/** What an attempt that ended so has used; of one that was the last, the journal does not say whether it may have been done. */
export function spent(cost: Cost, outcome: Outcome): Cost {
  if (outcome.kind === "accepted" || outcome.kind === "uncertain" || outcome.code === RETRIES_EXHAUSTED) return cost;
  if (REFUSED_HERE.has(outcome.code)) return NOTHING;
  return new Map([...cost].filter(([unit]) => unit === REQUESTS));
}

/** How long the fastest attempts of late took. What is above that may have passed before the far side took notice: a connection was opened, or the request was queued. */
interface Transit {
  shortest(sentAt: number, endedAt: number): number;
}

/** How fast the shortest is forgotten, once all take longer. */
const FORGET = 1 / 64;

function createTransit(): Transit {
  let firstEnd: number | undefined;
  let shortest = 0;
  let known = false;
  return {
    shortest(sentAt, endedAt) {
      firstEnd ??= endedAt;
      // Those that went out while the first connection was being opened all say the same.
      if (sentAt < firstEnd) return 0;
      const took = endedAt - sentAt;
      shortest = known ? Math.min(took, shortest + (took - shortest) * FORGET) : took;
      known = true;
      return shortest;
    },
  };
}
