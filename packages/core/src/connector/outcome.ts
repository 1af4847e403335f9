import type { Value } from "../values/value.ts";

/** What the far side gave in return, kept for `explain`: ids and short facts, never secrets and never recipients. */
export interface Receipt {
  /** The far side's name for what it took: a message sid, an event id, an ETag. */
  readonly id?: string;
  readonly [fact: string]: Value | undefined;
}

/** The six kinds of outcome; the kind decides what the runtime does, never the vendor's code. */
export type OutcomeKind = "accepted" | "rejected" | "throttled" | "unavailable" | "uncertain" | "locked-out";

/** What became of one attempt at a delivery. */
export type Outcome =
  | { readonly kind: "accepted"; readonly receipt: Receipt }
  | Failure<"rejected">
  | Failure<"throttled">
  | Failure<"unavailable">
  | Failure<"uncertain">
  | Failure<"locked-out">;

export interface Failure<Kind extends Exclude<OutcomeKind, "accepted"> = Exclude<OutcomeKind, "accepted">> {
  readonly kind: Kind;
  /** Stable: the vendor's own code with its name before it (`TWILIO_21211`), or ours (`GUARD_DENIED`). */
  readonly code: string;
  /** A sentence for people. Holds neither secrets nor recipients. */
  readonly reason: string;
  /** Milliseconds that the far side asked us to wait. */
  readonly retryAfterMs?: number;
  /** Of what was given up: its last attempt may have been done. False of what is uncertain: only earlier ones may, as this one was cut short before it. */
  readonly mayBeDone?: boolean;
}
