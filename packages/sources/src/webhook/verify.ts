import { createHash, createHmac } from "node:crypto";
import type { InboundRequest, Secret } from "@backstitch/core/connector";
import { Refusal } from "../http/refusal.ts";
import { isSame, signingKey, whyUnsigned } from "../http/standard-webhooks.ts";

/** Finds out whether a request is the sender's. @param now Epoch milliseconds. @throws Refusal 401 where it is not */
export type Verify = (request: InboundRequest, now: number) => void | Promise<void>;

/** How senders show who they are, where that needs no vendor's code. */
export type Scheme = "secretAsQueryParam" | "stitch" | "standardWebhooks" | "github" | "none";

/** The query parameter of `secretAsQueryParam`: rules do not see it. */
export const SECRET_PARAMETER = "secret";

/**
 * @param secrets Any of them will do: while a sender changes over there are two. None for `none`.
 * @throws RangeError where base64 does not follow `whsec_` in a secret of `standardWebhooks`.
 */
export function verifyBy(scheme: Scheme, secrets: readonly Secret[]): Verify {
  const texts = secrets.map((secret) => secret.reveal());
  switch (scheme) {
    case "secretAsQueryParam":
      return secretAsQueryParam(texts);
    case "stitch":
      return hexSignature(texts, ["x-hook-signature", "endpoint-signature"]);
    case "github":
      return hexSignature(texts, ["x-hub-signature-256"]);
    case "standardWebhooks":
      return standardWebhooks(texts.map(keyOf));
    case "none":
      return () => undefined;
  }
}

/** Of a request that is not the sender's; nothing of it is said. */
export function unverified(why: string): Refusal {
  return new Refusal(401, why);
}

function secretAsQueryParam(secrets: readonly string[]): Verify {
  const expected = secrets.map(digest);
  return ({ url }) => {
    const given = new URL(url, "http://webhook").searchParams.get(SECRET_PARAMETER);
    if (given === null) throw unverified(`The query parameter "${SECRET_PARAMETER}" is missing.`);
    if (!expected.some((one) => isSame(digest(given), one))) throw unverified(`The query parameter "${SECRET_PARAMETER}" is wrong.`);
  };
}

/** Of one length whatever was given, so that comparing tells nothing of it. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** `sha256=` and the HMAC of the body's bytes in hex: MongoDB Stitch's webhooks and endpoints, and GitHub's. */
function hexSignature(secrets: readonly string[], names: readonly string[]): Verify {
  return ({ headers, body }) => {
    const given = names.map((name) => headers[name]).find((header) => header !== undefined);
    if (given === undefined) throw unverified(`The request has no ${names.join(" or ")}.`);
    const [, hex = ""] = /^sha256=([0-9a-f]{64})$/.exec(given) ?? [];
    const signature = Buffer.from(hex, "hex");
    const isSigned = secrets.some((secret) => isSame(signature, createHmac("sha256", secret).update(body).digest()));
    if (!isSigned) throw unverified("The signature is not of this body and the secret.");
  };
}

function keyOf(secret: string): Buffer {
  const key = signingKey(secret);
  if (key === undefined) throw new RangeError('"secret" starts with "whsec_", but base64 does not follow.');
  return key;
}

function standardWebhooks(keys: readonly Buffer[]): Verify {
  return ({ headers, body }, now) => {
    const why = whyUnsigned(keys, { header: (name) => headers[name], body, now });
    if (why !== undefined) throw unverified(why);
  };
}
