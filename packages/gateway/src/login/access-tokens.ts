import { isRow, jsonText, type Row } from "@backstitch/core/values";
import { CompactSign, compactVerify } from "jose";
import { HttpProblem } from "../http/problem.ts";
import { createCache } from "./cache.ts";
import { rowOf } from "./row-of.ts";
import { ACCESS_MS, ALGORITHM, type SigningKeys } from "./signing-keys.ts";

/** JWTs that say who asks: https://www.rfc-editor.org/rfc/rfc9068 */
export interface AccessTokens {
  /** @throws HttpProblem 500 where the user has more data than a header holds. */
  issue(user: Row, session: string): Promise<string>;
  /** Who asks, without a look at the database. @throws HttpProblem 401 */
  verify(token: string): Promise<Row>;
  /** The same, and by which session. @throws HttpProblem 401 */
  verifySession(token: string): Promise<Verified>;
  /** What was verified is verified again. */
  forget(): void;
}

export interface Verified {
  readonly user: Row;
  readonly session: string;
}

export interface AccessTokensOptions {
  readonly keys: () => SigningKeys;
  readonly issuer: string;
  readonly now: () => number;
}

const TYPE = "at+jwt";
/** Servers and proxies take headers of 8 KB and more. */
const LONGEST = 7_000;
const MOST_REMEMBERED = 10_000;

export function createAccessTokens({ keys, issuer, now }: AccessTokensOptions): AccessTokens {
  const verified = createCache<Verified>(MOST_REMEMBERED);
  const verifySession = async (token: string): Promise<Verified> => {
    const known = verified.get(token, now());
    if (known !== undefined) return known;
    if (token.length > LONGEST) throw notValid();
    const claims = await signed(token, keys());
    const { iss, aud, exp, sid, user } = claims;
    if (iss !== issuer || aud !== issuer || typeof exp !== "number" || typeof sid !== "string" || !isRow(user)) throw notValid();
    if (exp * 1000 <= now()) throw expired();
    verified.set(token, { user, session: sid }, exp * 1000);
    return { user, session: sid };
  };
  return {
    async issue(user, session) {
      const { id, key } = keys().current();
      const issued = Math.floor(now() / 1000);
      const claims: Row = {
        iss: issuer,
        aud: issuer,
        sub: user["id"] ?? null,
        iat: issued,
        exp: issued + ACCESS_MS / 1000,
        sid: session,
        user,
      };
      const signing = new CompactSign(new TextEncoder().encode(jsonText(claims)));
      const token = await signing.setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: id }).sign(key);
      if (token.length > LONGEST) throw tooLarge();
      return token;
    },
    verify: async (token) => (await verifySession(token)).user,
    verifySession,
    forget: () => verified.clear(),
  };
}

/** The claims of what one of our keys has signed, by the one algorithm that it signs by. */
async function signed(token: string, keys: SigningKeys): Promise<Row> {
  const { payload, protectedHeader } = await compactVerify(
    token,
    async ({ kid }) => {
      const key = typeof kid === "string" ? await keys.verifying(kid) : undefined;
      if (key === undefined) throw notValid();
      return key;
    },
    { algorithms: [ALGORITHM] },
  ).catch((error: unknown) => {
    throw error instanceof HttpProblem ? error : notValid();
  });
  if (protectedHeader.typ !== TYPE) throw notValid();
  return rowOf(new TextDecoder().decode(payload));
}

export function notValid(): HttpProblem {
  return unauthorised("TOKEN_INVALID", "The access token is not valid. Refresh the session, or log in.");
}

function expired(): HttpProblem {
  return unauthorised("TOKEN_EXPIRED", "The access token has expired. Refresh the session.");
}

function unauthorised(code: string, detail: string): HttpProblem {
  return new HttpProblem(401, code, detail, { headers: { "www-authenticate": 'Bearer error="invalid_token"' } });
}

function tooLarge(): HttpProblem {
  const detail = `The user's data make an access token of more than ${LONGEST} characters. Let customData name the "fields" that rules need.`;
  return new HttpProblem(500, "USER_DATA_TOO_LARGE", detail);
}
