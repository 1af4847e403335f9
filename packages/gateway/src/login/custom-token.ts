import type { Row } from "@backstitch/core/values";
import { createRemoteJWKSet, errors, importSPKI, jwtVerify, type CryptoKey, type JWTPayload, type JWTVerifyGetKey } from "jose";
import { HttpProblem } from "../http/problem.ts";
import { isSubject, metadataOf } from "./metadata.ts";
import { rowOf } from "./row-of.ts";
import type { CustomTokenOptions, TokenAlgorithm } from "./settings.ts";

/** Nobody can log in as the settings say. */
export class LoginUnavailable extends Error {
  override readonly name = "LoginUnavailable";
}

/** Whom another's token is about. @throws HttpProblem 401 */
export type ReadToken = (token: string) => Promise<{ readonly subject: string; readonly data: Row }>;

const LONGEST_TOKEN = 16_384;
const JWKS_TIMEOUT_MS = 5_000;

/** @throws LoginUnavailable where a public key is none. */
export async function openCustomTokens(options: CustomTokenOptions, now: () => number): Promise<ReadToken> {
  const keys = await keysOf(options);
  const { algorithm, audience, issuer, metadataFields = [] } = options;
  return async (token) => {
    if (token.length > LONGEST_TOKEN) throw refused();
    for (const key of keys) {
      const payload = await verified(token, key, {
        // The keys are for this algorithm alone: a token cannot choose another for them.
        algorithms: [algorithm],
        audience: [...audience],
        ...(issuer === undefined ? {} : { issuer }),
        requiredClaims: ["sub", "exp"],
        currentDate: new Date(now()),
      });
      if (payload === undefined) continue;
      const { sub } = payload;
      if (!isSubject(sub)) throw refused();
      return { subject: sub, data: metadataOf(rowOf(JSON.stringify(payload)), metadataFields) };
    }
    throw refused();
  };
}

type Key = Uint8Array | CryptoKey | JWTVerifyGetKey;

async function keysOf({ algorithm, secrets = [], publicKeys = [], jwksUri }: CustomTokenOptions): Promise<readonly Key[]> {
  if (algorithm === "HS256") return secrets.flatMap((secret) => (secret === undefined ? [] : [new TextEncoder().encode(secret.reveal())]));
  const fixed = await Promise.all(publicKeys.map((pem, index) => importSPKI(pem, algorithm).catch(() => noKey(algorithm, index))));
  return jwksUri === undefined ? fixed : [...fixed, createRemoteJWKSet(new URL(jwksUri), { timeoutDuration: JWKS_TIMEOUT_MS })];
}

function noKey(algorithm: TokenAlgorithm, index: number): never {
  const which = ["first", "second", "third"][index] ?? "last";
  throw new LoginUnavailable(`backstitch.json, gateway.login.customToken: the ${which} of the "publicKeys" is no key of ${algorithm}.`);
}

/** Undefined: not by this key. */
async function verified(token: string, key: Key, options: Parameters<typeof jwtVerify>[2]): Promise<JWTPayload | undefined> {
  try {
    const { payload } = typeof key === "function" ? await jwtVerify(token, key, options) : await jwtVerify(token, key, options);
    return payload;
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return verifiedByOne(token, error, options);
    if (isAway(error))
      throw new HttpProblem(503, "ISSUER_AWAY", "The issuer's keys cannot be had now.", { headers: { "retry-after": "5" } });
    return undefined;
  }
}

/** What names no key may be by any that fits: issuers publish the next one beside that of today. */
async function verifiedByOne(
  token: string,
  fitting: AsyncIterable<CryptoKey>,
  options: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload | undefined> {
  for await (const key of fitting) {
    const payload = await verified(token, key, options);
    if (payload !== undefined) return payload;
  }
  return undefined;
}

/** Nothing is known of the token then. */
function isAway(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return !(typeof code === "string" && code.startsWith("ERR_J")) || code === "ERR_JWKS_TIMEOUT" || code === "ERR_JOSE_GENERIC";
}

function refused(): HttpProblem {
  return new HttpProblem(401, "LOGIN_REFUSED", "The token is not one that logs in here.");
}
