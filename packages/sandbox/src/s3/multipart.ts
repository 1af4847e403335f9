import { createHash, randomBytes } from "node:crypto";
import { element } from "../aws/xml.ts";
import type { PeerAnswer, PeerRequest } from "../server.ts";
import { readBody } from "./body.ts";
import { requestHeaders, s3Error, s3Xml } from "./errors.ts";
import { keptHeaders, preconditionHolds, storedFields, type ObjectPlace } from "./object.ts";
import type { Begun, Part, Uploads } from "./store.ts";

const LEAST_PART_BYTES = 5 * 1_048_576;

/** An upload in parts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html. Undefined: the request is none of one. */
export function onUpload(request: PeerRequest, place: ObjectPlace, uploads: Uploads): PeerAnswer | undefined {
  const { method, query } = request;
  if (method === "POST" && query.has("uploads")) return begin(request, place, uploads);
  const id = query.get("uploadId");
  if (id === null) return undefined;
  const upload = uploads.get(id);
  if (upload === undefined || upload.key !== place.key) return s3Error("NoSuchUpload");
  if (method === "PUT") return takePart(request, upload);
  if (method === "POST") return complete(request, place, { id, upload, uploads });
  if (method !== "DELETE") return undefined;
  uploads.delete(id);
  return { status: 204, headers: requestHeaders() };
}

function begin(request: PeerRequest, { bucketName, key }: ObjectPlace, uploads: Uploads): PeerAnswer {
  const id = randomBytes(16).toString("hex");
  uploads.set(id, { key, headers: request.headers, parts: new Map() });
  const body = element("Bucket", bucketName) + element("Key", key) + element("UploadId", id);
  return s3Xml(200, `<InitiateMultipartUploadResult>${body}</InitiateMultipartUploadResult>`);
}

function takePart(request: PeerRequest, { parts }: Begun): PeerAnswer {
  const number = Number(request.query.get("partNumber"));
  if (!Number.isInteger(number) || number < 1 || number > 10_000) return s3Error("InvalidArgument");
  const body = readBody(request);
  if (typeof body === "string") return s3Error(body);
  const md5 = createHash("md5").update(body.bytes).digest();
  parts.set(number, { bytes: body.bytes, md5 });
  const checksums = Object.entries(body.headers).filter(([name]) => /^x-amz-checksum-(?!algo)/.test(name));
  return { status: 200, headers: { ...requestHeaders(), ...Object.fromEntries(checksums), etag: `"${md5.toString("hex")}"` } };
}

interface Completing {
  readonly id: string;
  readonly upload: Begun;
  readonly uploads: Uploads;
}

function complete(request: PeerRequest, { bucketName, bucket, key }: ObjectPlace, { id, upload, uploads }: Completing): PeerAnswer {
  const parts = partsOf(request.body.toString("utf8"), upload);
  if (parts === undefined) return s3Error("InvalidPart");
  if (parts.slice(0, -1).some(({ bytes }) => bytes.length < LEAST_PART_BYTES)) return s3Error("EntityTooSmall");
  if (!preconditionHolds(request, bucket.get(key))) return s3Error("PreconditionFailed");
  const digest = createHash("md5")
    .update(Buffer.concat(parts.map(({ md5 }) => md5)))
    .digest("hex");
  const object = {
    bytes: Buffer.concat(parts.map(({ bytes }) => bytes)),
    etag: `"${digest}-${parts.length}"`,
    contentType: upload.headers["content-type"] ?? "application/octet-stream",
    headers: keptHeaders(upload.headers),
    modified: new Date(),
  };
  bucket.set(key, object);
  uploads.delete(id);
  const body = element("Bucket", bucketName) + element("Key", key) + element("ETag", object.etag);
  return {
    ...s3Xml(200, `<CompleteMultipartUploadResult>${body}</CompleteMultipartUploadResult>`),
    received: { operation: "CompleteMultipartUpload", fields: storedFields(bucketName, key, object) },
  };
}

/** Those that the request names, in its order; undefined where one is not as it says. */
function partsOf(xml: string, { parts }: Begun): readonly Part[] | undefined {
  const named = [...xml.matchAll(/<Part>([\s\S]*?)<\/Part>/g)].map(([, part = ""]) => {
    const number = Number(/<PartNumber>(\d+)<\/PartNumber>/.exec(part)?.[1]);
    const etag = /<ETag>(?:&quot;|"|&#34;)?([0-9a-f]{32})/.exec(part)?.[1];
    const held = parts.get(number);
    return held?.md5.toString("hex") === etag ? held : undefined;
  });
  return named.length > 0 && named.every((part) => part !== undefined) ? named : undefined;
}
