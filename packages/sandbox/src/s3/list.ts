import { element } from "../aws/xml.ts";
import type { PeerAnswer } from "../server.ts";
import { s3Xml } from "./errors.ts";
import type { StoredObject } from "./store.ts";

const LARGEST_PAGE = 1_000;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html, in the order of the keys' UTF-8. */
export function listObjects(name: string, bucket: ReadonlyMap<string, StoredObject>, query: URLSearchParams): PeerAnswer {
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const token = query.get("continuation-token");
  const after = token === null ? (query.get("start-after") ?? "") : Buffer.from(token, "base64url").toString("utf8");
  const size = Math.min(Number(query.get("max-keys") ?? LARGEST_PAGE), LARGEST_PAGE);
  const keys = [...bucket.keys()]
    .filter((key) => key.startsWith(prefix))
    .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  const entries = [...new Set(keys.map((key) => rolledUp(key, prefix, delimiter)))].filter((entry) => after === "" || entry > after);
  const page = entries.slice(0, size);
  const truncated = entries.length > page.length;
  const next = truncated ? element("NextContinuationToken", Buffer.from(page.at(-1) ?? "").toString("base64url")) : "";
  const contents = page.map((entry) => contentsOf(entry, bucket.get(entry)));
  const head = element("Name", name) + element("Prefix", prefix) + element("KeyCount", page.length) + element("MaxKeys", size);
  return s3Xml(
    200,
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${head}${element("IsTruncated", truncated)}${next}${contents.join("")}</ListBucketResult>`,
  );
}

/** The key, or the part of it up to the delimiter: a common prefix. */
function rolledUp(key: string, prefix: string, delimiter: string): string {
  const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
  return end === -1 ? key : key.slice(0, end + delimiter.length);
}

function contentsOf(entry: string, object: StoredObject | undefined): string {
  if (object === undefined) return `<CommonPrefixes>${element("Prefix", entry)}</CommonPrefixes>`;
  const { etag, bytes, modified } = object;
  const parts = [
    element("Key", entry),
    element("LastModified", modified.toISOString()),
    element("ETag", etag),
    element("Size", bytes.length),
  ];
  return `<Contents>${parts.join("")}${element("StorageClass", "STANDARD")}</Contents>`;
}
