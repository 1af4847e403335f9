import type * as Sdk from "@aws-sdk/client-eventbridge";
import type { FromSchema, JsonSchema } from "@backstitch/core/connector";
import { awsConfig } from "../aws/config.ts";
import type { S3Client } from "../s3/client.ts";

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html: the entries of a request, and so each, stay under 1 MB. */
export const MAX_BYTES = 1_048_576;

/** When events that wait for each other are put. */
export const putDefaults = { maxEntries: 10, maxWaitMs: 20 } as const;

export const source = { type: "string", minLength: 1, maxLength: 256 } as const satisfies JsonSchema;

export const config = {
  type: "object",
  properties: {
    ...awsConfig,
    bus: { type: "string", pattern: "^\\S{1,1600}$", description: "Name or ARN. Absent: the account's default bus." },
    source: { ...source, description: "Of events that name none." },
    envelope: {
      enum: ["cloudevents"],
      description: "The detail is a CloudEvent, with what happened as its `data`. https://cloudevents.io",
    },
    put: {
      type: "object",
      properties: {
        maxEntries: { type: "integer", minimum: 1, maximum: 10, default: putDefaults.maxEntries, description: "Most events in a request." },
        maxWaitMs: {
          type: "integer",
          minimum: 1,
          maximum: 60_000,
          default: putDefaults.maxWaitMs,
          description: "How long the first waits for others. Milliseconds.",
        },
      },
      additionalProperties: false,
      description: "How many events share a request, and how long the first waits for others.",
    },
    claimCheck: {
      type: "object",
      properties: {
        bucket: {
          type: "string",
          pattern: "^(?:arn:\\S+|[A-Za-z0-9][A-Za-z0-9._-]{1,254})$",
          description: "Name, or ARN of an access point.",
        },
        prefix: { type: "string", maxLength: 900, default: "", description: "Before the delivery's id in the object's name." },
        overBytes: {
          type: "integer",
          minimum: 1_024,
          maximum: MAX_BYTES,
          default: MAX_BYTES,
          description: "An event of as many bytes, or of more, has its detail stored.",
        },
        endpoint: { type: "string", pattern: "^https?://", description: "Another store than AWS's." },
        forcePathStyle: {
          type: "boolean",
          default: false,
          description: "The bucket in the path, not in the host name: for stores that are not AWS's.",
        },
      },
      required: ["bucket"],
      additionalProperties: false,
      description: "Where a detail goes that is too large: an object in S3, which the event names.",
    },
  },
  required: ["region"],
  additionalProperties: false,
} as const satisfies JsonSchema;

export type EventBridgeConfig = FromSchema<typeof config>;

export interface EventBridgeClient {
  readonly sdk: typeof Sdk;
  readonly aws: Sdk.EventBridgeClient;
  readonly config: EventBridgeConfig;
  /** Where a claim check is configured. */
  readonly store: S3Client | undefined;
}
