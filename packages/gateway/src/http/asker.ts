import { rowFrom, type Row } from "@backstitch/core/values";
import type { Asker } from "@backstitch/rules/roles";

/** Finds out who asks. Undefined: nobody has logged in. @throws HttpProblem 401 for what claims to be somebody and is not. */
export type Authenticate = (request: Request) => Promise<Row | undefined>;

/** They say who asks, and a rule that reads them could be made to tell them. */
const SECRET = new Set(["authorization", "cookie", "proxy-authorization", "x-api-key", "apikey", "password", "jwttokenstring"]);

/** Who asks and how, as rules see it. @param values The project's. */
export async function askerOf(request: Request, authenticate: Authenticate, values: Row): Promise<Asker> {
  return { user: await authenticate(request), request: madeWhenRead(() => requestRow(request)), values };
}

/** `request.headers` has names in lower case. */
function requestRow(request: Request): Row {
  const { pathname, searchParams } = new URL(request.url);
  const headers = [...request.headers].filter(([name]) => !SECRET.has(name));
  return { method: request.method, path: pathname, query: rowFrom(searchParams), headers: rowFrom(headers) };
}

/**
 * Most rules read nothing of a request, and then nothing is made of it. No getters: V8 makes a shape of its own for each object
 * that is written with some, and until it collects old objects that shape keeps all of the request.
 */
function madeWhenRead(make: () => Row): Row {
  let made: Row | undefined;
  const row = (): Row => (made ??= make());
  return new Proxy<Row>(
    {},
    {
      get: (_, name) => Reflect.get(row(), name) as unknown,
      has: (_, name) => Reflect.has(row(), name),
      ownKeys: () => Reflect.ownKeys(row()),
      getOwnPropertyDescriptor: (_, name) => Reflect.getOwnPropertyDescriptor(row(), name),
    },
  );
}

/** Undefined: nobody in particular. */
export function userIdOf(user: Row | undefined): string | undefined {
  const id = user?.["id"];
  return typeof id === "string" ? id : undefined;
}
