import { randomUUID } from "node:crypto";
import { addresseesOf } from "../connector/recipients.ts";
import type { Failure, Outcome } from "../connector/outcome.ts";
import type { Journal } from "../journal/journal.ts";
import { deliveryId } from "../rules/delivery-key.ts";
import type { Row } from "../values/value.ts";
import { attempt, type Attemptable } from "./attempt.ts";
import { costOf } from "./limit/cost.ts";
import { createLimiter, type Limiter } from "./limit/limiter.ts";
import { askedOf, refusal } from "./refusal.ts";
import type { Service, Services } from "./service.ts";
import { suppressedOutcome } from "./suppressing.ts";

/** An action that a person wants done now. */
export interface Call {
  readonly service: string;
  readonly action: string;
  readonly args: Row;
  /** Who asks: what guards read as `user`. */
  readonly user: Row;
  /** Calls of one user for one action that have the same key are one delivery to the far side. @default every call is one of its own */
  readonly key?: string | undefined;
}

export interface CallerOptions {
  /** Those in force. */
  readonly services: () => Services;
  /** Undefined while it is not open: nothing is called then. */
  readonly journal: () => Pick<Journal, "suppressed" | "paused"> | undefined;
  /** Steady milliseconds. @default performance.now */
  readonly steady?: () => number;
}

/** The code of a call that a service's own limits keep back. */
export const LIMITED = "LIMITED";

/** The code of a call to a service that a person paused. */
export const PAUSED = "PAUSED";

/**
 * Makes calls that users ask for, under the guards that let users; see {@link attempt}. Once: what becomes of it is told, and nothing is kept.
 * Pauses and suppressions hold as for deliveries of rules. Limits and concurrency of a service hold for the calls of users by themselves.
 */
export function createCaller({ services, journal, steady = () => performance.now() }: CallerOptions): (call: Call) => Promise<Outcome> {
  const desks = new Map<string, Desk>();

  function deskOf(name: string): Desk {
    const desk = desks.get(name) ?? { limiter: createLimiter(), inFlight: 0 };
    desks.set(name, desk);
    return desk;
  }

  return async (call) => {
    const delivery = deliveryOf(call);
    const inForce = services();
    const asked = askedOf(delivery, inForce);
    if ("kind" in asked) return asked;
    const { service } = asked;
    const refused = refusal(call.args, asked) ?? (await keptBack(call, service, journal()));
    if (refused !== undefined) return refused;
    return within(deskOf(service.name), { service, delivery, steady }, () => attempt(delivery, inForce));
  };
}

interface Desk {
  readonly limiter: Limiter;
  inFlight: number;
}

/** No other user gets the same id by giving the same key. */
function deliveryOf({ service, action, args, user, key }: Call): Attemptable {
  const seed = JSON.stringify(["call", user["id"] ?? null, service, action, key ?? randomUUID()]);
  return { id: deliveryId(seed), service, action, args, user, attempts: 0, uncertain: false, ifUncertain: "hold" };
}

async function keptBack(
  { service: name, action, args }: Call,
  service: Service,
  journal: ReturnType<CallerOptions["journal"]>,
): Promise<Outcome | undefined> {
  if (journal === undefined) return unavailable("JOURNAL_AWAY", "The journal cannot be asked now.");
  const schema = service.action(action)?.args ?? {};
  const addresses = addresseesOf(args, schema);
  try {
    const paused = await journal.paused();
    if (paused.some((pause) => pause.of === "service" && pause.name === name)) return unavailable(PAUSED, `Service "${name}" is paused.`);
    const [found = []] = addresses.length === 0 ? [] : await journal.suppressed([{ service: name, addresses }]);
    return found.length === 0 ? undefined : suppressedOutcome(found, addresses.length);
  } catch {
    return unavailable("JOURNAL_AWAY", "The journal cannot be asked now.");
  }
}

interface Attempting {
  readonly service: Service;
  readonly delivery: Attemptable;
  readonly steady: () => number;
}

/** As fast as the service's limits let it, and so many at once. */
async function within(desk: Desk, { service, delivery, steady }: Attempting, make: () => Promise<Outcome>): Promise<Outcome> {
  const { limiter } = desk;
  limiter.follow(service.limits.rates);
  // Calls are in no journal: nothing can be recalled of those before.
  if (limiter.unrecalled().length > 0) limiter.recall([]);
  const cost = costOf(delivery, service);
  const waitMs = limiter.readyAt(cost, steady()) - steady();
  if (waitMs > 0) return { ...limited(service), retryAfterMs: Math.ceil(waitMs) };
  if (desk.inFlight >= service.concurrency) return { ...limited(service), retryAfterMs: 1_000 };
  const ticket = limiter.begin(cost, steady());
  desk.inFlight += 1;
  try {
    limiter.sent(ticket, steady());
    const outcome = await make();
    limiter.ended(ticket, outcome, steady());
    return outcome;
  } finally {
    desk.inFlight -= 1;
  }
}

function limited({ name }: Service): Failure<"throttled"> {
  return { kind: "throttled", code: LIMITED, reason: `Service "${name}" takes no more calls of users for now.` };
}

function unavailable(code: string, reason: string): Failure<"unavailable"> {
  return { kind: "unavailable", code, reason };
}
