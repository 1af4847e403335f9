import type { Outcome } from "@backstitch/core/connector";
import {
  isLapse,
  mayMove,
  type ClaimToken,
  type Decided,
  type Decision,
  type DeliveryState,
  type Lapse,
  type Note,
  type Settlement,
} from "@backstitch/core/journal";
import type { IfUncertain } from "@backstitch/core/rules";
import { readRow } from "./readable.ts";

/** What changes in a delivery while it lives. Every journal moves it by the functions below. */
export interface Standing {
  readonly state: DeliveryState;
  /** When it may be claimed next: due, or its lease's end. Undefined: held or settled. */
  readonly dueAt: number | undefined;
  readonly attempts: number;
  /** When the first of its attempts ended; undefined: none has. */
  readonly triedAt: number | undefined;
  /** The number of its latest claim: never goes back, so that an old token stays old. What a person decides takes one, too, and its outcome is kept under it. */
  readonly claim: number;
  /** Claims since its last outcome that were not given back: each may have ended its process. */
  readonly claims: number;
  /** An earlier attempt may have happened. */
  readonly uncertain: boolean;
}

/** Why a claim ended without being settled. */
export type WhyLapsed = Lapse["code"];

const REASONS: Readonly<Record<WhyLapsed, string>> = {
  CRASHED: "The process that was attempting it ended before it knew the outcome.",
  CLAIM_LAPSED: "Its claim lapsed before the outcome was known.",
};

/** Whether the token names the delivery's running claim. */
export function holdsClaim({ state, claim }: Pick<Standing, "state" | "claim">, token: ClaimToken): boolean {
  return claim === token.number && mayMove("settle", state);
}

export function isClaimed(state: DeliveryState): boolean {
  return state === "claimed" || state === "started";
}

export function claimed(standing: Standing, leaseEnds: number): Standing {
  return { ...standing, state: "claimed", dueAt: leaseEnds, claim: standing.claim + 1, claims: standing.claims + 1 };
}

interface Times {
  readonly now: number;
  readonly recordedAt: number;
}

/** Among what is due, by age. The clock may have been set back since it was recorded. */
function oldPlace({ now, recordedAt }: Times): number {
  return Math.min(recordedAt, now);
}

/** A claim that ended unsettled: pending again at its old place, or uncertain where a request may have been written. */
export function lapsed(standing: Standing, lapse: WhyLapsed, { now, recordedAt }: Times): [Standing, Lapse?] {
  if (standing.state !== "started") return [{ ...standing, state: "pending", dueAt: oldPlace({ now, recordedAt }) }];
  const tried = { attempts: standing.attempts + 1, triedAt: standing.triedAt ?? now };
  const next: Standing = { ...standing, ...tried, state: "uncertain", dueAt: now, uncertain: true };
  return [next, lapseOutcome(lapse)];
}

/** Of a claim that had started when it ended. */
export function lapseOutcome(lapse: WhyLapsed): Lapse {
  return { kind: "uncertain", code: lapse, reason: REASONS[lapse] };
}

/** Whether the claim before this one may have ended so: what was settled since counts its claims anew. */
export function mayHaveLapsed({ uncertain, claims }: Pick<Standing, "uncertain" | "claims">): boolean {
  return uncertain && claims > 1;
}

/** @param body Of the outcome of the claim before; null: it had none */
export function lapseOf(body: string | null): Lapse | undefined {
  const outcome = readRow(body) as Outcome | Decided | undefined;
  return outcome !== undefined && isLapse(outcome) ? outcome : undefined;
}

/** Whether what was attempted may have happened, as its outcome says. */
export function mayBeDone(outcome: Outcome | undefined): boolean {
  return outcome?.kind === "uncertain" || (outcome?.kind === "rejected" && outcome.mayBeDone === true);
}

/** As the worker decided. A claim that is given back keeps its number but is not counted; an outcome shows that none of the claims so far ended the process. */
export function settled(before: Standing, { next, outcome, attempts }: Settlement, times: Times): Standing {
  const triedAt = before.triedAt ?? (attempts > 0 ? times.now : undefined);
  const standing = { ...before, attempts, triedAt, claims: outcome === undefined ? before.claims - 1 : 0 };
  const uncertain = standing.uncertain || next.state === "uncertain" || mayBeDone(outcome);
  switch (next.state) {
    case "pending":
      return { ...standing, state: "pending", dueAt: oldPlace(times) };
    case "waiting":
    case "uncertain":
      return { ...standing, state: next.state, dueAt: next.dueAt, uncertain };
    case "accepted":
    case "rejected":
    case "expired":
    case "dropped":
    case "held":
      return { ...standing, state: next.state, dueAt: undefined, uncertain };
  }
}

/**
 * Sent again by a person: attempts and claims count afresh. What may have happened before may still have happened and is looked up first;
 * but of what its rule held because of that doubt the person has decided that it may be repeated.
 * @param last Code of the outcome of its latest claim, as below
 */
export function redriven(standing: Standing, now: number, last: string | undefined): Standing {
  const uncertain = standing.uncertain && (standing.state !== "held" || last === HELD_BY_HAND);
  return { ...standing, state: "pending", dueAt: now, attempts: 0, triedAt: undefined, claim: standing.claim + 1, claims: 0, uncertain };
}

/** Beside the times, what is looked at where a held delivery is released. */
interface Circumstances extends Times {
  readonly ifUncertain: IfUncertain;
  /** Code of the outcome of its latest claim; undefined: that one has none. */
  readonly last: string | undefined;
}

/** As a person decided. A rule that held it because of its doubt has been overruled by its release; whoever held it by hand did so for another reason. */
export function decided(before: Standing, decision: Decision, { ifUncertain, last, ...times }: Circumstances): Standing {
  const standing = { ...before, claim: before.claim + 1 };
  switch (decision) {
    case "drop":
      return { ...standing, state: "dropped", dueAt: undefined };
    case "hold":
      return { ...standing, state: "held", dueAt: undefined };
    case "release": {
      const uncertain = standing.uncertain && (ifUncertain === "retry" || last === HELD_BY_HAND);
      return { ...standing, state: "pending", dueAt: oldPlace(times), attempts: 0, triedAt: undefined, claims: 0, uncertain };
    }
    case "forget":
      return standing;
  }
}

/** The far side tells of it, so it was taken. */
export function reported(before: Standing): Standing {
  return { ...before, state: "accepted", dueAt: undefined, claim: before.claim + 1 };
}

/** The code by which what a person holds is told from what its rule does. */
export const HELD_BY_HAND = "HELD_BY_HAND";

const CODES = {
  drop: "DROPPED_BY_HAND",
  hold: HELD_BY_HAND,
  release: "RELEASED_BY_HAND",
  forget: "FORGOTTEN_BY_HAND",
  retry: "RETRIED_BY_HAND",
} as const satisfies Readonly<Record<Decision | "retry", string>>;

/** What is kept of a decision among the outcomes. */
export function decidedOutcome(decision: Decision | "retry", { by, reason }: Note): Decided {
  return { kind: "decided", code: CODES[decision], by, reason };
}

export function isSettled(state: DeliveryState): boolean {
  return state === "accepted" || state === "rejected" || state === "expired" || state === "dropped";
}
