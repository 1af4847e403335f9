import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { Value } from "@backstitch/core/values";
import type { PeerAnswer, PeerRequest } from "../server.ts";
import { readBody } from "./body.ts";
import { requestHeaders, s3Error } from "./errors.ts";
import type { StoredObject } from "./store.ts";

const MAX_KEY_BYTES = 1_024;
const MAX_METADATA_BYTES = 2_048;

/** Where an object is, or shall be. */
export interface ObjectPlace {
  readonly bucketName: string;
  readonly bucket: Map<string, StoredObject>;
  readonly key: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export function putObject(request: PeerRequest, { bucketName, bucket, key }: ObjectPlace): PeerAnswer {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return s3Error("KeyTooLongError");
  const body = readBody(request);
  if (typeof body === "string") return s3Error(body);
  const metadata = Object.entries(request.headers).filter(([name]) => name.startsWith("x-amz-meta-"));
  const metadataBytes = metadata.reduce((sum, [name, value]) => sum + name.length - "x-amz-meta-".length + value.length, 0);
  if (metadataBytes > MAX_METADATA_BYTES) return s3Error("MetadataTooLarge");
  if (!preconditionHolds(request, bucket.get(key))) return s3Error("PreconditionFailed");
  const contentType = request.headers["content-type"] ?? "application/octet-stream";
  const object: StoredObject = { ...storedBytes(body.bytes), contentType, headers: keptHeaders(body.headers) };
  bucket.set(key, object);
  const received = { operation: "PutObject", fields: storedFields(bucketName, key, object) };
  return { status: 200, headers: { ...requestHeaders(), etag: object.etag }, received };
}

function storedBytes(bytes: Buffer): Pick<StoredObject, "bytes" | "etag" | "modified"> {
  return { bytes, etag: `"${createHash("md5").update(bytes).digest("hex")}"`, modified: new Date() };
}

export function storedText(text: string): StoredObject {
  return { ...storedBytes(Buffer.from(text)), contentType: "text/plain; charset=utf-8", headers: {} };
}

const KEPT = /^(?:x-amz-meta-|x-amz-checksum-(?!algo|type)|cache-control$|content-encoding$|x-amz-server-side-encryption)/;

/** What of a request's headers comes back with the object. */
export function keptHeaders(headers: PeerRequest["headers"]): StoredObject["headers"] {
  const kept = Object.entries(headers).filter(([name]) => KEPT.test(name));
  return Object.fromEntries(
    kept.map(([name, value]) => [name, value.replace(/(?:^|,)\s*aws-chunked\s*/, "")] as const).filter(([, value]) => value !== ""),
  );
}

/** What `received()` says of an object that was stored. */
export function storedFields(bucket: string, key: string, object: StoredObject): { readonly [name: string]: Value } {
  return { bucket, key, body: readable(object), contentType: object.contentType, metadata: metadataOf(object) };
}

/** GET and HEAD. */
export function getObject(request: PeerRequest, { bucket, key }: ObjectPlace): PeerAnswer {
  const object = bucket.get(key);
  if (object === undefined) return s3Error("NoSuchKey");
  const { etag, contentType, headers, modified, bytes } = object;
  if (request.headers["if-none-match"] === etag) return { status: 304, headers: { ...requestHeaders(), etag } };
  const about = { etag, "content-type": contentType, "last-modified": modified.toUTCString(), "accept-ranges": "bytes" };
  return { status: 200, headers: { ...requestHeaders(), ...headers, ...about }, body: bytes };
}

export function deleteObject({ bucketName, bucket, key }: ObjectPlace): PeerAnswer {
  bucket.delete(key);
  return { status: 204, headers: requestHeaders(), received: { operation: "DeleteObject", fields: { bucket: bucketName, key } } };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export function preconditionHolds({ headers }: PeerRequest, there: StoredObject | undefined): boolean {
  if (headers["if-none-match"] === "*") return there === undefined;
  const wanted = headers["if-match"];
  return wanted === undefined || wanted.replaceAll('"', "") === there?.etag.replaceAll('"', "");
}

/** Text where it is text, packed or not. */
function readable({ bytes: stored, headers }: StoredObject): Value {
  const bytes = headers["content-encoding"] === "gzip" ? gunzipSync(stored) : stored;
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : { base64: bytes.toString("base64") };
}

function metadataOf({ headers }: StoredObject): Record<string, string> {
  const entries = Object.entries(headers).filter(([name]) => name.startsWith("x-amz-meta-"));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice("x-amz-meta-".length), value]));
}
