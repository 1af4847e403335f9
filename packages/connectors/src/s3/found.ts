import { ConnectorError, type AttemptContext, type Receipt } from "@backstitch/core/connector";
import { answered } from "../aws/call.ts";
import { address, type S3Client } from "./client.ts";
import { s3Failures } from "./failures.ts";
import { DELIVERY_FIELD } from "./object.ts";

/** An object that is there, as far as whose it is. */
export interface Found {
  readonly deliveryId: string | undefined;
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  readonly bytes: number | undefined;
}

/** @returns "hidden" where the store will not say: we may write but not read, or it refuses for a reason that an answer without a body cannot name. */
export async function look(
  client: S3Client,
  key: string,
  { signal }: Pick<AttemptContext, "signal">,
): Promise<Found | "absent" | "hidden"> {
  const { sdk, aws } = client;
  const request = new sdk.HeadObjectCommand(address(client, key));
  try {
    const head = await answered(s3Failures, aws, () => aws.send(request, { abortSignal: signal }));
    return { deliveryId: head.Metadata?.[DELIVERY_FIELD], etag: head.ETag, versionId: head.VersionId, bytes: head.ContentLength };
  } catch (error) {
    if (isRefusal(error, "S3_NotFound")) return "absent";
    // Expired credentials and a wrong region are a 400 too, and only the put tells them from a bad request.
    if (isRefusal(error, "S3_HTTP_403") || isRefusal(error, "S3_HTTP_400")) return "hidden";
    throw error;
  }
}

/** The key stays out: it may hold a person's name. */
export function receiptOf({ etag, versionId, bytes }: Partial<Omit<Found, "deliveryId">>): Receipt {
  const id = etag?.replaceAll('"', "");
  return {
    // Ceph 16 has none to tell of an object that came in parts.
    ...(id === undefined || id === "" ? {} : { id }),
    ...(versionId === undefined ? {} : { versionId }),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

export function isRefusal(error: unknown, code: string): boolean {
  return error instanceof ConnectorError && error.code === code;
}
