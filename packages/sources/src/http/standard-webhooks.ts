import { createHmac, timingSafeEqual } from "node:crypto";

/** A request, as its signature is made over it. */
export interface SignedRequest {
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
  /** Epoch milliseconds. */
  readonly now: number;
}

const PREFIX = "whsec_";

/** The key that a secret stands for: `whsec_` and base64, or any text. Undefined: base64 does not follow `whsec_`. */
export function signingKey(secret: string): Buffer | undefined {
  if (!secret.startsWith(PREFIX)) return Buffer.from(secret);
  const encoded = secret.slice(PREFIX.length);
  return /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) ? Buffer.from(encoded, "base64") : undefined;
}

/** A signature that is older is a replay, or was made by a clock that is wrong. Seconds; Standard Webhooks' own. */
const WINDOW_SECONDS = 300;
/** A sender that changes its secret over signs with the old one and the new one. */
const MOST_SIGNATURES = 16;

/**
 * Why a request is not signed by one of the keys, as a sentence; undefined: it is.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function whyUnsigned(keys: readonly Buffer[], { header, body, now }: SignedRequest): string | undefined {
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(header);
  if (!id || !timestamp || !signatures) return "The request is not signed: webhook-id, webhook-timestamp and webhook-signature are needed.";
  const given = signatures
    .split(" ", MOST_SIGNATURES)
    .flatMap((one) => (one.startsWith("v1,") ? [Buffer.from(one.slice(3), "base64")] : []));
  const expected = keys.map((key) => createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest());
  if (!expected.some((one) => given.some((signature) => isSame(signature, one)))) return "The signature is wrong.";
  const isNow = /^\d{1,12}$/.test(timestamp) && Math.abs(now / 1_000 - Number(timestamp)) <= WINDOW_SECONDS;
  return isNow ? undefined : `The signature's timestamp is more than ${WINDOW_SECONDS} seconds from now.`;
}

/** Comparing tells nothing of what is expected but its length. */
export function isSame(given: Uint8Array, expected: Uint8Array): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
