import { PositionLost, type UnreadableRecord } from "@backstitch/core/source";
import { timeFromMs } from "../values/times.ts";
import { formatPlace, type Place } from "./place.ts";
import { asked, partitionOf, type StreamRun } from "./run.ts";

export const GO_ON = 'Set "onLost": "go-on" to record the gap and go on with what there is.';

/** What a shard had after the place, or all of a shard that was never read, is gone. */
export interface Loss {
  readonly shard: string;
  /** Undefined: nothing of it was read. */
  readonly place: Place | undefined;
  /** Whether DynamoDB knows no such shard any more. */
  readonly gone: boolean;
}

/**
 * Where to go on after the loss, recorded with a note of the gap.
 * @throws PositionLost unless the policy says to go on. @throws StreamsFailure `missing` where the stream itself is gone.
 */
export async function afterLoss(run: StreamRun, { shard, place, gone }: Loss): Promise<Place> {
  const { settings, client, arn, outbox, places } = run;
  if (gone) await asked(run, () => client.describe(arn, undefined));
  const partition = partitionOf(arn, shard);
  const from = place === undefined ? "nothing" : formatPlace(place);
  const why = `DynamoDB keeps changes for 24 hours, and what ${partition} had after that may be gone.`;
  if (settings.onLost === "stop") {
    const earliest = gone ? undefined : "trim-horizon";
    throw new PositionLost(settings.name, `${partition} ${from}`, earliest, `${why} ${GO_ON}`);
  }
  const time = settings.clock();
  const to: Place = gone ? { kind: "end", time } : { kind: "begin", time, skips: false };
  await outbox.send({
    partition,
    to: formatPlace(to),
    unreadable: [gapRecord(`${arn}/${shard}/lost/${settings.name}/${from}`, why, time)],
  });
  places.set(shard, to);
  return to;
}

export function gapRecord(id: string, why: string, time: number): UnreadableRecord {
  const reason = `${why} Compare the table with what its rules have done.`;
  return { id, code: "CHANGES_LOST", reason, raw: new Uint8Array(), receivedAt: timeFromMs(time) };
}
