import type * as Sdk from "@aws-sdk/client-dynamodb-streams";
import type { AttributeValue, DynamoDbRecord, Image } from "../decoders/dynamodb/record.ts";

/** A record as the SDK gives it, in the form in which Lambda hands it over: the decoder knows that one. */
export function lambdaRecord(record: Sdk._Record, arn: string): DynamoDbRecord {
  const { eventID, eventName, awsRegion, dynamodb } = record;
  return { eventID, eventName, eventSourceARN: arn, awsRegion, dynamodb: dynamodb && streamRecord(dynamodb) };
}

function streamRecord(record: Sdk.StreamRecord): DynamoDbRecord["dynamodb"] {
  const { ApproximateCreationDateTime: time, Keys, NewImage, OldImage, SequenceNumber, StreamViewType } = record;
  return {
    ...(time === undefined ? {} : { ApproximateCreationDateTime: time.getTime() / 1_000 }),
    ...(Keys === undefined ? {} : { Keys: image(Keys) }),
    ...(NewImage === undefined ? {} : { NewImage: image(NewImage) }),
    ...(OldImage === undefined ? {} : { OldImage: image(OldImage) }),
    SequenceNumber,
    StreamViewType,
  };
}

/** By name: DynamoDB sends attributes in any order, another at each read, and an event is the same at each. */
function image(attributes: Readonly<Record<string, Sdk.AttributeValue>>): Image {
  const inOrder = Object.entries(attributes).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(inOrder.map(([name, value]) => [name, attribute(value)]));
}

/** The SDK gives binary as bytes, and calls a type that it does not know `$unknown`; all else is as it was sent. */
function attribute(value: Sdk.AttributeValue): AttributeValue {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(attribute) };
  if (value.M !== undefined) return { M: image(value.M) };
  if (value.$unknown === undefined) return value;
  const [type, content] = value.$unknown;
  return { [type]: content };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
