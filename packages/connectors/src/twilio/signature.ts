import { createHash, timingSafeEqual } from "node:crypto";
import type { InboundRequest, Secret } from "@backstitch/core/connector";
import { loadSdk } from "../shared/load-sdk.ts";

/** The fields of a form, each with all that it is given. */
export type Fields = ReadonlyMap<string, readonly string[]>;

const FORM = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/** Undefined: the body is no form. */
export function fieldsOf({ headers, body }: InboundRequest): Fields | undefined {
  if (!FORM.test(headers["content-type"] ?? "")) return undefined;
  const fields = new URLSearchParams(Buffer.from(body).toString("utf8"));
  return new Map([...new Set(fields.keys())].map((name) => [name, fields.getAll(name)]));
}

/**
 * Whether `X-Twilio-Signature` is of the request and the account: over the address that Twilio called with the fields of a form, or with the hash of
 * another body in its query. By the SDK, which knows what of an address back ends of Twilio's may have changed before they signed it.
 * https://www.twilio.com/docs/usage/security
 */
export async function isSignedByTwilio(request: InboundRequest, authToken: Secret): Promise<boolean> {
  const { validateRequest } = await loadSdk("twilio", "twilio", async () => (await import("twilio")).default);
  const given = request.headers["x-twilio-signature"];
  if (given === undefined) return false;
  const fields = fieldsOf(request);
  if (fields === undefined && request.body.length > 0 && !isHashedInQuery(request)) return false;
  return validateRequest(authToken.reveal(), given, request.url, Object.fromEntries(fields ?? []));
}

function isHashedInQuery({ url, body }: InboundRequest): boolean {
  const given = Buffer.from(new URL(url).searchParams.get("bodySHA256") ?? "");
  const expected = Buffer.from(createHash("sha256").update(body).digest("hex"));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
