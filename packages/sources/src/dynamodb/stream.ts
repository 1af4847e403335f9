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
/** A listing may be behind: what an ancestor is missing for is taken as lost when so many have said so, over some seconds. */
const LISTINGS_TO_BELIEVE = 5;

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
  const orphaned = new Map<string, number>();
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    pauseMs = readers.ended() > 0 ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    const listing = await listShards(run);
    const missing = await startReady(run, listing, { readers, orphaned });
    if (readers.running() === 0 && listing.status === "DISABLED" && missing !== "ancestors") return;
    await readers.untilOneEnds(missing === undefined ? RELIST_MS : pauseMs);
    run.signal.throwIfAborted();
  }
}

interface Reading {
  readonly readers: Readers;
  /** How many listings had a shard without its ancestors. */
  readonly orphaned: Map<string, number>;
}

/** Starts what can be read. Returns which shards must be there, or have been, and are not listed. */
async function startReady(
  run: StreamRun,
  { shards }: Listing,
  { readers, orphaned }: Reading,
): Promise<"ancestors" | "followers" | undefined> {
  const { places, settings } = run;
  const { ready, orphans, expecting } = lineageOf(shards, places, settings.clock());
  for (const { shard, place } of ready) readers.start(shard, place);
  for (const shard of orphans) {
    const listings = (orphaned.get(shard) ?? 0) + 1;
    orphaned.set(shard, listings);
    if (listings === LISTINGS_TO_BELIEVE) readers.start(shard, await afterLoss(run, { shard, place: undefined, gone: false }));
  }
  if (orphans.length > 0) return "ancestors";
  return expecting || shards.length === 0 ? "followers" : undefined;
}
