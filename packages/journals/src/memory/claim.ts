import type { ClaimedDelivery, ClaimRequest, ClaimToken, Settlement, Starting } from "@backstitch/core/journal";
import { budgetOf } from "../shared/limits.ts";
import { claimed, holdsClaim, isClaimed, settled } from "../shared/standing.ts";
import { rememberAlike } from "./admit.ts";
import { joinQueue, lookAtQueues } from "./queue.ts";
import { acceptReported } from "./news.ts";
import { endClaims, isBlocked, isPaused, moveTo, type HeldDelivery, type Memory } from "./memory.ts";

export function claim(memory: Memory, request: ClaimRequest, now: number): ClaimedDelivery[] {
  endClaims(memory, "CLAIM_LAPSED", now);
  acceptReported(memory, now);
  lookAtQueues(memory, now);
  const budget = budgetOf(request);
  const ready = [...memory.open].filter((held) => isReady(memory, held, now)).sort(byAge);
  const taken = ready.filter((held) => budget.take(held.asked.service ?? "", held.bytes));
  for (const held of taken) moveTo(memory, held, claimed(held.standing, now + request.leaseMs), now);
  return taken.map(claimedDelivery);
}

function isReady(memory: Memory, held: HeldDelivery, now: number): boolean {
  const { state, dueAt } = held.standing;
  if (held.keptBack) return false;
  return !isClaimed(state) && dueAt !== undefined && dueAt <= now && !isBlocked(memory, held) && !isPaused(memory, held);
}

function byAge(left: HeldDelivery, right: HeldDelivery): number {
  return (left.standing.dueAt ?? 0) - (right.standing.dueAt ?? 0) || left.seq - right.seq;
}

export function start(memory: Memory, claims: readonly Starting[], now: number): ClaimToken[] {
  return claims.filter((token) => {
    const held = memory.deliveries.get(token.id);
    if (held === undefined || !holdsClaim(held.standing, token)) return false;
    if (held.standing.state === "started") return true;
    if ((held.standing.dueAt ?? 0) <= now) return false;
    moveTo(memory, held, { ...held.standing, state: "started" }, now);
    rememberAlike(memory, token, now);
    return true;
  });
}

/** Returns the claims that were no longer the latest. */
export function settle(memory: Memory, settlements: readonly Settlement[], now: number): ClaimToken[] {
  return settlements.filter((settlement) => !settleOne(memory, settlement, now)).map((settlement) => settlement.claim);
}

function settleOne(memory: Memory, settlement: Settlement, now: number): boolean {
  const held = memory.deliveries.get(settlement.claim.id);
  if (held === undefined || !holdsClaim(held.standing, settlement.claim)) return false;
  const { outcome, attempts, next } = settlement;
  if (outcome !== undefined) held.outcomes.push({ attempt: attempts, at: now, outcome });
  moveTo(memory, held, settled(held.standing, settlement, { now, recordedAt: held.recordedAt }), now);
  if (next.state === "waiting" && next.quota !== undefined) joinQueue(memory, held, next.quota, next.dueAt);
  return true;
}

/** A delivery as its worker sees it. */
export function claimedDelivery({
  id,
  asked,
  origin,
  args = {},
  turn,
  lane,
  redriven,
  expiresAt,
  quota,
  standing,
  lapse: last,
}: HeldDelivery): ClaimedDelivery {
  const { eventId, rule, then = "", service = "", action = "" } = asked;
  const { attempts, triedAt, claims, uncertain } = standing;
  const policy =
    "ifUncertain" in asked
      ? { ifUncertain: asked.ifUncertain, retry: asked.retry, limits: asked.limits }
      : { ifUncertain: "retry" as const, retry: undefined };
  const token = { id, number: standing.claim };
  const lapse = last?.claim === standing.claim - 1 ? last.outcome : undefined;
  const keptBack = quota === undefined ? undefined : true;
  const held = { keptBack, expiresAt, attempts, triedAt, claims, uncertain, lapse, redriven, turn, ...origin };
  return { id, claim: token, eventId, rule, then, service, action, args, lane, ...policy, ...held };
}
