import type { Outcome } from "@backstitch/core/connector";
import type { NewDelivery, Undecided } from "@backstitch/core/rules";
import type { DeadLetter } from "./dead-letters.ts";

/** What a handler tells the outside, for logs and metrics. Members must not throw. */
export interface StreamObserver {
  /** An attempt ended. */
  attempted?(delivery: NewDelivery, outcome: Outcome): void;
  /** Rules that could not be decided, since the stream's view does not send what they read. */
  undecided?(undecided: readonly Undecided[]): void;
  /** These are durable now. They hold recipients and rows: log their ids and codes only. */
  deadLettered?(letters: readonly DeadLetter[]): void;
  /** Dead letters could not be sent; they come again with their records. */
  deadLettersFailed?(error: unknown): void;
  /** So many records come again, from this sequence number on. */
  handedBack?(sequenceNumber: string, records: number): void;
}
