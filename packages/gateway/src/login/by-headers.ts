import { rowFrom, type Row } from "@backstitch/core/values";
import { HttpProblem } from "../http/problem.ts";
import { createCache } from "./cache.ts";
import { keyedDigest, randomSecret } from "./digest.ts";
import type { Provider } from "./http/context.ts";
import type { Users } from "./users.ts";

/**
 * Who asks with what otherwise logs in: `email` and `password`, or `jwtTokenString`. No session is begun. Undefined: there is none of it.
 * @param address From where it is asked: what is wrong counts as at a login. @throws HttpProblem 400, 401, 429
 */
export type LoginByHeaders = (headers: Headers, address: string) => Promise<Row | undefined>;

interface LoginByHeadersParts {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly users: Users;
  readonly now: () => number;
}

/** A password is made slow to verify, and calls follow each other: what was right is right for so long. */
const REMEMBERED_MS = 10_000;
const MOST_REMEMBERED = 1_000;

export function createLoginByHeaders({ providers, users, now }: LoginByHeadersParts): LoginByHeaders {
  const known = createCache<Row>(MOST_REMEMBERED);
  /** Many calls at once are one attempt. */
  const underWay = new Map<string, Promise<Row>>();
  const secret = randomSecret();

  async function loggedIn({ provider, fields }: Credentials, address: string): Promise<Row> {
    const login = providers.get(provider);
    if (login === undefined) throw new HttpProblem(401, "PROVIDER_UNKNOWN", `Nobody logs in by ${JSON.stringify(provider)} here.`);
    const { userId } = await login(fields, address);
    const user = await users.read(userId);
    if (user === undefined) throw new HttpProblem(401, "USER_DISABLED", "This user may not log in any more.");
    return user;
  }

  return async (headers, address) => {
    const credentials = credentialsOf(headers);
    if (credentials === undefined) return undefined;
    const id = keyedDigest(secret, JSON.stringify(credentials));
    const remembered = known.get(id, now());
    if (remembered !== undefined) return remembered;
    const begun = underWay.get(id) ?? loggedIn(credentials, address).finally(() => underWay.delete(id));
    underWay.set(id, begun);
    const user = await begun;
    known.set(id, user, now() + REMEMBERED_MS);
    return user;
  };
}

interface Credentials {
  readonly provider: string;
  readonly fields: Row;
}

/** @throws HttpProblem 400 for half of them, or for more than one. */
function credentialsOf(headers: Headers): Credentials | undefined {
  const [email, password, token] = ["email", "password", "jwttokenstring"].map((name) => textOf(headers.get(name)));
  const ways = [email ?? password, token, headers.get("authorization"), headers.get("apikey") ?? headers.get("x-api-key")];
  if (email === undefined && password === undefined && token === undefined) return undefined;
  if (ways.filter((way) => way !== undefined && way !== null).length > 1)
    throw new HttpProblem(400, "CREDENTIALS_TWICE", "Log in by one of apiKey, email with password, jwtTokenString and Authorization.");
  if (token !== undefined) return { provider: "customToken", fields: rowFrom([["token", token]]) };
  if (email !== undefined && password !== undefined)
    return {
      provider: "emailPassword",
      fields: rowFrom([
        ["email", email],
        ["password", password],
      ]),
    };
  throw new HttpProblem(400, "CREDENTIALS_INCOMPLETE", 'Send both "email" and "password".');
}

/** A header is bytes, and they are read as Latin-1; clients send UTF-8. */
function textOf(header: string | null): string | undefined {
  if (header === null) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(header, "latin1"));
  } catch {
    return header;
  }
}
