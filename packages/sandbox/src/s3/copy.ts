import { element } from "../aws/xml.ts";
import type { PeerAnswer, PeerRequest } from "../server.ts";
import { requestHeaders, s3Error, s3Xml } from "./errors.ts";
import type { ObjectPlace } from "./object.ts";
import type { ObjectStore } from "./store.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html: the object with its headers, under another key. */
export function copyObject(request: PeerRequest, { bucketName, bucket, key }: ObjectPlace, store: ObjectStore): PeerAnswer {
  const source = sourceOf(request.headers["x-amz-copy-source"] ?? "");
  if (source === undefined || request.headers["x-amz-metadata-directive"] === "REPLACE") return s3Error("NotImplemented");
  const from = store.bucket(source.bucket);
  if (from === undefined) return s3Error("NoSuchBucket");
  const object = from.get(source.key);
  if (object === undefined) return s3Error("NoSuchKey");
  bucket.set(key, { ...object, modified: new Date() });
  const body = element("LastModified", new Date().toISOString()) + element("ETag", object.etag);
  return {
    ...s3Xml(200, `<CopyObjectResult>${body}</CopyObjectResult>`),
    received: { operation: "CopyObject", fields: { bucket: bucketName, key, source: `${source.bucket}/${source.key}` } },
    headers: requestHeaders(),
  };
}

function sourceOf(header: string): { readonly bucket: string; readonly key: string } | undefined {
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/.exec(header) ?? [];
  try {
    return bucket === undefined || key === undefined ? undefined : { bucket, key: decodeURIComponent(key) };
  } catch {
    return undefined;
  }
}
