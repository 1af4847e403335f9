import { randomUUID } from "node:crypto";
import { HttpProblem } from "../http/problem.ts";
import type { Queries } from "../postgres/database.ts";
import { ownerOfKey } from "./api-keys.ts";
import type { Attempts } from "./attempts.ts";
import type { ReadToken } from "./custom-token.ts";
import type { EmailPassword } from "./email-password.ts";
import { textField } from "./http/body.ts";
import type { Provider } from "./http/context.ts";
import type { Oidc } from "./oidc.ts";
import type { Users } from "./users.ts";

interface ProviderParts {
  readonly queries: Queries;
  readonly users: Users;
  readonly attempts: Attempts;
  /** Undefined, or false: nobody logs in by it. */
  readonly emailPassword: EmailPassword | undefined;
  readonly readToken: ReadToken | undefined;
  readonly apiKey: boolean;
  readonly anonymous: boolean;
  readonly oidc: ReadonlyMap<string, Oidc>;
}

/** By name, those that the project has. */
export function providersOf(parts: ProviderParts): ReadonlyMap<string, Provider> {
  const { emailPassword, readToken } = parts;
  const named: [string, Provider | undefined][] = [
    ["emailPassword", emailPassword && byPassword(emailPassword)],
    ["apiKey", parts.apiKey ? byKey(parts) : undefined],
    ["customToken", readToken && byToken(parts, readToken)],
    ["anonymous", parts.anonymous ? byNothing(parts) : undefined],
    ...[...parts.oidc].map(([name, oidc]): [string, Provider] => [name, byCode(oidc)]),
  ];
  return new Map(named.flatMap(([name, provider]) => (provider === undefined ? [] : [[name, provider] as const])));
}

function byPassword(emailPassword: EmailPassword): Provider {
  return async (fields, address) => {
    const credentials = { email: textField(fields, "email"), password: textField(fields, "password") };
    return { userId: await emailPassword.login(credentials, address) };
  };
}

function byKey({ queries, attempts }: ProviderParts): Provider {
  return async (fields, address) =>
    attempts.during({ what: "token", account: undefined, address }, async () => {
      const owner = await ownerOfKey(queries, textField(fields, "key"));
      if (owner === undefined) throw new HttpProblem(401, "LOGIN_REFUSED", "This API key is not valid, or is disabled.");
      return { userId: owner.userId, apiKey: owner.id };
    });
}

function byToken({ attempts, users }: ProviderParts, readToken: ReadToken): Provider {
  return async (fields, address) =>
    attempts.during({ what: "token", account: undefined, address }, async () => {
      const { subject, data } = await readToken(textField(fields, "token"));
      return { userId: await users.withIdentity({ provider: "customToken", subject }, data) };
    });
}

/** Each time somebody else. */
function byNothing({ attempts, users }: ProviderParts): Provider {
  return async (_fields, address) => {
    await attempts.take({ what: "anonymous", account: undefined, address });
    return { userId: await users.withIdentity({ provider: "anonymous", subject: randomUUID() }) };
  };
}

function byCode(oidc: Oidc): Provider {
  return async (fields) => ({
    userId: await oidc.redeem({ code: textField(fields, "code"), codeVerifier: textField(fields, "codeVerifier") }),
  });
}
