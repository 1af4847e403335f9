import type { ClaimedDelivery, ClaimToken } from "../journal/delivery.ts";
import type { Admission, AdmitRequest, Journal, Settlement, Starting } from "../journal/journal.ts";
import { argsBeforehand } from "../rules/links.ts";
import type { RuleSet } from "../rules/rule-set.ts";
import { afterOutcome } from "./after-outcome.ts";
import { attempt } from "./attempt.ts";
import { createBatches, type Seat } from "./batch/batches.ts";
import { joined } from "./batch/joined.ts";
import { endingOf, type Ending, needsStart, outlasts } from "./desk.ts";
import type { Task } from "./desks.ts";
import { expiryOf } from "./expiry.ts";
import { gather } from "./gather.ts";
import { letThrough, sift, type Sifting } from "./let-through.ts";
import { noteOutcome } from "./note-outcome.ts";
import type { Observer } from "./observer.ts";
import { pastOf } from "./past.ts";
import type { Patience } from "./patience.ts";
import { createSuppressing, type Suppressing } from "./suppressing.ts";
import type { Service, ServiceAction, Services } from "./service.ts";

export interface PerformOptions {
  readonly journal: Journal;
  readonly rules: () => RuleSet;
  readonly services: () => Services;
  readonly observer: Observer;
  readonly patience: Patience;
  readonly now: () => number;
  /** Milliseconds that pass evenly: the desks' time. */
  readonly steady: () => number;
  readonly random: () => number;
  /** Aborts the attempts under way: they are then uncertain. */
  readonly abandon: AbortSignal;
}

/** Starts and settles of a few milliseconds share one transaction. */
const GATHER = { delayMs: 2, most: 256 };

export interface Performing {
  /**
   * Takes one claimed delivery through start, attempt and settle; calls `attempted` once its place is free. Rejects only where the journal fails.
   */
  perform(task: Task, attempted: () => void): Promise<void>;
  /** Settles what the limits of rules keep back of what was just claimed, and returns the rest. Rejects where the journal fails, or is full when the signal aborts. */
  sift(claimed: readonly ClaimedDelivery[], signal: AbortSignal): Promise<readonly ClaimedDelivery[]>;
  /** Whether outcomes wait since one of them found no room: until all of them are kept, their claims may lapse, and must not be made anew. */
  isBehind(): boolean;
  /** From now on nothing waits for others to be sent with. */
  hurry(): void;
}

export function createPerform(options: PerformOptions): Performing {
  const { rules, services, observer, now, steady, abandon } = options;
  const gathering = gathered(options);
  const { start, admit, settle, isBehind, suppressing } = gathering;
  const send = sendBy(options, gathering);
  const batches = createBatches();

  /** Nothing was sent under this claim: the delivery is pending again at once. */
  async function giveBack({ claim, attempts }: ClaimedDelivery): Promise<void> {
    await settle({ claim, attempts, next: { state: "pending" } });
  }

  async function end(delivery: ClaimedDelivery, { state, outcome }: Ending): Promise<void> {
    const { claim, attempts } = delivery;
    const latest = await settle({ claim, attempts, outcome, next: { state } });
    if (latest) observer.settled?.(delivery, outcome, { state }, undefined);
  }

  async function go(task: Task, seat: Seat | undefined, attempted: () => void): Promise<void> {
    const { held, service, desk } = task;
    const { delivery } = held;
    const action = service.action(delivery.action);
    if (!(await letThrough(delivery, action, { rules, admit, settle, observer, now }))) return;
    if (needsStart(delivery, action) && !(await start({ ...delivery.claim, alike: alikeOf(delivery, action) }))) return;
    // Making the start durable may have taken long: the journal was full, or the project was reloaded.
    const expired = expiryOf(delivery, now());
    if (expired !== undefined) return end(delivery, { state: "expired", outcome: expired });
    const current = services().get(service.name);
    const rests = seat !== undefined && desk.restsUntil > steady();
    if (current === undefined || abandon.aborted || rests || !outlasts(held, current, steady())) return giveBack(delivery);
    return send(task, { service: current, seat, attempted });
  }

  async function perform(task: Task, attempted: () => void): Promise<void> {
    const { held, service } = task;
    const action = service.action(held.delivery.action);
    const ending = endingAt(held.delivery, service, now()) ?? (await suppressing.endingOf(held.delivery, action));
    if (ending !== undefined) return end(held.delivery, ending);
    const waiting = await joined(task, action, { batches, free: attempted });
    const seat = waiting && (await waiting.made)();
    try {
      await go(task, seat, attempted);
    } finally {
      seat?.leave();
    }
  }

  return { perform, isBehind, sift: siftBy(options), hurry: batches.hurry };
}

interface Sending {
  readonly service: Service;
  readonly seat: Seat | undefined;
  readonly attempted: () => void;
}

