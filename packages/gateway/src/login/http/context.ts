import type { Context } from "hono";
import type { Row } from "@backstitch/core/values";
import type { Database } from "../../postgres/database.ts";
import type { AccessTokens } from "../access-tokens.ts";
import type { Attempts } from "../attempts.ts";
import type { Oidc } from "../oidc.ts";
import type { Sessions } from "../sessions.ts";
import type { SigningKeys } from "../signing-keys.ts";
import type { Users } from "../users.ts";

/** What the routes of login share. */
export interface LoginContext {
  readonly database: Database;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly tokens: AccessTokens;
  readonly keys: SigningKeys;
  readonly attempts: Attempts;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly oidc: ReadonlyMap<string, Oidc>;
  readonly addressOf: (context: Context) => string;
  readonly forgetKeys: () => void;
  readonly now: () => number;
}

/** One way to log in. @throws HttpProblem 400, 401, 429 */
export type Provider = (fields: Row, address: string) => Promise<LoggedIn>;

export interface LoggedIn {
  readonly userId: string;
  readonly apiKey?: string;
}
