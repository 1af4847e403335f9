import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Found, LookUpContext } from "@backstitch/core/connector";
import { answered } from "../aws/call.ts";
import { OBJECT_SUFFIX, type AppendArgs } from "./append.ts";
import type { S3Client } from "./client.ts";
import { s3Failures } from "./failures.ts";
import { isRefusal } from "./found.ts";
import type { Listed } from "./seen.ts";

/** A request of which all was written shows itself by then, if it ever does. */
const SHOWN_BY_MS = 5_000;
/** By so much S3's clock and ours may differ: a request that is further off is refused. */
const CLOCKS_MS = 15 * 60_000;
/** Many ask for the same prefix at the same time, and one answer does for all. */
const LISTING_HOLDS_MS = 1_000;
/** More objects than that are not read to find one line. */
const MOST_OBJECTS = 200;
const IDS_KEPT = 64;

/** Looks for the record's line in the objects that were stored under its prefix since it was recorded. */
export async function reconcileAppend(client: S3Client, { prefix }: AppendArgs, attempt: LookUpContext): Promise<Found> {
  const own = await attempt.past?.own();
  if (own === undefined) return "cannot-tell";
  try {
    const objects = await listed(client, prefix);
    const since = objects?.filter(({ modifiedAt }) => modifiedAt >= own.recordedAt - CLOCKS_MS);
    if (since === undefined || since.length > MOST_OBJECTS) return "cannot-tell";
    for (const object of since) if ((await idsIn(client, object)).has(attempt.deliveryId)) return "done";
    return own.askedAgain ? "not-done" : { askAgainInMs: SHOWN_BY_MS };
  } catch (error) {
    if (isRefusal(error, "S3_AccessDenied") || isRefusal(error, "S3_NotImplemented")) return "cannot-tell";
    throw error;
  }
}

function listed(client: S3Client, prefix: string): Promise<readonly Listed[] | undefined> {
  const { listings } = client.appended;
  const now = performance.now();
  for (const [name, { at }] of listings) if (now - at > LISTING_HOLDS_MS) listings.delete(name);
  const found = listings.get(prefix) ?? { at: now, objects: list(client, prefix) };
  listings.set(prefix, found);
  found.objects.catch(() => listings.delete(prefix));
  return found.objects;
}

/** Not cut short with one attempt: others wait for the same answer. Undefined: there are too many to look through. */
async function list({ sdk, aws, config }: S3Client, Prefix: string): Promise<readonly Listed[] | undefined> {
  const found: Listed[] = [];
  let ContinuationToken: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const { bucket: Bucket, expectedBucketOwner: ExpectedBucketOwner } = config;
    const request = new sdk.ListObjectsV2Command({ Bucket, Prefix, ExpectedBucketOwner, ContinuationToken });
    const page = await answered(s3Failures, aws, () => aws.send(request, { abortSignal: AbortSignal.timeout(LOOK_MS) }));
    for (const { Key = "", ETag = "", LastModified } of page.Contents ?? []) {
      const isOurs = Key.endsWith(OBJECT_SUFFIX) && NAME.test(Key.slice(Prefix.length));
      if (isOurs) found.push({ key: Key, etag: ETag, modifiedAt: LastModified?.getTime() ?? Infinity });
    }
    if (page.IsTruncated !== true) return found;
    ContinuationToken = page.NextContinuationToken;
  }
  return undefined;
}

/** Of 1,000 objects each. */
const MOST_PAGES = 20;
const LOOK_MS = 30_000;
const NAME = /^[0-9a-f]{32}\.ndjson\.gz$/;

function idsIn(client: S3Client, { key, etag }: Listed): Promise<ReadonlySet<string>> {
  const { ids } = client.appended;
  const name = `${etag} ${key}`;
  const found = ids.get(name) ?? readIds(client, key);
  ids.delete(name);
  ids.set(name, found);
  found.catch(() => ids.delete(name));
  const [oldest] = ids.keys();
  if (ids.size > IDS_KEPT && oldest !== undefined) ids.delete(oldest);
  return found;
}

const unpacked = promisify(gunzip);
const LINE_END = /"backstitchDeliveryId":"([a-z2-7]{26})","backstitchHops":\d+\}$/gm;

async function readIds({ sdk, aws, config }: S3Client, Key: string): Promise<ReadonlySet<string>> {
  const { bucket: Bucket, expectedBucketOwner: ExpectedBucketOwner } = config;
  const request = new sdk.GetObjectCommand({ Bucket, Key, ExpectedBucketOwner });
  try {
    const bytes = await answered(s3Failures, aws, async () => {
      const { Body } = await aws.send(request, { abortSignal: AbortSignal.timeout(LOOK_MS) });
      return Body?.transformToByteArray();
    });
    const text = (await unpacked(bytes ?? new Uint8Array()).catch(() => Buffer.alloc(0))).toString("utf8");
    return new Set([...text.matchAll(LINE_END)].map(([, id = ""]) => id));
  } catch (error) {
    // Somebody deleted it meanwhile.
    if (isRefusal(error, "S3_NoSuchKey")) return new Set();
    throw error;
  }
}
