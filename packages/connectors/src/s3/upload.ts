import type * as Sdk from "@aws-sdk/client-s3";
import { ConnectorError } from "@backstitch/core/connector";
import { answered } from "../aws/call.ts";
import type { S3Client } from "./client.ts";
import { s3Failures } from "./failures.ts";
import type { Found } from "./found.ts";

/** What goes in one request; more goes in parts of that size. S3's least is 5 MB: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const PART_BYTES = 8 * 1_048_576;
const ABORT_MS = 5_000;

type About = Pick<
  Sdk.PutObjectCommandInput,
  | "Bucket"
  | "Key"
  | "ExpectedBucketOwner"
  | "ContentType"
  | "ContentEncoding"
  | "Metadata"
  | "ServerSideEncryption"
  | "SSEKMSKeyId"
  | "BucketKeyEnabled"
>;

export interface Upload {
  readonly about: About;
  readonly conditions: Pick<Sdk.PutObjectCommandInput, "IfNoneMatch">;
  readonly bytes: Buffer;
}

type Stored = Pick<Found, "etag" | "versionId">;

/** Stores an object, a large one in parts. Rejects with a ConnectorError: `uncertain` only where the object may be there. */
export async function upload(client: S3Client, object: Upload, signal: AbortSignal): Promise<Stored> {
  const { ETag: etag, VersionId: versionId } = await (object.bytes.length > PART_BYTES ? inParts : whole)(client, object, signal);
  if (etag === undefined)
    throw new ConnectorError("uncertain", "S3_ANSWER_UNREADABLE", "S3 answered without an ETag, so the object may have been stored.");
  return { etag, versionId };
}

function whole(
  { sdk, aws }: S3Client,
  { about, conditions, bytes }: Upload,
  abortSignal: AbortSignal,
): Promise<Sdk.PutObjectCommandOutput> {
  const request = new sdk.PutObjectCommand({ ...about, ...conditions, Body: bytes });
  return answered(s3Failures, aws, () => aws.send(request, { abortSignal }));
}

/** Until the last request nothing is there, whatever becomes of those before it. */
async function inParts(client: S3Client, object: Upload, abortSignal: AbortSignal): Promise<Sdk.CompleteMultipartUploadCommandOutput> {
  const { sdk, aws } = client;
  const { ExpectedBucketOwner, Bucket, Key } = object.about;
  const create = new sdk.CreateMultipartUploadCommand(object.about);
  const { UploadId } = await notThereYet(answered(s3Failures, aws, () => aws.send(create, { abortSignal })));
  if (UploadId === undefined) throw new ConnectorError("unavailable", "S3_ANSWER_UNREADABLE", "S3 began an upload and gave it no id.");
  const place = { Bucket, Key, ExpectedBucketOwner, UploadId };
  try {
    const Parts = await notThereYet(sendParts(client, place, object.bytes, abortSignal));
    const complete = new sdk.CompleteMultipartUploadCommand({ ...place, ...object.conditions, MultipartUpload: { Parts } });
    return await answered(s3Failures, aws, () => aws.send(complete, { abortSignal }));
  } catch (error) {
    await letGo(client, place);
    throw error;
  }
}

type Place = Pick<Sdk.UploadPartCommandInput, "Bucket" | "Key" | "ExpectedBucketOwner" | "UploadId">;

async function sendParts({ sdk, aws }: S3Client, place: Place, bytes: Buffer, signal: AbortSignal): Promise<Sdk.CompletedPart[]> {
  const failed = new AbortController();
  const abortSignal = AbortSignal.any([signal, failed.signal]);
  const sendPart = async (PartNumber: number): Promise<Sdk.CompletedPart> => {
    const Body = bytes.subarray((PartNumber - 1) * PART_BYTES, PartNumber * PART_BYTES);
    const request = new sdk.UploadPartCommand({ ...place, PartNumber, Body });
    const { ETag, ChecksumCRC32 } = await answered(s3Failures, aws, () => aws.send(request, { abortSignal }));
    return { PartNumber, ETag, ChecksumCRC32 };
  };
  try {
    return await Promise.all(Array.from({ length: Math.ceil(bytes.length / PART_BYTES) }, (_, index) => sendPart(index + 1)));
  } finally {
    failed.abort();
  }
}

/** Parts that nobody completes are kept, and paid for, until they are aborted. Where this fails too, the bucket's lifecycle rule must. */
async function letGo({ sdk, aws }: S3Client, place: Place): Promise<void> {
  const request = new sdk.AbortMultipartUploadCommand(place);
  await aws.send(request, { abortSignal: AbortSignal.timeout(ABORT_MS) }).catch(() => undefined);
}

/** What may have been done is no object. */
async function notThereYet<Output>(call: Promise<Output>): Promise<Output> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.outcome !== "uncertain") throw error;
    throw new ConnectorError("unavailable", error.code, error.message, error.retryAfterMs);
  }
}
