import type { ChangeEvent, Operation } from "@backstitch/core/source";
import { timeFromMicros } from "../../values/times.ts";
import type { DecodeOptions } from "../options.ts";
import { changedAttributes, decodeImage } from "./attribute.ts";
import type { DynamoDbRecord, StreamRecord } from "./record.ts";

const OPERATIONS: ReadonlyMap<string | undefined, Operation> = new Map([
  ["INSERT", "insert"],
  ["MODIFY", "update"],
  ["REMOVE", "delete"],
]);

/**
 * A record of a DynamoDB stream, or of Kinesis Data Streams for DynamoDB, as a change event.
 *
 * - `id` is the stream's ARN and the record's `eventID`. The ARN names account, region, table and when the stream was made, so that a table that was
 *   dropped and made again never repeats an id; `eventID` stays the same however often and in whatever shard the record is read.
 *   On Kinesis there is no ARN: region and table stand for it, and a table that was dropped and made again is told by `eventID` alone. Records may come twice there,
 *   and not in order.
 * - `database` is the region, `collection` the table.
 * - `before` is undefined where the view has no old image (`KEYS_ONLY`, `NEW_IMAGE`).
 * - `after` of an insert or update is the new image. Where the view has none (`KEYS_ONLY`, `OLD_IMAGE`) it is the key alone, and `unsent` is `["*"]`:
 *   a test that reads any other field is undecided.
 * - `changed` is undefined where the view lacks an image that telling would take.
 *
 * @throws TypeError or RangeError where the record is not such a record; the message holds none of its values.
 */
export function decodeDynamoDbRecord(record: DynamoDbRecord, options: DecodeOptions): ChangeEvent {
  const { eventID, eventSourceARN, dynamodb } = record;
  const operation = OPERATIONS.get(record.eventName);
  const table = tableOf(record);
  const region = typeof record.awsRegion === "string" ? record.awsRegion : "";
  if (operation === undefined) throw new TypeError('"eventName" must be INSERT, MODIFY or REMOVE.');
  if (table === undefined) throw new TypeError('Neither "eventSourceARN" nor "tableName" names a table.');
  if (typeof eventID !== "string" || eventID === "") throw new TypeError('The record has no "eventID".');
  if (dynamodb?.Keys === undefined) throw new TypeError('The record has no "dynamodb.Keys".');
  const collection = options.collection?.(table) ?? table;
  return {
    id: `${eventSourceARN ?? `${region}/${table}`}/${eventID}`,
    source: options.source,
    origin: "log",
    operation,
    database: region,
    collection,
    key: decodeImage(dynamodb.Keys),
    previousKey: undefined,
    ...imagesOf(operation, dynamodb),
    committedAt: timeOf(record, options.now ?? Date.now),
  };
}

function tableOf({ eventSourceARN, tableName }: DynamoDbRecord): string | undefined {
  const named = eventSourceARN === undefined ? tableName : /:table\/([^/]+)/.exec(eventSourceARN)?.[1];
  return typeof named === "string" && named !== "" ? named : undefined;
}

function imagesOf(operation: Operation, stream: StreamRecord): Pick<ChangeEvent, "after" | "before" | "unsent" | "changed"> {
  const { NewImage, OldImage, Keys = {} } = stream;
  const sent = OldImage === undefined ? undefined : decodeImage(OldImage);
  if (operation === "delete") return { after: null, before: sent, unsent: [], changed: [] };
  const before = operation === "insert" ? null : sent;
  if (NewImage === undefined) return { after: decodeImage(Keys), before, unsent: ["*"], changed: undefined };
  return { after: decodeImage(NewImage), before, unsent: [], changed: changedIn(operation, stream) };
}

function changedIn(operation: Operation, { NewImage = {}, OldImage }: StreamRecord): readonly string[] | undefined {
  if (operation === "insert") return Object.keys(NewImage);
  return OldImage === undefined ? undefined : changedAttributes(OldImage, NewImage);
}

/** Seconds in a stream; on Kinesis milliseconds, or what the record says. */
function timeOf({ eventSourceARN, dynamodb = {} }: DynamoDbRecord, now: () => number): string {
  const { ApproximateCreationDateTime: count, ApproximateCreationDateTimePrecision: precision } = dynamodb;
  const unit = precision === "MICROSECOND" ? 1 : eventSourceARN === undefined ? 1_000 : 1_000_000;
  const micros = typeof count === "number" ? Math.round(count * unit) : now() * 1_000;
  const time = Number.isSafeInteger(micros) ? timeFromMicros(BigInt(micros)) : undefined;
  if (time === undefined) throw new RangeError('"ApproximateCreationDateTime" is not a time.');
  return time;
}
