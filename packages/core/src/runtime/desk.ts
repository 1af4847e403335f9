import type { Action } from "../connector/connector.ts";
import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { Failure, Outcome, OutcomeKind } from "../connector/outcome.ts";
import type { RetryPolicy } from "../rules/new-delivery.ts";
import { exhausted } from "./after-outcome.ts";
import { type Breaker, createBreaker } from "./breaker.ts";
import { expiryOf } from "./expiry.ts";
import { isSpent, passedSince, timeLeft } from "./retry.ts";
import { costOf } from "./limit/cost.ts";
import { createLimiter, type Limiter, type Ticket } from "./limit/limiter.ts";
import type { Cost } from "./limit/rate.ts";
import { createTurns, type Turns } from "./limit/turns.ts";
import type { Service } from "./service.ts";

/** Claimed deliveries that wait in memory, as a multiple of what is attempted at the same time. */
const BUFFER_FACTOR = 4;
/** No more is claimed than the limits let go in that time, and what they will not let go by then is given back: no claim lapses while it waits. */
const LIMIT_AHEAD_MS = 10_000;
/** What was used may be free sooner than was to be expected: attempts that did nothing give it back. */
const LOOK_AGAIN_MS = 60_000;
/** What waits for the turns of others is due again as often as it could go at the most, and so many times as often where limits say how often that is: no desk waits for it. */
const SHORTEST_TURN_MS = 0.25;
const EARLY = 4;
/** What is due is found by then. */
const FOUND_WITHIN_MS = 1_000;
/** An attempt is started only while its lease outlasts the deadline by this. */
const LEASE_MARGIN_MS = 5_000;
/** Claims without an outcome after which a delivery may be what ends its process. */
const MOST_FRUITLESS_CLAIMS = 3;

/** A delivery under a claim of this process. */
export interface Held {
  readonly delivery: ClaimedDelivery;
  /** When the claim lapses, in steady milliseconds as all times of a desk. */
  readonly until: number;
  /** The key that it takes turns by. */
  readonly turn: string;
}

/** One service's deliveries in this process: those claimed and waiting, how many are under way, and whether the service rests. */
export interface Desk {
  waiting: Held[];
  inFlight: number;
  /** It takes no delivery before. */
  restsUntil: number;
  /** The kind of outcome it last rested for. */
  restsFor: OutcomeKind | undefined;
  /** It rested: one delivery goes first, the others follow if it is taken. */
  probing: boolean;
  /** The journal has more that is due than we had room for: new deliveries queue up behind it. */
  backlog: boolean;
  /** When it had room for more, nothing was due. */
  foundNothing: boolean;
  /** By then all that was attempted here and is to be attempted again has become due. */
  allDueAt: number;
  readonly breaker: Breaker;
  readonly limiter: Limiter;
  readonly turns: Turns;
  /** Its limits let nothing go before. */
  limitedUntil: number;
  /** What the first delivery costs of those that were given back, since its limits would not let it go for long. */
  givenBack: Cost | undefined;
  /** It was said that its limits let nothing go for long. */
  saidLimited: boolean;
}

export function newDesk(): Desk {
  const standing = { waiting: [], inFlight: 0, restsUntil: 0, restsFor: undefined, probing: false, backlog: false, foundNothing: false };
  return {
    ...standing,
    allDueAt: 0,
    breaker: createBreaker(),
    limiter: createLimiter(),
    turns: createTurns(),
    limitedUntil: 0,
    givenBack: undefined,
    saidLimited: false,
  };
}

/** How many more deliveries the desk takes. */
export function roomAt(desk: Desk, service: Service, now: number): number {
  desk.limiter.follow(service.limits.rates);
  if (desk.restsUntil > now || desk.limitedUntil > now || desk.limiter.unrecalled().length > 0) return 0;
  const most = desk.probing ? 1 : service.concurrency * BUFFER_FACTOR;
  const goes = Math.ceil(desk.limiter.roomFor(LIMIT_AHEAD_MS, now));
  // Whose turn it is can be told only of those that are here.
  const soon = service.limits.per !== undefined && goes > 0 ? most : goes;
  return Math.max(0, Math.min(most - desk.inFlight, soon) - desk.waiting.length);
}

/** A delivery whose turn it is. */
export interface Next {
  readonly held: Held;
  readonly cost: Cost;
  /** When its limits let it go. */
  readonly readyAt: number;
}

/** The next delivery to attempt; undefined where nothing may start. */
export function nextAt(desk: Desk, service: Service, now: number): Next | undefined {
  if (desk.restsUntil > now || desk.inFlight >= (desk.probing ? 1 : service.concurrency)) return undefined;
  const fits = (one: Held): boolean => outlasts(one, service, now);
  const held = service.limits.per === undefined ? desk.waiting.find(fits) : desk.turns.next(desk.waiting.filter(fits));
  if (held === undefined) return undefined;
  desk.limiter.follow(service.limits.rates);
  if (desk.limiter.unrecalled().length > 0) return undefined;
  const cost = costOf(held.delivery, service);
  return { held, cost, readyAt: desk.limiter.readyAt(cost, now) };
}

