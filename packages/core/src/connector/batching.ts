import type { AttemptContext } from "./connector.ts";
import type { ConnectorError } from "./connector-error.ts";
import type { Receipt } from "./outcome.ts";

/** One call of those that are made in one request. */
export interface BatchedCall<Args> {
  readonly args: Args;
  readonly attempt: AttemptContext;
}

/** When calls that wait for each other are made. */
export interface BatchLimits {
  /** Most calls in one request. */
  readonly calls: number;
  /** Most bytes in one request, as {@link Batching.bytes} counts them; a call that alone has more is made alone. */
  readonly bytes: number;
  /** How long the first call waits for others. Milliseconds, at most 60,000: its claim must outlast that and the attempt. */
  readonly waitMs: number;
  /** Most batches of different keys that wait at a time; where one more begins, the one that waits longest is made. */
  readonly open: number;
}

/** How calls of one action share a request. */
export interface Batching<Client, Args> {
  limits(client: Client): BatchLimits;
  /** Calls for which this is the same text may share a request. */
  key(args: Args): string;
  /** What a call adds to a request. */
  bytes(args: Args): number;
  /**
   * Makes all of them in one request. An answer for each, in their order; where it throws, that became of each.
   * @param signal Aborts where no call may wait any longer.
   */
  run(client: Client, calls: readonly BatchedCall<Args>[], signal: AbortSignal): Promise<readonly (Receipt | ConnectorError)[]>;
}
