import type { Row } from "@backstitch/core/values";
import type { Authenticate } from "../http/asker.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Queries } from "../postgres/database.ts";
import type { AccessTokens } from "./access-tokens.ts";
import { ownerOfKey } from "./api-keys.ts";
import { createCache } from "./cache.ts";
import { digestOf } from "./digest.ts";
import type { Users } from "./users.ts";

interface AuthenticateOptions {
  readonly queries: Queries;
  readonly tokens: AccessTokens;
  readonly users: Users;
  /** Whether API keys are taken. */
  readonly apiKey: boolean;
  readonly now: () => number;
}

/** A key that is disabled is good for so long at other processes. */
const KEY_REMEMBERED_MS = 10_000;
const MOST_REMEMBERED = 1_000;

export interface Authentication {
  readonly authenticate: Authenticate;
  /** What is known of keys is looked up again. */
  forgetKeys(): void;
}

export function createAuthenticate({ queries, tokens, users, apiKey, now }: AuthenticateOptions): Authentication {
  const known = createCache<Row>(MOST_REMEMBERED);
  const byKey = async (key: string): Promise<Row> => {
    const digest = digestOf(key);
    const remembered = known.get(digest, now());
    if (remembered !== undefined) return remembered;
    const owner = apiKey ? await ownerOfKey(queries, key) : undefined;
    const user = owner && (await users.read(owner.userId));
    if (user === undefined) throw new HttpProblem(401, "API_KEY_INVALID", "This API key is not valid, or is disabled.");
    known.set(digest, user, now() + KEY_REMEMBERED_MS);
    return user;
  };
  const authenticate: Authenticate = async ({ headers }) => {
    const key = headers.get("x-api-key") ?? headers.get("apikey");
    if (!headers.has("authorization")) return key === null ? undefined : byKey(key);
    if (key !== null) throw new HttpProblem(400, "CREDENTIALS_TWICE", "Send an access token or an API key, and not both.");
    return tokens.verify(bearerOf(headers));
  };
  return { authenticate, forgetKeys: () => known.clear() };
}

/** What follows "Bearer". @throws HttpProblem 401 */
export function bearerOf(headers: Headers): string {
  const [, token] = /^Bearer +([\w.~+/=-]+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (token === undefined)
    throw new HttpProblem(401, "TOKEN_MISSING", 'Send "Authorization: Bearer …".', { headers: { "www-authenticate": "Bearer" } });
  return token;
}
