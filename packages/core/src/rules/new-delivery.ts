import type { RuleLimits } from "./limits.ts";
import type { Row } from "../values/value.ts";

/** What a rule says becomes of an uncertain attempt that cannot be reconciled. */
export type IfUncertain = "retry" | "hold";

/** When, how often and for how long an attempt is made again. */
export interface RetryPolicy {
  /** Attempts in all, the first included; undefined: as many as there is time for. */
  readonly attempts: number | undefined;
  /** How long after its first attempt a delivery is tried again. Milliseconds; undefined: as long as it has attempts. */
  readonly forMs?: number | undefined;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

/** A delivery as a rule set asks for it: arguments rendered once, at match time. */
export interface NewDelivery {
  /** `event id / rule / then entry [/ index]`; see {@link deliveryKey}. */
  readonly key: string;
  readonly eventId: string;
  /** The rule's path under `rules/` without `.json`. */
  readonly rule: string;
  /** The `then` entry's name. */
  readonly then: string;
  readonly service: string;
  readonly action: string;
  /** At most 1 MB as JSON (what `s3.put` stores: 16 MB). Holds recipients, never secrets. */
  readonly args: Row;
  /** Deliveries of one lane happen in commit order; see {@link laneId} and {@link laneBy}. One that waits for no other has a lane of its own. */
  readonly lane: string;
  readonly ifUncertain: IfUncertain;
  /** The rule's own policy; undefined: the service's. */
  readonly retry: RetryPolicy | undefined;
  /** From then on it is not attempted any more. Epoch milliseconds, by the source's clock; undefined: it never expires. */
  readonly expiresAt: number | undefined;
  /** They hold until its rule is written otherwise; see {@link RuleSet.entry}. Undefined: its rule has none. */
  readonly limits?: RuleLimits | undefined;
  /** What it takes turns by, where its service says so of a path into the event; see {@link turnKey}. Undefined: its service does not, or nothing is there. */
  readonly turn?: string | undefined;
}

/** A condition or template that failed: stored as a rejected delivery with its reason. */
export interface FailedMatch {
  readonly key: string;
  readonly eventId: string;
  readonly rule: string;
  /** Undefined where the rule's `when` failed. */
  readonly then: string | undefined;
  readonly service: string | undefined;
  readonly action: string | undefined;
  /** `CONDITION_FAILED`, `TEMPLATE_FAILED`, `ARGUMENTS_TOO_LARGE`, … */
  readonly code: string;
  /** Holds neither secrets nor values of the row. */
  readonly reason: string;
}
