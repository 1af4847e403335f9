import type {
  APIGatewayProxyEventV2,
  DynamoDBBatchResponse,
  DynamoDBStreamEvent as AwsDynamoDbStreamEvent,
  EventBridgeEvent as AwsEventBridgeEvent,
  Handler,
  KinesisStreamBatchResponse,
  KinesisStreamEvent as AwsKinesisStreamEvent,
  SQSBatchResponse,
  SQSEvent,
} from "aws-lambda";
import { expectTypeOf, test } from "vitest";
import type {
  dynamoDbStreamHandler,
  eventBridgeHandler,
  HttpRequestEvent,
  kinesisHandler,
  OpenProject,
  SesBusEvent,
  sqsHandler,
  SqsHandlerOptions,
} from "@backstitch/lambda";

test("handlers are AWS's own, by the types that AWS's users have", () => {
  expectTypeOf<ReturnType<typeof dynamoDbStreamHandler>>().toExtend<Handler<AwsDynamoDbStreamEvent, DynamoDBBatchResponse>>();
  expectTypeOf<ReturnType<typeof kinesisHandler>>().toExtend<Handler<AwsKinesisStreamEvent, KinesisStreamBatchResponse>>();
  expectTypeOf<ReturnType<typeof sqsHandler>>().toExtend<Handler<SQSEvent, SQSBatchResponse>>();
  expectTypeOf<ReturnType<typeof eventBridgeHandler>>().toExtend<Handler<AwsEventBridgeEvent<string, unknown>, void>>();
  expectTypeOf<APIGatewayProxyEventV2>().toExtend<HttpRequestEvent>();
  expectTypeOf<AwsEventBridgeEvent<string, unknown>>().toExtend<SesBusEvent>();
});

test("a project, or rules and services; never neither", () => {
  const rest = { source: "shop", shape: "dms", deadLetters: { send: () => Promise.resolve() } } as const;
  const { rules, services, ...project } = { warnings: [] } as unknown as OpenProject;
  const byProject: SqsHandlerOptions = { ...rest, project: { rules, services } };
  const byParts: SqsHandlerOptions = { ...rest, rules, services };
  // @ts-expect-error -- there are no rules
  const byNeither: SqsHandlerOptions = { ...rest, ...project };
  expectTypeOf([byProject, byParts, byNeither]).toExtend<SqsHandlerOptions[]>();
});
