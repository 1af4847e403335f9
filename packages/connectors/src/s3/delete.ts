import type { AttemptContext, FromSchema, JsonSchema, Receipt } from "@backstitch/core/connector";
import { answered } from "../aws/call.ts";
import { address, type S3Client } from "./client.ts";
import { s3Failures } from "./failures.ts";
import { receiptOf } from "./found.ts";

export const deleteArgs = {
  type: "object",
  properties: {
    key: { type: "string", minLength: 1, maxLength: 1_024, lands: "path-segment", description: "Name of the object." },
  },
  required: ["key"],
  additionalProperties: false,
} as const satisfies JsonSchema;

export async function deleteObject(client: S3Client, { key }: FromSchema<typeof deleteArgs>, { signal }: AttemptContext): Promise<Receipt> {
  const { sdk, aws } = client;
  const request = new sdk.DeleteObjectCommand(address(client, key));
  const { VersionId: versionId } = await answered(s3Failures, aws, () => aws.send(request, { abortSignal: signal }));
  return receiptOf({ versionId });
}
