import type { Outcome } from "../connector/outcome.ts";
import type { ClaimedDelivery, ClaimToken } from "../journal/delivery.ts";
import type { Journal, Settlement } from "../journal/journal.ts";
import { afterOutcome } from "./after-outcome.ts";
import { attempt } from "./attempt.ts";
import { beforeAttempt, type Desk, needsStart, noteOutcome } from "./desk.ts";
import { gather } from "./gather.ts";
import type { Observer } from "./observer.ts";
import { whenThereIsRoom } from "./patience.ts";
import type { Service, Services } from "./service.ts";

export interface PerformOptions {
  readonly journal: Journal;
  readonly services: () => Services;
  readonly observer: Observer;
  readonly now: () => number;
  readonly random: () => number;
  /** Aborts the attempts under way: they are then uncertain. */
  readonly abandon: AbortSignal;
}

/** Starts and settles of a few milliseconds share one transaction. */
const GATHER = { delayMs: 2, most: 256 };

/** Makes the function that takes one claimed delivery through start, attempt and settle. It rejects only where the journal fails. */
export function createPerform(options: PerformOptions): (delivery: ClaimedDelivery, service: Service, desk: Desk) => Promise<void> {
  const { journal, services, observer, now, random, abandon } = options;
  const start = gather(async (claims: readonly ClaimToken[]) => {
    const valid = new Set((await whenThereIsRoom(() => journal.start(claims), observer, abandon)).map(({ id }) => id));
    return claims.map(({ id }) => valid.has(id));
  }, GATHER);
  const settle = gather(async (settlements: readonly Settlement[]) => {
    const stale = new Set((await whenThereIsRoom(() => journal.settle(settlements), observer, abandon)).map(({ id }) => id));
    return settlements.map(({ claim }) => !stale.has(claim.id));
  }, GATHER);

  return async (delivery, service, desk) => {
    const began = now();
    const action = service.action(delivery.action);
    const canReconcile = action?.reconcile !== undefined;
    const verdict = beforeAttempt(delivery, canReconcile);
    if (verdict === "hold") {
      await settle({ claim: delivery.claim, attempts: delivery.attempts, next: { state: "held" } });
      return;
    }
    const goesOut = verdict === "attempt";
    if (goesOut && needsStart(delivery, action) && !(await start(delivery.claim))) return;
    const outcome: Outcome = goesOut ? await attempt(delivery, services(), { now, signal: abandon }) : verdict;
    const policy = delivery.retry ?? service.retry;
    const decision = afterOutcome(outcome, { delivery, canReconcile, policy, now: now(), random: random() });
    const news = noteOutcome(desk, outcome, decision.serviceRestsUntil);
    const { attempts, next } = decision;
    const latest = await settle({ claim: delivery.claim, outcome: decision.outcome, attempts, next });
    if (latest) observer.settled?.(delivery, decision.outcome, next, now() - began);
    if (news === "resumed") observer.serviceResumed?.(service.name);
    if (news === "rests" && outcome.kind !== "accepted") observer.serviceRests?.(service.name, outcome, desk.restsUntil);
  };
}
