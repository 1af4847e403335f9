import type { DeliveryRecord, DeliveryState } from "../../journal/delivery.ts";
import type { Journal } from "../../journal/journal.ts";
import type { Service } from "../service.ts";
import { costOf } from "./cost.ts";
import { type Limiter, spent } from "./limiter.ts";
import type { Use } from "./windows.ts";

/** A quota of more would take too long to count: it is counted by the newest. */
const MOST_DELIVERIES = 50_000;
/** Some of the newest used nothing. */
const SPARE = 2;
const FEWEST_DELIVERIES = 1_000;

/** Deliveries of which an attempt may have been made. */
const TRIED: readonly DeliveryState[] = [
  "claimed",
  "started",
  "waiting",
  "uncertain",
  "held",
  "accepted",
  "rejected",
  "expired",
  "dropped",
];

interface RecallOptions {
  readonly journal: Journal;
  /** Epoch milliseconds: the time of outcomes. */
  readonly now: () => number;
  readonly steady: () => number;
  /** Deliveries of the service that this process has under a claim. */
  readonly mine: number;
}

/**
 * Counts by the outcomes in the journal what was used of quotas with long periods: by processes before this one, or before there was a limit. What other
 * processes have under a claim has no outcome yet, and may be used.
 */
export async function recall(service: Service, limiter: Limiter, { journal, now, steady, mine }: RecallOptions): Promise<void> {
  const rates = limiter.unrecalled();
  const limit = Math.min(MOST_DELIVERIES, Math.max(FEWEST_DELIVERIES, ...rates.map(({ count }) => SPARE * count)));
  const longestMs = Math.max(...rates.map(({ periodMs }) => periodMs));
  const records = await journal.deliveries({ service: service.name, states: TRIED, limit });
  const ahead = now() - steady();
  const uses = records.flatMap(({ action = "", args = {}, outcomes }): readonly Use[] => {
    const recent = outcomes.filter(({ at }) => at > now() - longestMs);
    if (recent.length === 0) return [];
    const cost = costOf({ action, args }, service);
    // What a person decided is no attempt.
    return recent.flatMap(({ at, outcome }) => (outcome.kind === "decided" ? [] : [{ cost: spent(cost, outcome), at: at - ahead }]));
  });
  const theirs = records.filter(isUnderClaim).slice(mine);
  limiter.recall([...uses, ...theirs.map(({ action = "", args = {} }) => ({ cost: costOf({ action, args }, service), at: steady() }))]);
}

function isUnderClaim({ state }: DeliveryRecord): boolean {
  return state === "claimed" || state === "started";
}
