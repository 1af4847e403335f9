export { deadLettersToService, encodeDeadLetter, type DeadLetter, type DeadLetters } from "./dead-letters.ts";
export {
  dynamoDbStreamHandler,
  type DynamoDbBatchResponse,
  type DynamoDbStreamEvent,
  type DynamoDbStreamHandler,
  type DynamoDbStreamHandlerOptions,
} from "./dynamodb-stream.ts";
export type { RemainingTime } from "./delivery/budget.ts";
export { openProject, type OpenProject, type OpenProjectOptions } from "./open-project.ts";
export type { StreamObserver } from "./observer.ts";
