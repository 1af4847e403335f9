import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { SourceMisconfigured } from "@backstitch/core/source";
import type { HttpSourceOptions } from "./options.ts";
import { Refusal } from "./refusal.ts";
import { signingKey, whyUnsigned } from "./standard-webhooks.ts";

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
  const key = signingSecret && keyOf(signingSecret.reveal(), name);
  return {
    checkToken({ authorization = "" }) {
      const given = digest(authorization.replace(/^bearer +/i, "Bearer "));
      if (token !== undefined && !timingSafeEqual(token, given)) throw unauthorised("The bearer token is missing or wrong.");
    },
    checkSignature(headers, body) {
      const why = key && whyUnsigned([key], { header: (name) => textOf(headers[name]), body, now: now() });
      if (why !== undefined) throw unauthorised(why);
    },
  };
}

/** Of one length whatever was given, so that comparing tells nothing of it. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function keyOf(secret: string, name: string): Buffer {
  const key = signingKey(secret);
  if (key !== undefined) return key;
  throw new SourceMisconfigured(`The "signingSecret" of source "${name}" starts with "whsec_", but base64 does not follow.`);
}

export function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "object" ? header[0] : header;
}

function unauthorised(why: string): Refusal {
  return new Refusal(401, why, { "www-authenticate": "Bearer" });
}
