import type { Shard } from "./client.ts";
import { asked, type StreamRun } from "./run.ts";

export interface Listing {
  readonly status: string;
  readonly shards: readonly Shard[];
}

/** Every shard that the stream still has. @throws StreamsFailure `missing` where the stream is gone. */
export async function listShards(run: StreamRun): Promise<Listing> {
  const { client, arn, settings, openAt } = run;
  const time = settings.clock();
  const shards: Shard[] = [];
  let after: string | undefined;
  let status = "";
  do {
    const from = after;
    const page = await asked(run, () => client.describe(arn, from));
    shards.push(...page.shards);
    status = page.status;
    after = page.next;
  } while (after !== undefined);
  for (const { id, open } of shards) if (open) openAt.set(id, time);
  return { status, shards };
}
