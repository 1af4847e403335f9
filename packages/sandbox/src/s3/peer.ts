import type { Peer } from "@backstitch/core/testing";
import { isOver, isPresigned, signatureFault, type AwsCredentials } from "../aws/signature.ts";
import { startPeer, type PeerAnswer, type PeerOptions, type PeerRequest } from "../server.ts";
import { copyObject } from "./copy.ts";
import { requestHeaders, s3Coded, s3Error } from "./errors.ts";
import { listObjects } from "./list.ts";
import { onUpload } from "./multipart.ts";
import { deleteObject, getObject, putObject, storedText, type ObjectPlace } from "./object.ts";
import { objectStore, type ObjectStore } from "./store.ts";

/** Who may use the stand-in, and what is in it. */
export interface S3PeerOptions extends PeerOptions {
  /** Only this key pair is let in. @default any that signs */
  readonly credentials?: AwsCredentials;
  /** The buckets that there are. @default a bucket is made when it is first named */
  readonly buckets?: readonly string[];
  /** Texts that are there from the beginning, by key, in the first of {@link S3PeerOptions.buckets}. @default none */
  readonly objects?: { readonly [key: string]: string };
  /** Account that owns the buckets, for requests that expect an owner. @default whoever is expected */
  readonly owner?: string;
  /** So many conditional writes meet another that is under way: 409. @default 0 */
  readonly conflicts?: number;
}

/** A local S3: objects over its REST protocol, bucket in the path or the host, checksums and conditions kept, with S3's own codes. */
export function s3Peer(options: S3PeerOptions = {}): Promise<Peer> {
  const store = objectStore(options.buckets);
  const first = store.bucket(options.buckets?.[0] ?? "");
  for (const [key, text] of Object.entries(options.objects ?? {})) first?.set(key, storedText(text));
  let conflicts = options.conflicts ?? 0;
  return startPeer(
    {
      handle(sent) {
        const request = isPresigned(sent) ? withHeaders(sent) : sent;
        const refused = signatureRefusal(sent, options) ?? ownerRefusal(request, options);
        if (refused !== undefined) return refused;
        if (writes(request) && isConditional(request) && conflicts > 0) {
          conflicts -= 1;
          return s3Error("ConditionalRequestConflict");
        }
        return route(request, store);
      },
      throttled: () => s3Error("SlowDown"),
      failed: (_request, status) => s3Error(status === 500 ? "InternalError" : "ServiceUnavailable"),
      refused: () => s3Error("InvalidAccessKeyId"),
      coded: s3Coded,
    },
    options,
  );
}

/** Of a link, what would be headers stands in the query. */
function withHeaders(request: PeerRequest): PeerRequest {
  const isHeader = ([name]: [string, string]): boolean => /^x-amz-/i.test(name);
  const headers = [...request.query].filter(isHeader).map(([name, value]) => [name.toLowerCase(), value] as const);
  const query = new URLSearchParams([...request.query].filter((pair) => !isHeader(pair)));
  return { ...request, query, headers: { ...request.headers, ...Object.fromEntries(headers) } };
}

function signatureRefusal(request: PeerRequest, { credentials }: S3PeerOptions): PeerAnswer | undefined {
  const fault = signatureFault(request, credentials);
  if (fault === "missing") return s3Error("AccessDenied");
  if (fault === "unknown-key") return s3Error("InvalidAccessKeyId");
  if (fault === "wrong") return s3Error("SignatureDoesNotMatch");
  return isPresigned(request) && isOver(request, Date.now()) ? s3Error("AccessDenied") : undefined;
}

function ownerRefusal({ headers }: PeerRequest, { owner }: S3PeerOptions): PeerAnswer | undefined {
  const expected = headers["x-amz-expected-bucket-owner"];
  return owner !== undefined && expected !== undefined && expected !== owner ? s3Error("AccessDenied") : undefined;
}

/** An upload's last request is a POST. */
function writes({ method }: PeerRequest): boolean {
  return method === "PUT" || method === "POST";
}

function isConditional({ headers }: PeerRequest): boolean {
  return headers["if-none-match"] !== undefined || headers["if-match"] !== undefined;
}

function route(request: PeerRequest, store: ObjectStore): PeerAnswer {
  const place = placeOf(request);
  if (place === undefined) return s3Error("InvalidArgument");
  const { bucketName, key } = place;
  if (bucketName === "") return s3Error("NotImplemented");
  if (key === "" && request.method === "PUT") return created(store.create(bucketName));
  const bucket = store.bucket(bucketName);
  if (bucket === undefined) return s3Error("NoSuchBucket");
  if (key !== "") return onObject(request, { bucketName, bucket, key }, store);
  if (request.method === "HEAD") return { status: 200, headers: requestHeaders() };
  return request.method === "GET" && request.query.get("list-type") === "2"
    ? listObjects(bucketName, bucket, request.query)
    : s3Error("NotImplemented");
}

function created(isNew: boolean): PeerAnswer {
  return isNew ? { status: 200, headers: requestHeaders() } : s3Error("BucketAlreadyOwnedByYou");
}

function onObject(request: PeerRequest, place: ObjectPlace, store: ObjectStore): PeerAnswer {
  const uploading = onUpload(request, place, store.uploads);
  if (uploading !== undefined) return uploading;
  // Tags, ACLs and their like name themselves in the query.
  if ([...request.query.keys()].some((name) => name !== "x-id")) return s3Error("NotImplemented");
  if (request.method === "PUT")
    return request.headers["x-amz-copy-source"] === undefined ? putObject(request, place) : copyObject(request, place, store);
  if (request.method === "GET" || request.method === "HEAD") return getObject(request, place);
  return request.method === "DELETE" ? deleteObject(place) : s3Error("MethodNotAllowed");
}

/** `bucket.localhost:1234/key` or `127.0.0.1:1234/bucket/key`. */
function placeOf({ path, headers }: PeerRequest): { readonly bucketName: string; readonly key: string } | undefined {
  const inHost = /^(.+)\.localhost(?::\d+)?$/.exec(headers["host"] ?? "")?.[1];
  const [first = "", ...rest] = path.slice(1).split("/");
  try {
    return inHost === undefined
      ? { bucketName: decodeURIComponent(first), key: decodeURIComponent(rest.join("/")) }
      : { bucketName: inHost, key: decodeURIComponent(path.slice(1)) };
  } catch {
    return undefined;
  }
}