/** It is under way from now on. */
export function take(desk: Desk, { held, cost }: Next, now: number): Ticket {
  desk.inFlight += 1;
  desk.givenBack = undefined;
  desk.waiting.splice(desk.waiting.indexOf(held), 1);
  desk.turns.took(held.turn);
  return desk.limiter.begin(cost, now);
}

/** Processes ended again and again while it was claimed. Its attempts are made alone and under a durable start, so that only the one that is to blame runs out of them. */
export function isSuspect({ claims }: ClaimedDelivery): boolean {
  return claims > MOST_FRUITLESS_CLAIMS;
}

/** Whether the claim still covers a whole attempt that starts then: else another worker could begin it meanwhile. */
export function outlasts({ until }: Held, service: Service, start: number): boolean {
  return until - start > service.deadlineMs + LEASE_MARGIN_MS;
}

/** Takes off the desk what is not to be attempted under its claim: the service is gone, or rests for too long, or its limits are used up, or a person paused it. */
export function takeUnfit(
  desk: Desk,
  service: Service | undefined,
  { now, isPaused }: { readonly now: number; readonly isPaused: (delivery: ClaimedDelivery) => boolean },
): readonly Held[] {
  const start = Math.max(now, desk.restsUntil);
  if (service !== undefined && isUsedUp(desk, service, now)) return desk.waiting.splice(0);
  const unfit = desk.waiting.filter((held) => service === undefined || !outlasts(held, service, start) || isPaused(held.delivery));
  if (unfit.length > 0) desk.waiting = desk.waiting.filter((held) => !unfit.includes(held));
  return unfit;
}

/** A delivery that waits for others to have their turn. */
export interface PutOff {
  readonly delivery: ClaimedDelivery;
  /** When it is due again. */
  readonly again: number;
}

/** Takes off the desk what keys hold beyond their share of it, where more is due in the journal: it may be of others, whose turn it is. */
export function takeOverShare(desk: Desk, service: Service, now: number): readonly PutOff[] {
  if (service.limits.per === undefined || !desk.backlog || desk.probing) return [];
  const byTurn = Map.groupBy(desk.waiting, ({ turn }) => turn);
  // One share is left free, to look for others with.
  const share = Math.max(1, Math.floor((service.concurrency * BUFFER_FACTOR - desk.inFlight) / (byTurn.size + 1)));
  const over = [...byTurn.values()].flatMap((held) => held.slice(share));
  if (over.length > 0) desk.waiting = [...byTurn.values()].flatMap((held) => held.slice(0, share));
  const everyMs = Math.max(SHORTEST_TURN_MS, desk.limiter.everyMs(now) / EARLY) * byTurn.size;
  return over.map(({ delivery, turn }) => ({ delivery, again: desk.turns.putOff(turn, everyMs, now) }));
}

/** Whether it rested, may be tried again, and nothing is left with which it could be. */
export function hasNothingToTry(desk: Desk, now: number): boolean {
  const { restsFor, restsUntil, allDueAt, waiting, inFlight, foundNothing } = desk;
  if (restsFor === undefined || Math.max(restsUntil, allDueAt + FOUND_WITHIN_MS) > now) return false;
  return waiting.length + inFlight === 0 && foundNothing;
}

/** Whether its limits let nothing go for a while. */
function isUsedUp(desk: Desk, service: Service, now: number): boolean {
  const next = nextAt(desk, service, now);
  if (next === undefined || next.readyAt <= now + LIMIT_AHEAD_MS) return false;
  desk.givenBack = next.cost;
  desk.limitedUntil = Math.min(next.readyAt, now + LOOK_AGAIN_MS);
  return true;
}

/** Whether `start` must be durable before the request is written: wherever a blind repeat would matter. */
export function needsStart(delivery: ClaimedDelivery, action: Action<unknown, unknown> | undefined): boolean {
  return isSuspect(delivery) || delivery.ifUncertain === "hold" || action?.repeat === "repeats" || action?.reconcile !== undefined;
}

/** How a delivery ends without another attempt, and why. */
export interface Ending {
  readonly state: "held" | "rejected" | "expired";
  readonly outcome: Outcome;
}

const HELD: Failure = {
  kind: "uncertain",
  code: "HELD",
  reason: "An earlier attempt may have been done, and its rule would rather hold it than repeat it.",
};

/** What is known before anything is sent: what has expired, what a crash left uncertain and is held, what was tried often enough. Undefined: go on. */
export function endingOf(
  delivery: ClaimedDelivery,
  { canReconcile, policy, now }: { readonly canReconcile: boolean; readonly policy: RetryPolicy; readonly now: number },
): Ending | undefined {
  const { attempts, triedAt, uncertain, ifUncertain } = delivery;
  const expired = expiryOf(delivery, now);
  if (expired !== undefined) return { state: "expired", outcome: expired };
  if (uncertain && ifUncertain === "hold" && !canReconcile) return { state: "held", outcome: HELD };
  // The process ended during the last of its attempts; or again and again, and there is no time for more of that.
  const isOver = isSpent(policy, attempts) || (isSuspect(delivery) && timeLeft(policy, passedSince(triedAt, now)) <= 0);
  return isOver ? { state: "rejected", outcome: exhausted(policy, attempts, "its outcome is not known.") } : undefined;
}
