import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { SourceMisconfigured } from "@backstitch/core/source";
import type { HttpSourceOptions } from "./options.ts";
import { Refusal } from "./refusal.ts";

/** Who may post. */
export interface Authentication {
  /** Before the body is read. @throws Refusal */
  checkToken(headers: IncomingHttpHeaders): void;
  /** @throws Refusal */
  checkSignature(headers: IncomingHttpHeaders, body: Buffer): void;
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/** Whether only this machine reaches the address. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** @throws SourceMisconfigured where nobody would be asked who they are, or the signing secret's base64 is broken. */
export function createAuthentication(options: HttpSourceOptions, host: string): Authentication {
  const { name, bearerToken, signingSecret, authentication, now = Date.now } = options;
  if (bearerToken === undefined && signingSecret === undefined && (authentication !== "none" || !isLoopback(host)))
    throw new SourceMisconfigured(
      `Source "${name}" would take changes on ${host} from anybody. Give it a "bearerToken" or a "signingSecret"; "authentication": "none" is for 127.0.0.1 alone.`,
    );
  const token = bearerToken && digest(`Bearer ${bearerToken.reveal()}`);
  const key = signingSecret && signingKey(signingSecret.reveal(), name);
  return {
    checkToken({ authorization = "" }) {
      const given = digest(authorization.replace(/^bearer +/i, "Bearer "));
      if (token !== undefined && !timingSafeEqual(token, given)) throw unauthorised("The bearer token is missing or wrong.");
    },
    checkSignature(headers, body) {
      if (key !== undefined) checkSigned(key, headers, { body, now: now() });
    },
  };
}

/** Of one length whatever was given, so that comparing tells nothing of it. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

const PREFIX = "whsec_";

function signingKey(secret: string, name: string): Buffer {
  if (!secret.startsWith(PREFIX)) return Buffer.from(secret);
  const encoded = secret.slice(PREFIX.length);
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return Buffer.from(encoded, "base64");
  throw new SourceMisconfigured(`The "signingSecret" of source "${name}" starts with "whsec_", but base64 does not follow.`);
}

/** A signature that is older is a replay, or was made by a clock that is wrong. Seconds; Standard Webhooks' own. */
const WINDOW_SECONDS = 300;

/** Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function checkSigned(key: Buffer, headers: IncomingHttpHeaders, { body, now }: { readonly body: Buffer; readonly now: number }): void {
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => textOf(headers[name]));
  if (!id || !timestamp || !signatures)
    throw unauthorised("The request is not signed: webhook-id, webhook-timestamp and webhook-signature are needed.");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  const given = signatures.split(" ").flatMap((one) => (one.startsWith("v1,") ? [Buffer.from(one.slice(3), "base64")] : []));
  if (!given.some((one) => one.length === expected.length && timingSafeEqual(one, expected))) throw unauthorised("The signature is wrong.");
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now / 1_000 - Number(timestamp)) > WINDOW_SECONDS)
    throw unauthorised(`The signature's timestamp is more than ${WINDOW_SECONDS} seconds from now.`);
}

export function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "object" ? header[0] : header;
}

function unauthorised(why: string): Refusal {
  return new Refusal(401, why, { "www-authenticate": "Bearer" });
}
