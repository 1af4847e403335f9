import type { Failure, OutcomeKind } from "./outcome.ts";

/** What a connector throws: an outcome with a code and a sentence, and nothing of the vendor's error, which may hold secrets. */
export class ConnectorError extends Error {
  override readonly name = "ConnectorError";
  readonly outcome: Exclude<OutcomeKind, "accepted">;
  readonly code: string;
  readonly retryAfterMs: number | undefined;

  /** @param reason A sentence for people without secrets or recipients: it is logged and stored. */
  constructor(outcome: Exclude<OutcomeKind, "accepted">, code: string, reason: string, retryAfterMs?: number) {
    super(reason);
    this.outcome = outcome;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }

  /** The outcome of the attempt that ended with this error. */
  toFailure(): Failure {
    const { outcome: kind, code, message: reason, retryAfterMs } = this;
    return retryAfterMs === undefined ? { kind, code, reason } : { kind, code, reason, retryAfterMs };
  }
}
