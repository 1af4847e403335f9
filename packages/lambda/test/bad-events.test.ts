import { describe, expect, test } from "vitest";
import { dynamoDbStreamHandler, eventBridgeHandler, kinesisHandler, sqsHandler, type LambdaHandler } from "@backstitch/lambda";
import { rules } from "./support/batch.ts";

const options = { rules, services: new Map(), source: "shop", deadLetters: { send: () => Promise.resolve() } };
const shaped = { ...options, shape: "backstitch" } as const;
// oxlint-disable-next-line typescript/no-explicit-any -- what they are given is of another kind on purpose
const handlers: { readonly [name: string]: LambdaHandler<any, unknown> } = {
  dynamoDbStreamHandler: dynamoDbStreamHandler(options),
  kinesisHandler: kinesisHandler(shaped),
  sqsHandler: sqsHandler(shaped),
  eventBridgeHandler: eventBridgeHandler(shaped),
};
const subscribed: { readonly [name: string]: string } = {
  dynamoDbStreamHandler: "a DynamoDB stream",
  kinesisHandler: "a Kinesis stream",
  sqsHandler: "an SQS queue",
  eventBridgeHandler: "an EventBridge rule",
};

const events: readonly (readonly [what: string, event: unknown, meant: string | undefined])[] = [
  ["an event of a DynamoDB stream", { Records: [{ eventSource: "aws:dynamodb" }] }, "dynamoDbStreamHandler"],
  ["an event of a Kinesis stream", { Records: [{ eventSource: "aws:kinesis" }] }, "kinesisHandler"],
  ["an SQS event", { Records: [{ eventSource: "aws:sqs", body: "+15005550009" }] }, "sqsHandler"],
  ["an EventBridge event", { id: "1", source: "s", "detail-type": "Change", detail: {} }, "eventBridgeHandler"],
  ["an SNS event", { Records: [{ EventSource: "aws:sns" }] }, undefined],
  ["an S3 event", { Records: [{ eventSource: "aws:s3", s3: {} }] }, undefined],
  ['an event of "aws:new"', { Records: [{ eventSource: "aws:new" }] }, undefined],
  ["a Kafka event", { eventSource: "aws:kafka", records: {} }, undefined],
  ["a CloudWatch Logs event", { awslogs: { data: "" } }, undefined],
  ["an HTTP request", { requestContext: {} }, undefined],
  ["null", null, undefined],
  ["undefined", undefined, undefined],
  ["an array, as EventBridge Pipes hands records over", [{ eventSource: "aws:kinesis" }], undefined],
  ["a string", "{}", undefined],
  ["an empty object", {}, undefined],
  ['an object of "a", "b"', { a: 1, b: 2 }, undefined],
  ['an object of "Records"', { Records: [null] }, undefined],
];

const context = { getRemainingTimeInMillis: () => 60_000 };
const pairs = Object.keys(handlers).flatMap((name) => events.filter(([, , meant]) => meant !== name).map((row) => [name, ...row] as const));

describe("an event of another kind", () => {
  test.for(pairs)("%s: %s", async ([name, what, event, meant]) => {
    const instead = meant === undefined ? "" : `, or use ${meant}`;
    const message = `${name} was given ${what}. Subscribe the function to ${subscribed[name]}${instead}.`;
    await expect(handlers[name]?.(event, context)).rejects.toMatchObject({ name: "EventUnexpected", code: "EVENT_UNEXPECTED", message });
  });
});

test.for([kinesisHandler, sqsHandler, eventBridgeHandler])("a shape that there is not", (handlerOf) => {
  const shape = "debezum" as "debezium";
  expect(() => handlerOf({ ...options, shape })).toThrow(/^There is no shape "debezum"; the shapes are backstitch, debezium, /);
});
