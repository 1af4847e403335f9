import type { Action } from "../connector/connector.ts";
import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { Outcome } from "../connector/outcome.ts";
import type { Service } from "./service.ts";

/** Claimed deliveries that wait in memory, as a multiple of what is attempted at the same time. */
const BUFFER_FACTOR = 4;
/** An attempt is started only while its lease outlasts the deadline by this. */
const LEASE_MARGIN_MS = 5_000;
/** Claims without an outcome after which a delivery is taken to kill its process. */
const MOST_FRUITLESS_CLAIMS = 20;

interface Held {
  readonly delivery: ClaimedDelivery;
  /** Epoch milliseconds at which the claim lapses. */
  readonly until: number;
}

/** One service's deliveries in this process: those claimed and waiting, how many are under way, and whether the service rests. */
export interface Desk {
  readonly waiting: Held[];
  inFlight: number;
  /** Epoch milliseconds; it takes no delivery before. */
  restsUntil: number;
  /** It rested: one delivery goes first, the others follow if it is taken. */
  probing: boolean;
  /** The journal has more that is due than we had room for: new deliveries queue up behind it. */
  backlog: boolean;
}

export function newDesk(): Desk {
  return { waiting: [], inFlight: 0, restsUntil: 0, probing: false, backlog: false };
}

/** How many more deliveries the desk takes. */
export function roomAt(desk: Desk, service: Service, now: number): number {
  if (desk.restsUntil > now) return 0;
  const most = desk.probing ? 1 : service.concurrency * BUFFER_FACTOR;
  return Math.max(0, most - desk.waiting.length - desk.inFlight);
}

/** The next delivery to attempt; undefined where nothing may start. Claims that would lapse under the attempt are left to lapse. */
export function takeNext(desk: Desk, service: Service, now: number): ClaimedDelivery | undefined {
  if (desk.restsUntil > now || desk.inFlight >= (desk.probing ? 1 : service.concurrency)) return undefined;
  for (;;) {
    const held = desk.waiting.shift();
    if (held === undefined || held.until - now > service.deadlineMs + LEASE_MARGIN_MS) return held?.delivery;
  }
}

/** The service answered: it goes on, or rests as told. Says which, where that is news. */
export function noteOutcome(desk: Desk, outcome: Outcome, restsUntil: number | undefined): "rests" | "resumed" | undefined {
  if (restsUntil !== undefined) {
    const news = restsUntil > desk.restsUntil;
    desk.restsUntil = Math.max(desk.restsUntil, restsUntil);
    desk.probing = true;
    return news ? "rests" : undefined;
  }
  if (!desk.probing || outcome.kind === "unavailable" || outcome.kind === "uncertain") return undefined;
  desk.probing = false;
  return "resumed";
}

/** Whether `start` must be durable before the request is written: wherever a blind repeat would matter. */
export function needsStart(delivery: ClaimedDelivery, action: Action<unknown, unknown> | undefined): boolean {
  return delivery.ifUncertain === "hold" || action?.repeat === "repeats" || action?.reconcile !== undefined;
}

/** What is known before anything is sent: go on, hold what a crash left uncertain, or reject what kills its process. */
export function beforeAttempt(delivery: ClaimedDelivery, canReconcile: boolean): "attempt" | "hold" | Outcome {
  if (delivery.uncertain && delivery.ifUncertain === "hold" && !canReconcile) return "hold";
  if (delivery.claims - delivery.attempts > MOST_FRUITLESS_CLAIMS) {
    const reason = `Claimed ${delivery.claims} times; the process ended each time before there was an outcome.`;
    return { kind: "rejected", code: "CLAIMS_EXHAUSTED", reason };
  }
  return "attempt";
}
