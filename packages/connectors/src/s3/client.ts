import type * as Sdk from "@aws-sdk/client-s3";
import { ConnectorError, type FromSchema, type JsonSchema } from "@backstitch/core/connector";
import { awsConfig, clientOptions } from "../aws/config.ts";
import { loadSdk } from "../shared/load-sdk.ts";
import { emptyAppended, type Appended } from "./seen.ts";
import { checkedKey } from "./key.ts";

/** When gathered records become an object. */
export const appendDefaults = { maxRecords: 5_000, maxBytes: 4_194_304, maxAgeSeconds: 30, openPrefixes: 16 } as const;

export const config = {
  type: "object",
  properties: {
    ...awsConfig,
    bucket: {
      type: "string",
      pattern: "^(?:arn:\\S+|[A-Za-z0-9][A-Za-z0-9._-]{1,254})$",
      description: "Name, or ARN of an access point.",
    },
    forcePathStyle: {
      type: "boolean",
      default: false,
      description: "The bucket in the path, not in the host name: for stores that are not AWS's.",
    },
    requestChecksumCalculation: {
      enum: ["WHEN_SUPPORTED", "WHEN_REQUIRED"],
      default: "WHEN_SUPPORTED",
      description: "WHEN_REQUIRED sends no CRC32, which some stores do not know.",
    },
    expectedBucketOwner: {
      type: "string",
      pattern: "^[0-9]{12}$",
      description: "Account that must own the bucket, else nothing is stored.",
    },
    serverSideEncryption: {
      enum: ["AES256", "aws:kms", "aws:kms:dsse"],
      description: "How what is stored is encrypted. Absent: as the bucket says.",
    },
    kmsKeyId: {
      type: "string",
      pattern: "^\\S{1,2048}$",
      description: "Key's id, alias or ARN, for aws:kms. Absent: AWS's own key for S3.",
    },
    bucketKeyEnabled: {
      type: "boolean",
      default: true,
      description: "With aws:kms: S3 asks KMS once for many objects, which is cheaper and seldom throttled.",
    },
    append: {
      type: "object",
      properties: {
        maxRecords: {
          type: "integer",
          minimum: 1,
          maximum: 50_000,
          default: appendDefaults.maxRecords,
          description: "Most records in an object.",
        },
        maxBytes: {
          type: "integer",
          minimum: 1_024,
          maximum: 67_108_864,
          default: appendDefaults.maxBytes,
          description: "Most bytes in an object, before it is packed.",
        },
        maxAgeSeconds: {
          type: "number",
          minimum: 0.1,
          maximum: 60,
          default: appendDefaults.maxAgeSeconds,
          description: "How long an object's first record waits for others.",
        },
        openPrefixes: {
          type: "integer",
          minimum: 1,
          maximum: 500,
          default: appendDefaults.openPrefixes,
          description: "Most prefixes that gather at a time; where one more begins, that which waits longest is stored.",
        },
      },
      additionalProperties: false,
      description: "When the records that `append` gathers become an object: at the first of these, or when the process is told to stop.",
    },
  },
  required: ["region", "bucket"],
  additionalProperties: false,
} as const satisfies JsonSchema;

export type S3Config = FromSchema<typeof config>;

export interface S3Client {
  readonly sdk: typeof Sdk;
  readonly aws: Sdk.S3Client;
  readonly config: S3Config;
  readonly appended: Appended;
}

/** @throws ConnectorError `locked-out` where the SDK is missing or the settings contradict each other. */
export async function connect(settings: S3Config): Promise<S3Client> {
  const { serverSideEncryption: kind, kmsKeyId } = settings;
  if (kmsKeyId !== undefined && (kind === undefined || kind === "AES256")) {
    const remedy = 'Give "serverSideEncryption": "aws:kms" or "aws:kms:dsse", or no key.';
    throw new ConnectorError("locked-out", "S3_ENCRYPTION_INCOMPLETE", `"kmsKeyId" is given, and nothing is encrypted with it. ${remedy}`);
  }
  const sdk = await loadSdk("s3", "@aws-sdk/client-s3", () => import("@aws-sdk/client-s3"));
  const aws = new sdk.S3Client({
    ...clientOptions(settings),
    forcePathStyle: settings.forcePathStyle ?? false,
    requestChecksumCalculation: settings.requestChecksumCalculation ?? "WHEN_SUPPORTED",
  });
  return { sdk, aws, config: settings, appended: emptyAppended() };
}

/** Where an object is, in a bucket of whom it must be. @throws ConnectorError `rejected` where the key would not name it. */
export function address(
  { config }: S3Client,
  key: string,
  argument = "key",
): Pick<Sdk.PutObjectCommandInput, "Bucket" | "Key" | "ExpectedBucketOwner"> {
  const place = { Bucket: config.bucket, Key: checkedKey(key, argument) };
  return config.expectedBucketOwner === undefined ? place : { ...place, ExpectedBucketOwner: config.expectedBucketOwner };
}

type Encryption = Pick<Sdk.PutObjectCommandInput, "ServerSideEncryption" | "SSEKMSKeyId" | "BucketKeyEnabled">;

/** How what is stored is encrypted, for whatever stores. */
export function encryption({ config: { serverSideEncryption: kind, kmsKeyId, bucketKeyEnabled = true } }: S3Client): Encryption {
  if (kind === undefined) return {};
  return {
    ServerSideEncryption: kind,
    ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
    // The double-layer kind has no bucket keys.
    ...(kind === "aws:kms" ? { BucketKeyEnabled: bucketKeyEnabled } : {}),
  };
}
