import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { ConnectorError, type AttemptContext } from "@backstitch/core/connector";
import { jsonText } from "../aws/text.ts";
import { connect, type S3Client } from "../s3/client.ts";
import { put } from "../s3/put.ts";
import { MAX_BYTES, type EventBridgeClient, type EventBridgeConfig } from "./config.ts";
import { entryBytes, entryOf, rejected, type PutArgs } from "./entry.ts";

/** The store of a claim check, with the service's own credentials. */
export async function storeOf(config: EventBridgeConfig): Promise<S3Client | undefined> {
  if (config.claimCheck === undefined) return undefined;
  const { region, accessKeyId, secretAccessKey, sessionToken } = config;
  const { bucket, endpoint, forcePathStyle } = config.claimCheck;
  return connect({ region, accessKeyId, secretAccessKey, sessionToken, bucket, endpoint, forcePathStyle });
}

/**
 * The entry of one event. Where it is too large and a claim check is configured, its detail is stored first, under the delivery's id: a repeat stores the
 * same object again.
 * @throws ConnectorError of what EventBridge could not take, and of a detail that could not be stored.
 */
export async function fittingEntry(client: EventBridgeClient, args: PutArgs, attempt: AttemptContext): Promise<PutEventsRequestEntry> {
  const { config, store } = client;
  const entry = entryOf(config, args, attempt);
  const whole = entry({ detail: args.detail });
  if (store === undefined || config.claimCheck === undefined)
    return checkedSize(whole, 'Give the service a "claimCheck", or store it with s3.put and send its key.');
  const { bucket, prefix = "", overBytes = MAX_BYTES } = config.claimCheck;
  if (entryBytes(whole) < overBytes) return whole;
  const key = `${prefix}${attempt.deliveryId}.json`;
  const body = jsonText(args.detail);
  await stored(store, { key, body }, attempt);
  return checkedSize(entry({ stored: { bucket, key, bytes: Buffer.byteLength(body) } }), "Its resources alone are too many.");
}

function checkedSize(entry: PutEventsRequestEntry, remedy: string): PutEventsRequestEntry {
  const bytes = entryBytes(entry);
  if (bytes < MAX_BYTES) return entry;
  throw rejected("EVENTBRIDGE_TOO_LARGE", `The event has ${bytes} bytes; EventBridge takes less than ${MAX_BYTES}. ${remedy}`);
}

async function stored(store: S3Client, object: { readonly key: string; readonly body: string }, attempt: AttemptContext): Promise<void> {
  try {
    await put(store, { ...object, contentType: "application/json" }, attempt);
  } catch (error) {
    // Whatever became of the object, nothing is on the bus yet.
    if (!(error instanceof ConnectorError) || error.outcome !== "uncertain") throw error;
    throw new ConnectorError("unavailable", error.code, `The detail could not be stored: ${error.message}`, error.retryAfterMs);
  }
}
