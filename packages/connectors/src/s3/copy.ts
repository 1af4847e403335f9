import type { AttemptContext, FromSchema, JsonSchema, Receipt } from "@backstitch/core/connector";
import { ConnectorError } from "@backstitch/core/connector";
import { answered } from "../aws/call.ts";
import { address, encryption, type S3Client } from "./client.ts";
import { s3Failures } from "./failures.ts";
import { receiptOf } from "./found.ts";
import { checkedKey } from "./key.ts";

export const bucket = { type: "string", pattern: "^(?:arn:\\S+|[A-Za-z0-9][A-Za-z0-9._-]{1,254})$" } as const;

export const copyArgs = {
  type: "object",
  properties: {
    from: { type: "string", minLength: 1, maxLength: 1_024, lands: "path-segment", description: "Name of the object that is copied." },
    key: { type: "string", minLength: 1, maxLength: 1_024, lands: "path-segment", description: "Name of the copy." },
    fromBucket: { ...bucket, description: "Absent: the service's own." },
  },
  required: ["from", "key"],
  additionalProperties: false,
} as const satisfies JsonSchema;

export type CopyArgs = FromSchema<typeof copyArgs>;

export async function copy(client: S3Client, { from, key, fromBucket }: CopyArgs, { signal }: AttemptContext): Promise<Receipt> {
  const { sdk, aws, config } = client;
  const request = new sdk.CopyObjectCommand({
    ...address(client, key),
    ...encryption(client),
    CopySource: sourceOf(fromBucket ?? config.bucket, checkedKey(from, "from")),
    ...(fromBucket === undefined ? { ExpectedSourceBucketOwner: config.expectedBucketOwner } : {}),
  });
  const answer = await answered(s3Failures, aws, () => aws.send(request, { abortSignal: signal }));
  const etag = answer.CopyObjectResult?.ETag;
  if (etag === undefined)
    throw new ConnectorError("uncertain", "S3_ANSWER_UNREADABLE", "S3 answered without an ETag, so the object may have been copied.");
  return receiptOf({ etag, versionId: answer.VersionId });
}

/** The SDK sends it as it is given, and S3 decodes it. */
function sourceOf(from: string, key: string): string {
  const path = key.split("/").map(encodeURIComponent).join("/");
  return from.startsWith("arn:") ? `${from}/object/${path}` : `${from}/${path}`;
}
