export { deadLettersToService, encodeDeadLetter, type DeadLetter, type DeadLetters } from "./letters/dead-letters.ts";
export { dynamoDbStreamHandler, type DynamoDbStreamEvent, type DynamoDbStreamHandler } from "./handlers/dynamodb-stream.ts";
export { eventBridgeHandler, type EventBridgeEvent, type EventBridgeHandlerOptions } from "./handlers/eventbridge.ts";
export type { BatchResponse, LambdaHandler } from "./handlers/handler.ts";
export { kinesisHandler, type KinesisHandlerOptions, type KinesisStreamEvent } from "./handlers/kinesis.ts";
export { sqsHandler, type SqsEvent, type SqsHandlerOptions } from "./handlers/sqs.ts";
export type { HandlerOptions } from "./invocation.ts";
export { openProject, type OpenProject, type OpenProjectOptions } from "./open-project.ts";
export type { HandlerObserver } from "./observer.ts";
