import type { Row } from "@backstitch/core/values";
import { Hono, type Context } from "hono";
import { addressOf } from "../http/address.ts";
import type { Authenticate } from "../http/asker.ts";
import type { Database } from "../postgres/database.ts";
import { migrate } from "../postgres/migrate.ts";
import { createAccessTokens } from "./access-tokens.ts";
import { createAttempts } from "./attempts.ts";
import { createAuthenticate } from "./authenticate.ts";
import { createLoginByHeaders } from "./by-headers.ts";
import type { CustomData } from "./custom-data.ts";
import { openCustomTokens } from "./custom-token.ts";
import { createEmailPassword } from "./email-password.ts";
import { apiKeyRoutes } from "./http/api-key-routes.ts";
import type { LoginContext } from "./http/context.ts";
import { emailRoutes } from "./http/email-routes.ts";
import { oidcRoutes } from "./http/oidc-routes.ts";
import { sessionRoutes } from "./http/session-routes.ts";
import { createMailer } from "./mailer.ts";
import { createOidc, type Oidc } from "./oidc.ts";
import { createPasswords } from "./passwords.ts";
import { providersOf } from "./providers.ts";
import { createSessions } from "./sessions.ts";
import type { LoginMail, LoginOptions } from "./settings.ts";
import { LOOK_EVERY_MS, openSigningKeys, type SigningKeys } from "./signing-keys.ts";
import { sweep } from "./sweep.ts";
import { createUsers } from "./users.ts";

/** Who logs in, and how. */
export interface Login {
  readonly authenticate: Authenticate;
  /** Who calls the Data API, which may log in by headers of each call. */
  readonly authenticateCall: (asked: Context) => Promise<Row | undefined>;
  readonly routes: Hono;
  /** Reads the signing keys anew, makes another where it is time, and removes what has expired. */
  tend(): Promise<void>;
  close(): Promise<void>;
}

export interface LoginParts {
  readonly database: Database;
  readonly options: LoginOptions;
  readonly customData: CustomData;
  /** Has a mail sent. */
  readonly send: (mail: LoginMail) => Promise<void>;
  /** Of one's own, in front. */
  readonly proxies: number;
  readonly failed: (error: unknown) => void;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** @throws TablesUnavailable where the tables cannot be made, LoginUnavailable where a key is none. */
export async function openLogin(parts: LoginParts): Promise<Login> {
  const { database, options, failed, now = Date.now } = parts;
  await migrate(database, "login");
  const tokens = createAccessTokens({ keys: () => keys, issuer: options.publicUrl ?? "backstitch", now });
  const { keyDays = 30 } = options;
  const keys: SigningKeys = await openSigningKeys({ database, now, keyDays, forgotten: () => tokens.forget() });
  const users = createUsers(database, parts.customData, now);
  const mailer = createMailer(parts);
  const { authenticate, forgetKeys } = createAuthenticate({ queries: database, tokens, users, apiKey: options.apiKey === true, now });
  const sessions = createSessions({ database, now, sessionDays: options.sessionDays ?? 60 });
  const ways = await waysIn({ ...parts, now }, { users, mailer });
  const context: LoginContext = {
    database,
    users,
    sessions,
    tokens,
    keys,
    now,
    forgetKeys,
    attempts: ways.attempts,
    providers: ways.providers,
    oidc: ways.oidc,
    addressOf: (asked) => addressOf(asked, parts.proxies),
  };
  const tend = async (): Promise<void> => {
    await keys.look();
    await sweep(database, now());
  };
  const timer = setInterval(() => void tend().catch(failed), LOOK_EVERY_MS).unref();
  const byHeaders = createLoginByHeaders({ providers: ways.providers, users, now });
  return {
    authenticate,
    authenticateCall: async (asked) => (await byHeaders(asked.req.raw.headers, context.addressOf(asked))) ?? authenticate(asked.req.raw),
    routes: routesOf(context, ways.emailPassword, options),
    tend,
    async close() {
      clearInterval(timer);
      await mailer.close();
    },
  };
}

type Ways = ReturnType<typeof waysIn> extends Promise<infer Made> ? Made : never;

async function waysIn(
  { database, options, failed, now }: LoginParts & { readonly now: () => number },
  { users, mailer }: { readonly users: LoginContext["users"]; readonly mailer: ReturnType<typeof createMailer> },
) {
  const attempts = createAttempts(database, now);
  const { emailPassword: byMail, customToken, apiKey = false, anonymous = false, publicUrl = "" } = options;
  const passwords = createPasswords();
  const emailPassword = byMail && createEmailPassword({ database, options: byMail, passwords, attempts, mailer, now });
  const readToken = customToken && (await openCustomTokens(customToken, now));
  const oidc = new Map<string, Oidc>();
  for (const [name, one] of Object.entries(options.oidc ?? {})) {
    const callback = `${publicUrl}/v1/auth/callback/${name}`;
    oidc.set(name, createOidc({ name, options: one, callback, queries: database, now, failed }));
  }
  const providers = providersOf({ queries: database, users, attempts, emailPassword, readToken, apiKey, anonymous, oidc });
  return { attempts, emailPassword, oidc, providers };
}

function routesOf(context: LoginContext, emailPassword: Ways["emailPassword"], { apiKey }: LoginOptions): Hono {
  const routes = new Hono();
  routes.route("/", sessionRoutes(context));
  if (emailPassword !== undefined) routes.route("/", emailRoutes(context, emailPassword));
  if (apiKey === true) routes.route("/", apiKeyRoutes(context));
  routes.route("/", oidcRoutes(context));
  return routes;
}
