import type { AttemptContext, FromSchema, JsonSchema, SchemaFault } from "@backstitch/core/connector";
import { answered } from "../aws/call.ts";
import { loadSdk } from "../shared/load-sdk.ts";
import { address, type S3Client } from "./client.ts";
import { bucket } from "./copy.ts";
import { s3Failures } from "./failures.ts";
import { keyFaults } from "./key.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html */
const LONGEST_SECONDS = 7 * 86_400;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

export const linkArgs = {
  type: "object",
  properties: {
    key: { type: "string", minLength: 1, maxLength: 1_024, lands: "path-segment", description: "Name of the object." },
    bucket: { ...bucket, description: "Absent: the service's own." },
    expiresIn: {
      type: "string",
      pattern: "^[0-9]{1,6}[smhd]$",
      default: "1h",
      examples: ["30m", "7d"],
      description: "How long it works from when it is made: at most 7d, and not beyond temporary credentials.",
    },
  },
  required: ["key"],
  additionalProperties: false,
} as const satisfies JsonSchema;

export type LinkArgs = FromSchema<typeof linkArgs>;

export function linkFaults(args: Partial<LinkArgs>): readonly SchemaFault[] {
  return [...keyFaults(args, ["key"]), ...lifeFaults(args)];
}

function lifeFaults({ expiresIn }: Partial<LinkArgs>): readonly SchemaFault[] {
  const seconds = secondsOf(expiresIn);
  if (seconds >= 1 && seconds <= LONGEST_SECONDS) return [];
  const message = `"expiresIn" is ${JSON.stringify(expiresIn)}; a link works for at least 1s and at most 7d.`;
  return [{ path: ["expiresIn"], keyword: "maximum", message }];
}

function secondsOf(text = linkArgs.properties.expiresIn.default as string): number {
  return Number(text.slice(0, -1)) * (SECONDS[text.slice(-1)] ?? NaN);
}

/** A function that makes no links is bundled without it, where it is not installed: bundlers forgive that of an import whose failure is caught. */
function importPresigner() {
  return import("@aws-sdk/s3-request-presigner").catch((error: unknown) => {
    throw error;
  });
}

/** Signs it here: S3 is not asked, nor whether there is such an object. */
export async function link(client: S3Client, { key, bucket: other, expiresIn }: LinkArgs, _attempt: AttemptContext): Promise<string> {
  const { sdk, aws } = client;
  const { getSignedUrl } = await loadSdk("s3", "@aws-sdk/s3-request-presigner", importPresigner);
  const place = address(client, key);
  const request = new sdk.GetObjectCommand(other === undefined ? place : { Bucket: other, Key: place.Key });
  return answered(s3Failures, aws, () => getSignedUrl(aws, request, { expiresIn: secondsOf(expiresIn) }));
}
