import { formatMarker, STREAM_PARTITION, type Marker } from "./marker.ts";
import { listShards } from "./listing.ts";
import { formatPlace, type Place } from "./place.ts";
import { asked, partitionOf, type StreamRun } from "./run.ts";

/**
 * Gives every shard that the stream has at the first start a position, so that a crash before its first record loses nothing.
 * Returns iterators with which this first reading goes on; a later one finds what is newer than `marker.time` by the records' own times.
 * @param isNew Whether reading begins just now: else it was cut short, and nothing that came since may be passed over.
 */
export async function beginStream(run: StreamRun, marker: Marker, isNew: boolean): Promise<ReadonlyMap<string, string>> {
  const { arn, outbox, places } = run;
  const { state, time } = marker;
  if (state === "started") return new Map();
  const { shards } = await listShards(run);
  const unplaced = shards.map(({ id }) => id).filter((id) => !places.has(id));
  const iterators = isNew && state === "latest" ? await latestIterators(run, unplaced) : new Map<string, string>();
  const place: Place = { kind: "begin", time, skips: state === "latest" };
  for (const shard of unplaced) {
    await outbox.send({ partition: partitionOf(arn, shard), to: formatPlace(place) });
    places.set(shard, place);
  }
  await outbox.send({ partition: STREAM_PARTITION, to: formatMarker({ ...marker, state: "started" }) });
  return iterators;
}

async function latestIterators(run: StreamRun, shards: readonly string[]): Promise<Map<string, string>> {
  const { arn, client, pages } = run;
  const open = async (shard: string): Promise<readonly [string, string]> => [
    shard,
    await pages.through(() => asked(run, () => client.iterator({ arn, shard, type: "LATEST" }))),
  ];
  return new Map(await Promise.all(shards.map(open)));
}
