import type { Row } from "../values/value.ts";

/** One request that did what it asked for: it was understood and taken. */
export interface ReceivedCall {
  /** What was asked: `messages.create`, `SendEmail`, `PutObject`, `PutEvents`, `POST /orders`. */
  readonly operation: string;
  /** The parts that matter, readable: `{ To, From, Body }`, `{ Bucket, Key, Body }`. */
  readonly fields: Row;
  /** Lower-case names. */
  readonly headers: { readonly [name: string]: string };
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A way in which a far side fails. */
export type Fault =
  /** Does what it is asked, then cuts the connection without an answer. */
  | { readonly kind: "lost-response" }
  /** Cuts the connection before anything is read. */
  | { readonly kind: "reset-before" }
  /** Reads the whole request, does nothing, and cuts the connection. */
  | { readonly kind: "reset-after" }
  /** Does what it is asked and answers so much later. */
  | { readonly kind: "slow"; readonly delayMs: number }
  /** Answers 429 in the vendor's own form and does nothing; `retryAfter` is the header's value: seconds or an HTTP date. */
  | { readonly kind: "throttle"; readonly retryAfter?: string }
  /** Answers so in the vendor's own form and does nothing. */
  | { readonly kind: "status"; readonly status: 500 | 503 }
  /** Answers with the vendor's own error of that code, in its own form, and does nothing. What it says and the status: @default as the vendor does */
  | { readonly kind: "code"; readonly code: string; readonly message?: string; readonly status?: number }
  /** Does what it is asked and answers 2xx with a body that cannot be parsed. */
  | { readonly kind: "malformed" }
  /** Refuses the credentials in the vendor's own form. */
  | { readonly kind: "refuse-credentials" };

/** A far side for tests: a local stand-in that speaks a vendor's wire protocol. Third parties implement this for their own vendor. */
export interface Peer {
  /** Where it listens: loopback, on a port that the system picked. */
  readonly url: string;
  /** What was taken so far, oldest first. */
  received(): readonly ReceivedCall[];
  /** Fails so from now on, for `times` requests (default: until told otherwise). `undefined`: behaves again. */
  misbehave(fault: Fault | undefined, times?: number): void;
  close(): Promise<void>;
}
