import { lineageOf } from "./lineage.ts";
import { listShards, type Listing } from "./listing.ts";
import { afterLoss } from "./lost.ts";
import { createReaders, type Readers } from "./readers.ts";
import type { StreamRun } from "./run.ts";

/** Between two listings where no shard has ended: a stream that was switched off is noticed by its shards' ends. */
const RELIST_MS = 60_000;
const FIRST_PAUSE_MS = 250;
/** While the shards that follow one that ended are not listed yet. */
const LONGEST_PAUSE_MS = 10_000;

/**
 * Reads every shard of a stream, parents before their children, until the stream is switched off and read to its end.
 * `iterators`: those with which a first reading begins.
 * @throws the signal's reason when it aborts; what fails in one shard stops all.
 */
export async function readStream(run: StreamRun, iterators: ReadonlyMap<string, string>): Promise<void> {
  const readers = createReaders(run, iterators);
  try {
    await readShards(run, readers);
  } catch (error) {
    readers.fail(error);
  }
  await readers.settle();
}

async function readShards(run: StreamRun, readers: Readers): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    pauseMs = readers.ended() > 0 ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    const listing = await listShards(run);
    const expecting = await startReady(run, listing, readers);
    if (readers.running() === 0 && listing.status === "DISABLED") return;
    await readers.untilOneEnds(expecting ? pauseMs : RELIST_MS);
    run.signal.throwIfAborted();
  }
}

/** Whether shards that must be there are not listed yet. */
async function startReady(run: StreamRun, { shards }: Listing, readers: Readers): Promise<boolean> {
  const { places, settings } = run;
  const { orphans } = lineageOf(shards, places, settings.clock());
  for (const shard of orphans) await afterLoss(run, { shard, place: undefined, gone: false });
  const { ready, expecting } = lineageOf(shards, places, settings.clock());
  for (const { shard, place } of ready) readers.start(shard, place);
  return expecting || shards.length === 0;
}
