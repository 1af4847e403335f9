import type { StreamsClient } from "./client.ts";
import type { Gate } from "./gate.ts";
import type { Settings } from "./options.ts";
import type { Outbox } from "./outbox.ts";
import { patiently } from "./patiently.ts";
import type { Place } from "./place.ts";

/** One call of `read`. */
export interface Run {
  readonly settings: Settings;
  readonly client: StreamsClient;
  readonly outbox: Outbox;
  /** Pages that are fetched, or wait for the journal. */
  readonly pages: Gate;
  readonly signal: AbortSignal;
}

/** One stream of a table, as far as it was read. Its signal aborts also when it stops: there may be another stream to go on with. */
export interface StreamRun extends Run {
  readonly arn: string;
  /** Ends the reading of all its shards. */
  readonly stop: () => void;
  /** Of each shard that was begun. */
  readonly places: Map<string, Place>;
  /** When a shard was last listed as open: its children have nothing that is older. Epoch milliseconds. */
  readonly openAt: Map<string, number>;
}

export function asked<Answer>({ settings, signal }: Run, call: () => Promise<Answer>): Promise<Answer> {
  return patiently(call, { sleep: settings.sleep, signal });
}

export function partitionOf(arn: string, shard: string): string {
  return `${labelOf(arn)}/${shard}`;
}

/** Shards of two streams may share a name: in a stand-in they do. */
export function labelOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}
