import type { ChangeEvent, Operation } from "@backstitch/core/source";
import type { DecodeOptions } from "../options.ts";
import { changedAttributes, decodeImage } from "./attribute.ts";
import type { DynamoDbRecord, StreamRecord } from "./record.ts";

const OPERATIONS: ReadonlyMap<string | undefined, Operation> = new Map([
  ["INSERT", "insert"],
  ["MODIFY", "update"],
  ["REMOVE", "delete"],
]);

/**
 * A record of a DynamoDB stream as a change event.
 *
 * - `id` is the stream's ARN and the record's `eventID`. The ARN names account, region, table and when the stream was made, so that a table that was
 *   dropped and made again never repeats an id; `eventID` stays the same however often and in whatever shard the record is read.
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
  const table = /:table\/([^/]+)/.exec(eventSourceARN ?? "")?.[1];
  if (operation === undefined)
    throw new TypeError(`"eventName" is ${JSON.stringify(record.eventName)}; it must be INSERT, MODIFY or REMOVE.`);
  if (table === undefined) throw new TypeError(`"eventSourceARN" is ${JSON.stringify(eventSourceARN)}, which names no table.`);
  if (!eventID) throw new TypeError('The record has no "eventID".');
  if (dynamodb?.Keys === undefined) throw new TypeError('The record has no "dynamodb.Keys".');
  const collection = options.collection?.(table) ?? table;
  return {
    id: `${eventSourceARN}/${eventID}`,
    source: options.source,
    origin: "log",
    operation,
    database: record.awsRegion ?? "",
    collection,
    key: decodeImage(dynamodb.Keys),
    previousKey: undefined,
    ...imagesOf(operation, dynamodb),
    committedAt: timeOf(dynamodb, options.now ?? Date.now),
  };
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

function timeOf({ ApproximateCreationDateTime: seconds }: StreamRecord, now: () => number): string {
  const milliseconds = seconds === undefined ? now() : Math.round(seconds * 1_000);
  return new Date(milliseconds).toISOString().replace("Z", "000Z");
}
