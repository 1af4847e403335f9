import type { Outcome } from "@backstitch/core/connector";
import type { NewDelivery, Undecided } from "@backstitch/core/rules";
import type { DeadLetter } from "./letters/dead-letters.ts";

/** What a handler tells the outside, for logs and metrics. Members must not throw. */
export interface HandlerObserver {
  /** An attempt ended. */
  attempted?(delivery: NewDelivery, outcome: Outcome): void;
  /** Rules that could not be decided, since their source does not send what they read. */
  undecided?(undecided: readonly Undecided[]): void;
  /** These are durable now. They hold recipients and rows: log their ids and codes only. */
  deadLettered?(letters: readonly DeadLetter[]): void;
  /** Dead letters could not be sent; they come again with their records. */
  deadLettersFailed?(error: unknown): void;
  /** So many records come again: of a stream from this sequence number on, of a queue this message and others. */
  handedBack?(identifier: string, records: number): void;
  /** What is remembered of deliveries could not be asked, or told of one: nothing is begun that might be a repeat. */
  memoryFailed?(error: unknown): void;
}