/** Makes the attempt, and settles what came of it. */
function sendBy(
  options: PerformOptions,
  { settle, suppressing }: Pick<Gathered, "settle" | "suppressing">,
): (task: Task, sending: Sending) => Promise<void> {
  const { observer, now, steady, abandon } = options;
  return async ({ held: { delivery }, desk, ticket }, { service, seat, attempted }) => {
    const began = steady();
    desk.limiter.sent(ticket, began);
    const action = service.action(delivery.action);
    const past = pastOf(options.journal, delivery.id, () => alikeOf(delivery, action));
    const outcome = await attempt(delivery, options.services(), { now, signal: abandon, past, run: seat?.run });
    seat?.leave();
    const canReconcile = action?.reconcile !== undefined;
    const policy = delivery.retry ?? service.retry;
    await suppressing.note(outcome, { delivery, service, at: now() });
    const clock = now();
    const random = options.random();
    const decision = afterOutcome(outcome, { delivery, canReconcile, policy, now: clock, random });
    const ahead = clock - steady();
    const restsUntil = decision.serviceRestsUntil === undefined ? undefined : decision.serviceRestsUntil - ahead;
    const news = noteOutcome(desk, { ticket, outcome, restsUntil, now: clock - ahead, random });
    if (news === "resumed") observer.serviceResumed?.(service.name);
    else if (news !== undefined) observer.serviceRests?.(service.name, news, desk.restsUntil + ahead);
    attempted();
    const { attempts, next } = decision;
    if ("dueAt" in next) desk.allDueAt = Math.max(desk.allDueAt, next.dueAt - ahead);
    const latest = await settle({ claim: delivery.claim, outcome: decision.outcome, attempts, next });
    if (latest) observer.settled?.(delivery, decision.outcome, next, steady() - began);
  };
}

function endingAt(delivery: ClaimedDelivery, service: Service, now: number): Ending | undefined {
  const canReconcile = service.action(delivery.action)?.reconcile !== undefined;
  return endingOf(delivery, { canReconcile, policy: delivery.retry ?? service.retry, now });
}

function siftBy({ journal, patience, services, rules, observer, now }: PerformOptions): Performing["sift"] {
  /** What has an end without being attempted needs no room. */
  const actionOf = (delivery: ClaimedDelivery): ServiceAction | undefined => {
    const service = services().get(delivery.service);
    return service === undefined || endingAt(delivery, service, now()) !== undefined ? undefined : service.action(delivery.action);
  };
  return (claimed, signal) => {
    const admit: Sifting["admit"] = (requests) => patience.whenThereIsRoom(() => journal.admit(requests), signal);
    const settle: Sifting["settle"] = (settlements) => patience.whenThereIsRoom(() => journal.settle(settlements), signal);
    return sift(claimed, actionOf, { rules, admit, settle, observer, now });
  };
}

/** Arguments are validated only when they are attempted, and what cannot be read is never sent. */
function alikeOf({ args }: ClaimedDelivery, action: ServiceAction | undefined): string | undefined {
  try {
    return action?.alike?.(argsBeforehand(args, action.args));
  } catch {
    return undefined;
  }
}

interface Gathered {
  readonly start: (claim: Starting) => Promise<boolean>;
  readonly admit: (request: AdmitRequest) => Promise<Admission | undefined>;
  readonly settle: (settlement: Settlement) => Promise<boolean>;
  readonly isBehind: () => boolean;
  readonly suppressing: Suppressing;
}

/** Each answers whether the claim is still the latest. */
function gathered({ journal, patience, now, steady, abandon }: PerformOptions): Gathered {
  let unsettled = 0;
  let refused = false;
  const settleOrNote = async (settlements: readonly Settlement[]): Promise<readonly ClaimToken[]> => {
    try {
      return await journal.settle(settlements);
    } catch (error) {
      refused = true;
      throw error;
    }
  };
  const ahead = (): number => now() - steady();
  const settleSoon = gather(async (decided: readonly Decided[]) => {
    const settlements = (): readonly Settlement[] => decided.map((one) => byTheClock(one, ahead()));
    const stale = namesOf(await patience.whenThereIsRoom(() => settleOrNote(settlements()), abandon));
    return decided.map(({ settlement }) => !stale.has(nameOf(settlement.claim)));
  }, GATHER);
  return {
    isBehind: () => refused,
    suppressing: createSuppressing({ journal, patience, abandon, gathering: GATHER }),
    async settle(settlement) {
      unsettled += 1;
      try {
        return await settleSoon({ settlement, ahead: ahead() });
      } finally {
        unsettled -= 1;
        refused &&= unsettled > 0;
      }
    },
    admit: gather((requests: readonly AdmitRequest[]) => patience.whenThereIsRoom(() => journal.admit(requests), abandon), GATHER),
    start: gather(async (claims: readonly Starting[]) => {
      const latest = namesOf(await patience.whenThereIsRoom(() => journal.start(claims), abandon));
      return claims.map((claim) => latest.has(nameOf(claim)));
    }, GATHER),
  };
}

/** What becomes of an attempt, as it was decided. */
interface Decided {
  readonly settlement: Settlement;
  /** By how much the clock showed more than the milliseconds that had passed. */
  readonly ahead: number;
}

/** Less than that a clock may go wrong by itself. */
const NOTICED_MS = 2_000;

/** Where there was no room for it the clock may have been set since it was decided, and with it when it is due. */
function byTheClock({ settlement, ahead }: Decided, aheadNow: number): Settlement {
  const { next } = settlement;
  const jump = Math.round(aheadNow - ahead);
  return "dueAt" in next && Math.abs(jump) >= NOTICED_MS ? { ...settlement, next: { ...next, dueAt: next.dueAt + jump } } : settlement;
}

function namesOf(claims: readonly ClaimToken[]): ReadonlySet<string> {
  return new Set(claims.map(nameOf));
}

function nameOf({ id, number }: ClaimToken): string {
  return `${id}/${number}`;
}
