export { decodeDynamoDbRecord } from "./dynamodb/decode.ts";
export type { AttributeValue, DynamoDbRecord, Image, StreamRecord } from "./dynamodb/record.ts";
export type { DecodeOptions } from "./options.ts";
