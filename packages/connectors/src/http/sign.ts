import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { ConnectorError } from "@backstitch/core/connector";
import type { Headers } from "./headers.ts";

const PREFIX = "whsec_";
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** What is signed: the exact bytes that are sent, under the delivery's id, now. */
export interface Signable {
  readonly id: string;
  readonly bytes: Buffer;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The key of a signing secret: the bytes after `whsec_` in base64, else the text itself. @throws ConnectorError `locked-out` when the base64 is broken. */
export function signingKey(secret: string): KeyObject {
  // Measured: with the bare bytes, which are made a key of each time, a signature takes seven times as long.
  return createSecretKey(keyBytes(secret));
}

function keyBytes(secret: string): Buffer {
  if (!secret.startsWith(PREFIX)) return Buffer.from(secret);
  const encoded = secret.slice(PREFIX.length);
  if (BASE64.test(encoded)) return Buffer.from(encoded, "base64");
  throw new ConnectorError(
    "locked-out",
    "HTTP_SIGNING_SECRET",
    'A signing secret of the service starts with "whsec_", but base64 does not follow.',
  );
}

/** Standard Webhooks' headers, with a signature by each key. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export function signatureHeaders(keys: readonly KeyObject[], { id, bytes, now }: Signable): Headers {
  const timestamp = String(Math.floor(now / 1_000));
  const signatures = keys.map((key) => {
    const signature = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(bytes).digest("base64");
    return `v1,${signature}`;
  });
  return { "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}
