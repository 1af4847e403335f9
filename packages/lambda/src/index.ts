export { deadLettersToService, encodeDeadLetter, type DeadLetter, type DeadLetters } from "./dead-letters.ts";
export { decodeDynamoDbRecord, type DecodeOptions } from "./dynamodb/decode.ts";
export { dynamoDbStreamHandler, type DynamoDbStreamHandler, type DynamoDbStreamHandlerOptions } from "./dynamodb/handler.ts";
export type { AttributeValue, DynamoDbBatchResponse, DynamoDbRecord, DynamoDbStreamEvent } from "./dynamodb/record.ts";
export type { RemainingTime } from "./delivery/budget.ts";
export { openProject, type OpenProject, type OpenProjectOptions } from "./open-project.ts";
export type { StreamObserver } from "./observer.ts";
