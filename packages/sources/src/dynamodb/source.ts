import { SourceMisconfigured, type Source } from "@backstitch/core/source";
import type { DynamoDbSourceOptions } from "./options.ts";
import { readDynamoDb } from "./read.ts";

/**
 * Reads the changes of a DynamoDB table from its stream. Needs the package `@aws-sdk/client-dynamodb-streams`.
 *
 * - Changes of one item come in order, also where shards split or are followed by others; between items there is no order.
 * - Each shard has its position: the last record's sequence number. A first start records where it begins before it reads.
 * - A stream keeps changes for 24 hours: what was lost is PositionLost, or a recorded gap (`onLost`); it is never passed over silently.
 * - `before` and `changed` are known where the stream's view is NEW_AND_OLD_IMAGES.
 * - Numbers keep all of their 38 digits; sets are arrays, binary is base64.
 *
 * How far a stream goes is not told: DynamoDB does not say how much is left.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
 * @throws SourceMisconfigured unless exactly one of `table` and `streamArn` is given.
 */
export function dynamoDbSource(options: DynamoDbSourceOptions): Source {
  const { name, table, streamArn } = options;
  if ((table === undefined) === (streamArn === undefined))
    throw new SourceMisconfigured(`Source "${name}" needs either "table" or "streamArn", and not both.`);
  return { name, read: (from, accept, signal) => readDynamoDb({ options, from, accept, signal }) };
}
