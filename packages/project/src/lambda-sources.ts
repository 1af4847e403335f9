import { SourceMisconfigured } from "@backstitch/core/source";
import type { SourceType, Tables } from "./tables.ts";

/** Lambda reads it, so there is nothing to configure: a project for Lambda only names its sources. */
function readByLambda(what: string): SourceType {
  return {
    config: {
      type: "object",
      description: `${what[0]?.toUpperCase()}${what.slice(1)} that Lambda reads.`,
      properties: {},
      additionalProperties: false,
    },
    open: (name) => Promise.reject(new SourceMisconfigured(`Source "${name}" is ${what}: it is read by a Lambda function.`)),
  };
}

/** What a project for Lambda gives as the type of a source. */
export const lambdaSources: Tables["sources"] = {
  "dynamodb-stream": readByLambda("a DynamoDB stream"),
  "kinesis-stream": readByLambda("a Kinesis stream"),
  "sqs-queue": readByLambda("an SQS queue"),
  "eventbridge-rule": readByLambda("an EventBridge rule"),
};
