import type { SchemaFault, Secret } from "@backstitch/core/connector";
import type { SourceType } from "@backstitch/project";

interface DynamoDbConfig {
  readonly table?: string;
  readonly streamArn?: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: Secret;
  readonly sessionToken?: Secret;
  readonly startAt?: "latest" | "trim-horizon";
  readonly onLost?: "stop" | "go-on";
  readonly pollMs?: number;
}

export const dynamodb: SourceType = {
  config: {
    type: "object",
    description: "The changes of a DynamoDB table, read from its stream.",
    properties: {
      table: { type: "string", pattern: "^[A-Za-z0-9_.-]{3,255}$", description: "The table, whose newest stream is read." },
      streamArn: { type: "string", pattern: "^arn:[^:]+:dynamodb:", description: "One stream of a table, instead of the table." },
      region: { type: "string", pattern: "^[a-z0-9-]{1,63}$", description: "Default: the one in streamArn, else the SDK's own chain." },
      endpoint: { type: "string", pattern: "^https?://", description: "Another host than AWS's: a local stand-in, a VPC endpoint." },
      accessKeyId: { type: "string", minLength: 1, description: "Absent: the SDK's default chain finds the credentials." },
      secretAccessKey: { type: "string", secret: true, description: "Belongs to accessKeyId." },
      sessionToken: { type: "string", secret: true, description: "Of temporary credentials." },
      startAt: {
        enum: ["latest", "trim-horizon"],
        description:
          "Where a first start begins: with what changes from now on, or with what the stream still has (24 hours). Default: latest.",
      },
      onLost: {
        enum: ["stop", "go-on"],
        description: "Where changes can no longer be had: stop, or record the gap and go on with what there is. Default: stop.",
      },
      pollMs: {
        type: "integer",
        minimum: 250,
        maximum: 60_000,
        description: "Longest pause between two looks at a shard that has nothing new. Milliseconds. Default: 1000.",
      },
    },
    oneOf: [{ required: ["table"] }, { required: ["streamArn"] }],
    additionalProperties: false,
  },
  faults: faultsOf,
  sends: async () => (await import("@backstitch/sources/dynamodb")).dynamoDbSends,
  async open(name: string, config: DynamoDbConfig) {
    const { dynamoDbSource } = await import("@backstitch/sources/dynamodb");
    return dynamoDbSource({ name, ...config });
  },
};

/** A key without its secret signs nothing, nor does a secret alone. */
function faultsOf({ accessKeyId, secretAccessKey, sessionToken }: DynamoDbConfig): readonly SchemaFault[] {
  const keys = Object.entries({ accessKeyId, secretAccessKey });
  const given = keys.find(([, value]) => value !== undefined)?.[0] ?? (sessionToken === undefined ? undefined : "sessionToken");
  const missing = keys.find(([, value]) => value === undefined)?.[0];
  if (given === undefined || missing === undefined) return [];
  const message = `"${missing}" is missing beside "${given}". Give "accessKeyId" and "secretAccessKey", or neither and no "sessionToken".`;
  return [{ path: [given], keyword: "required", message }];
}
