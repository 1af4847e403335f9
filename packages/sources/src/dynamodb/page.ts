import { createHash } from "node:crypto";
import type * as Sdk from "@aws-sdk/client-dynamodb-streams";
import type { ChangeEvent, UnreadableRecord } from "@backstitch/core/source";
import { decodeDynamoDbRecord } from "../decoders/dynamodb/decode.ts";
import type { DynamoDbRecord } from "../decoders/dynamodb/record.ts";
import type { Place } from "./place.ts";
import { lambdaRecord } from "./record.ts";
import { timeFromMs } from "../values/times.ts";

export interface PageContext {
  readonly source: string;
  readonly arn: string;
  readonly shard: string;
  readonly now: () => number;
}

/** What a page of records brought. */
export interface Taken {
  readonly events: readonly ChangeEvent[];
  readonly unreadable: readonly UnreadableRecord[];
  /** After its last record. */
  readonly place: Place;
}

export function takePage(records: readonly Sdk._Record[], before: Place, context: PageContext): Taken {
  const events: ChangeEvent[] = [];
  const unreadable: UnreadableRecord[] = [];
  let place = before;
  for (const sent of records) {
    const time = sent.dynamodb?.ApproximateCreationDateTime?.getTime();
    if (place.kind === "begin" && place.skips && time !== undefined && time < place.time) continue;
    const record = lambdaRecord(sent, context.arn);
    try {
      events.push(decodeDynamoDbRecord(record, context));
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
      unreadable.push(unreadableOf(record, error.message, context));
    }
    const sequence = sent.dynamodb?.SequenceNumber;
    if (sequence !== undefined) place = { kind: "after", sequence, time: time ?? place.time };
  }
  return { events, unreadable, place };
}

function unreadableOf(record: DynamoDbRecord, why: string, { arn, shard, now }: PageContext): UnreadableRecord {
  const raw = Buffer.from(JSON.stringify(record));
  const which = record.dynamodb?.SequenceNumber ?? createHash("sha256").update(raw).digest("hex").slice(0, 32);
  const reason = `A record of the stream cannot be read: ${why}`;
  return { id: `${arn}/${shard}/${which}`, reason, raw, receivedAt: timeFromMs(now()) };
}
