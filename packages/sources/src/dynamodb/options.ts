import { setTimeout as wait } from "node:timers/promises";
import type { Secret } from "@backstitch/core/connector";

export interface DynamoDbSourceOptions {
  /** The source's name in the project. */
  readonly name: string;
  /** The table, whose newest stream is read. Either this or `streamArn`. */
  readonly table?: string;
  /** One stream of a table. A stream that is switched off and on again has another ARN. */
  readonly streamArn?: string;
  /** @default the region in `streamArn`, else the SDK's own chain: environment, profile */
  readonly region?: string;
  /** Another host than AWS's. @default AWS_ENDPOINT_URL and its kin, else AWS */
  readonly endpoint?: string;
  /** @default the SDK's own chain: environment, profile, container or instance role */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string | Secret;
  /** Of temporary credentials. */
  readonly sessionToken?: string | Secret;
  /** Where a journal that knows nothing of the source begins: with what changes from now on, or with what the stream still has (24 hours). @default latest */
  readonly startAt?: "latest" | "trim-horizon";
  /** Where changes can no longer be had: stop with PositionLost, or record the gap as a dead letter and go on with what there is. @default stop */
  readonly onLost?: "stop" | "go-on";
  readonly batch?: {
    /** At most so many records of a shard at once; from 1 to 1000. @default 1000 */
    readonly events?: number;
  };
  /** The longest pause between two looks at a shard that has nothing new. Milliseconds. @default 1000 */
  readonly pollMs?: number;
  /** How long DynamoDB may be silent before a call counts as failed. Milliseconds. @default 30000 */
  readonly silenceMs?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly clock?: () => number;
  /** Resolves after so many milliseconds, or when the signal aborts. @default a timer */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The options with every default filled in. */
export interface Settings {
  readonly name: string;
  readonly table: string | undefined;
  readonly streamArn: string | undefined;
  readonly startAt: "latest" | "trim-horizon";
  readonly onLost: "stop" | "go-on";
  /** Records of a page. */
  readonly limit: number;
  readonly pollMs: number;
  readonly clock: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export function settingsOf(options: DynamoDbSourceOptions): Settings {
  const { name, table, streamArn, startAt = "latest", onLost = "stop", batch, pollMs = 1_000, clock = Date.now, sleep = timer } = options;
  return { name, table, streamArn, startAt, onLost, limit: batch?.events ?? 1_000, pollMs, clock, sleep };
}

async function timer(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}
