import type { Failure, Outcome } from "../connector/outcome.ts";
import type { Report } from "../connector/receipts.ts";
import type { IfUncertain, RetryPolicy } from "../rules/new-delivery.ts";
import type { RuleLimits } from "../rules/limits.ts";
import type { Row } from "../values/value.ts";

/**
 * Where a delivery stands; how it moves is {@link TRANSITIONS}. `pending`, `claimed`, `started`, `waiting`, `uncertain` and `held` block their lane;
 * `accepted`, `rejected`, `expired` and `dropped` release it.
 */
export type DeliveryState =
  | "pending"
  | "claimed"
  | "started"
  | "waiting"
  | "uncertain"
  | "held"
  | "accepted"
  | "rejected"
  | "expired"
  | "dropped";

/** A delivery under a claim: what the worker attempts. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly claim: ClaimToken;
  readonly eventId: string;
  readonly rule: string;
  readonly then: string;
  readonly service: string;
  readonly action: string;
  readonly args: Row;
  readonly lane: string;
  readonly ifUncertain: IfUncertain;
  readonly retry: RetryPolicy | undefined;
  /** As they were when it was recorded: they hold where its rule is gone. Undefined: its rule had none. */
  readonly limits?: RuleLimits | undefined;
  /** A person sent it again, whatever the limits. */
  readonly redriven?: boolean | undefined;
  /** It waited in the queue of a quota, and is to be asked about, whatever the limits of its rule are by now. */
  readonly keptBack?: boolean | undefined;
  /** From then on it must not be attempted. Epoch milliseconds; undefined: never, or a person sent it again. */
  readonly expiresAt: number | undefined;
  /** Attempts that were made before this claim. */
  readonly attempts: number;
  /** When the first of them ended; undefined: none has. Epoch milliseconds. */
  readonly triedAt: number | undefined;
  /**
   * Claims since its last outcome, this one included, less those that were given back: a delivery that kills its process never settles,
   * so claims are counted, and those that had started too.
   */
  readonly claims: number;
  /** An earlier attempt may have happened. */
  readonly uncertain: boolean;
  /** The outcome of the claim before this one, where that had started and ended without one: nobody was told of it. */
  readonly lapse?: Lapse | undefined;
  /** When its event was committed, by the source's clock. Epoch milliseconds; undefined: an older Backstitch recorded it. */
  readonly committedAt?: number | undefined;
  /** What it takes turns by, as it was recorded; undefined: its event had nothing there, or its service took none by an event then. */
  readonly turn?: string | undefined;
  /** W3C `traceparent` of its event's span; undefined: nothing was traced when it was recorded. */
  readonly trace?: string | undefined;
  /** Through how many deliveries its event came to be; undefined: nobody told, or an older Backstitch recorded it. */
  readonly hops?: number | undefined;
}

const LAPSES = ["CRASHED", "CLAIM_LAPSED"] as const;

/** The outcome of an attempt of which nobody learned it: its process ended, or its claim lapsed. */
export type Lapse = Failure<"uncertain"> & { readonly code: (typeof LAPSES)[number] };

export function isLapse(outcome: Outcome | Decided): outcome is Lapse {
  return outcome.kind === "uncertain" && LAPSES.some((code) => code === outcome.code);
}

/** Names one claim of one delivery; only the latest claim may start or settle it. Opaque to the worker. */
export interface ClaimToken {
  readonly id: string;
  readonly number: number;
}

/** A delivery as the journal shows it. */
export interface DeliveryRecord {
  readonly id: string;
  /** What was recorded later has a greater number. */
  readonly seq: number;
  readonly eventId: string;
  readonly rule: string;
  readonly then: string | undefined;
  readonly service: string | undefined;
  readonly action: string | undefined;
  readonly lane: string;
  readonly state: DeliveryState;
  /** Undefined for a failed match and once the payload was purged. */
  readonly args: Row | undefined;
  readonly attempts: number;
  /** Epoch milliseconds. */
  readonly recordedAt: number;
  /** When it may be claimed next, or the queue of the quota that keeps it back is looked at next; undefined once it has an end state. */
  readonly dueAt: number | undefined;
  /** From then on it is not attempted any more; undefined: it never expires, or was sent again by a person. Epoch milliseconds. */
  readonly expiresAt: number | undefined;
  /** An earlier delivery of its lane is not settled. */
  readonly blocked: boolean;
  /** Sent again by a person, out of its lane's order. Those of one lane are made one after another. */
  readonly redriven: boolean;
  readonly ruleSetHash: string;
  /** What the far side told last of what became of it; undefined: nothing. */
  readonly report: Report | undefined;
  /** Oldest first. */
  readonly outcomes: readonly RecordedOutcome[];
}

export interface RecordedOutcome {
  /** Attempts made by then. */
  readonly attempt: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly outcome: Outcome | Decided;
}

/** What a person decided, kept among the outcomes of attempts. */
export interface Decided extends Note {
  readonly kind: "decided";
  /** `DROPPED_BY_HAND`, `HELD_BY_HAND`, `RELEASED_BY_HAND`, `FORGOTTEN_BY_HAND`, `RETRIED_BY_HAND`. */
  readonly code: string;
}

/** Who decided something, and why: kept with what it was decided of. Holds no recipients. */
export interface Note {
  readonly by: string;
  readonly reason: string;
}
