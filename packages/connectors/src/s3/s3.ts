import type * as Sdk from "@aws-sdk/client-s3";
import {
  action,
  ConnectorError,
  type Action,
  type AttemptContext,
  type Connector,
  type FromSchema,
  type JsonSchema,
  type Receipt,
} from "@backstitch/core/connector";
import { answered } from "../aws/call.ts";
import { awsConfig, clientOptions } from "../aws/config.ts";
import { loadSdk } from "../shared/load-sdk.ts";
import { s3Failures } from "./failures.ts";
import { checkedKey } from "./key.ts";
import { DELIVERY_FIELD, storedBody, storedMetadata } from "./object.ts";
import { plain, type Calls, type Plainly } from "../shared/plain.ts";

const MAX_BODY = 16 * 1_048_576;

const config = {
  type: "object",
  properties: {
    ...awsConfig,
    bucket: { type: "string", pattern: "^(?:arn:\\S+|[A-Za-z0-9][A-Za-z0-9._-]{1,254})$" },
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
  },
  required: ["region", "bucket"],
  additionalProperties: false,
} as const satisfies JsonSchema;

const args = {
  type: "object",
  properties: {
    key: { type: "string", minLength: 1, maxLength: 1_024, lands: "path-segment", description: "Name of the object." },
    body: {
      anyOf: [{ type: "string", maxLength: MAX_BODY }, { type: "object" }, { type: "array" }],
      description: 'Text; an object or array, which is stored as JSON; or {"base64": "…"} for bytes.',
    },
    contentType: { type: "string", pattern: "^[\\x20-\\x7e]{3,256}$", lands: "header", description: "Absent: by the body." },
    metadata: { type: "object", additionalProperties: { type: "string", lands: "header" }, maxProperties: 50 },
    ifAbsent: { type: "boolean", default: false, description: "Stores only where no object has the key yet." },
  },
  required: ["key", "body"],
  additionalProperties: false,
} as const satisfies JsonSchema;

export type S3Config = FromSchema<typeof config>;
type PutArgs = FromSchema<typeof args>;

interface S3Client {
  readonly sdk: typeof Sdk;
  readonly aws: Sdk.S3Client;
  readonly config: S3Config;
}

/** Amazon S3, and stores that speak its protocol: stores objects. */
export const s3: Connector<S3Config, S3Client, { readonly put: Action<S3Client, PutArgs> }> = {
  type: "s3",
  summary: "Amazon S3, and stores that speak its protocol: stores objects.",
  config,
  async connect(settings) {
    const sdk = await loadSdk("s3", "@aws-sdk/client-s3", () => import("@aws-sdk/client-s3"));
    const aws = new sdk.S3Client({
      ...clientOptions(settings),
      forcePathStyle: settings.forcePathStyle ?? false,
      requestChecksumCalculation: settings.requestChecksumCalculation ?? "WHEN_SUPPORTED",
    });
    return { sdk, aws, config: settings };
  },
  close: ({ aws }) => aws.destroy(),
  actions: {
    put: action({ summary: "Stores one object.", args, repeat: "by-nature", run: put, reconcile }),
  },
};

/** S3 without engine, journal or project: see {@link Calls}. */
export function createS3(config: Plainly<S3Config>): Calls<typeof s3> {
  return plain(s3, config);
}

async function put(client: S3Client, object: PutArgs, attempt: AttemptContext): Promise<Receipt> {
  const { sdk, aws } = client;
  const { bytes, contentType } = storedBody(object.body);
  const request = new sdk.PutObjectCommand({
    ...address(client, object),
    Body: bytes,
    ContentType: object.contentType ?? contentType,
    Metadata: storedMetadata(object.metadata ?? {}, attempt),
    ...(object.ifAbsent === true ? { IfNoneMatch: "*" } : {}),
  });
  try {
    const { ETag: etag, VersionId: versionId } = await answered(s3Failures, aws, () => aws.send(request, { abortSignal: attempt.signal }));
    if (etag === undefined)
      throw new ConnectorError("uncertain", "S3_ANSWER_UNREADABLE", "S3 answered without an ETag, so the object may have been stored.");
    return receipt(etag, versionId, bytes.length);
  } catch (error) {
    if (object.ifAbsent !== true || !isRefusal(error, "S3_PreconditionFailed")) throw error;
    return oursAlready(client, object, attempt);
  }
}

/** An earlier attempt whose answer was lost leaves an object of ours behind: that is success, not a conflict. */
async function oursAlready(client: S3Client, object: PutArgs, attempt: AttemptContext): Promise<Receipt> {
  const found = await look(client, object, attempt);
  if (found === "absent") throw new ConnectorError("unavailable", "S3_OBJECT_VANISHED", "S3 had an object of that key and has it no more.");
  if (found !== "hidden" && found.deliveryId === attempt.deliveryId) return receipt(found.etag, found.versionId, found.bytes);
  const hint = found === "hidden" ? " Whose it is cannot be told: s3:GetObject is not allowed." : "";
  throw new ConnectorError("rejected", "S3_OBJECT_EXISTS", `An object of that key exists already.${hint}`);
}

async function reconcile(client: S3Client, object: PutArgs, attempt: AttemptContext): Promise<"done" | "not-done" | "cannot-tell"> {
  const found = await look(client, object, attempt);
  if (found === "absent") return "not-done";
  return found !== "hidden" && found.deliveryId === attempt.deliveryId ? "done" : "cannot-tell";
}

interface Found {
  readonly deliveryId: string | undefined;
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  readonly bytes: number | undefined;
}

/** @returns "hidden" where the store will not say: we may write but not read, or it refuses for a reason that an answer without a body cannot name. */
async function look(client: S3Client, object: PutArgs, attempt: AttemptContext): Promise<Found | "absent" | "hidden"> {
  const { sdk, aws } = client;
  const request = new sdk.HeadObjectCommand(address(client, object));
  try {
    const head = await answered(s3Failures, aws, () => aws.send(request, { abortSignal: attempt.signal }));
    return { deliveryId: head.Metadata?.[DELIVERY_FIELD], etag: head.ETag, versionId: head.VersionId, bytes: head.ContentLength };
  } catch (error) {
    if (isRefusal(error, "S3_NotFound")) return "absent";
    // Expired credentials and a wrong region are a 400 too, and only the put tells them from a bad request.
    if (isRefusal(error, "S3_HTTP_403") || isRefusal(error, "S3_HTTP_400")) return "hidden";
    throw error;
  }
}

function address({ config }: S3Client, { key }: PutArgs): Pick<Sdk.PutObjectCommandInput, "Bucket" | "Key" | "ExpectedBucketOwner"> {
  const place = { Bucket: config.bucket, Key: checkedKey(key) };
  return config.expectedBucketOwner === undefined ? place : { ...place, ExpectedBucketOwner: config.expectedBucketOwner };
}

/** The key stays out: it may hold a person's name. */
function receipt(etag: string | undefined, versionId: string | undefined, bytes: number | undefined): Receipt {
  const id = etag?.replaceAll('"', "");
  return {
    ...(id === undefined ? {} : { id }),
    ...(versionId === undefined ? {} : { versionId }),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

function isRefusal(error: unknown, code: string): boolean {
  return error instanceof ConnectorError && error.code === code;
}
