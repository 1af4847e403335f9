export { deadLettersToService, encodeDeadLetter, type DeadLetter, type DeadLetters } from "./letters/dead-letters.ts";
export { dynamoDbStreamHandler, type DynamoDbStreamEvent, type DynamoDbStreamHandler } from "./handlers/dynamodb-stream.ts";
export { eventBridgeHandler, type EventBridgeEvent, type EventBridgeHandlerOptions } from "./handlers/eventbridge.ts";
export type { BatchResponse, LambdaHandler } from "./handlers/handler.ts";
export { kinesisHandler, type KinesisHandlerOptions, type KinesisStreamEvent } from "./handlers/kinesis.ts";
export {
  receiptsHandler,
  type HttpRequestEvent,
  type HttpResponse,
  type ReceiptsHandlerOptions,
  type SesBusEvent,
} from "./handlers/receipts.ts";
export { sqsHandler, type SqsEvent, type SqsHandlerOptions } from "./handlers/sqs.ts";
export type { HandlerOptions } from "./invocation.ts";
export { openProject, type BuiltOpen, type OpenProject, type OpenProjectOptions } from "./open-project.ts";
export type { HandlerObserver } from "./observer.ts";
export { withSecrets } from "./secrets/open-with.ts";
export type { SecretsOptions } from "./secrets/store.ts";
