import { rowFrom, type Row } from "@backstitch/core/values";
import type { Asker } from "@backstitch/rules/roles";

/** Finds out who asks. Undefined: nobody has logged in. @throws HttpProblem 401 for what claims to be somebody and is not. */
export type Authenticate = (request: Request) => Promise<Row | undefined>;

/** They say who asks, and a rule that reads them could be made to tell them. */
const SECRET = new Set(["authorization", "cookie", "proxy-authorization", "x-api-key", "apikey", "password", "jwttokenstring"]);

/** Who asks and how, as rules see it. @param values The project's. */
export async function askerOf(request: Request, authenticate: Authenticate, values: Row): Promise<Asker> {
  return { user: await authenticate(request), request: requestRow(request), values };
}

/** `request.headers` has names in lower case. Most rules read nothing of it, and then nothing is made. */
function requestRow(request: Request): Row {
  const address = lazily(() => new URL(request.url));
  const query = lazily(() => rowFrom(address().searchParams));
  const headers = lazily(() => rowFrom([...request.headers].filter(([name]) => !SECRET.has(name))));
  return {
    method: request.method,
    get path() {
      return address().pathname;
    },
    get query() {
      return query();
    },
    get headers() {
      return headers();
    },
  };
}

function lazily<Made>(make: () => Made): () => Made {
  let made: { readonly of: Made } | undefined;
  return () => (made ??= { of: make() }).of;
}

/** Undefined: nobody in particular. */
export function userIdOf(user: Row | undefined): string | undefined {
  const id = user?.["id"];
  return typeof id === "string" ? id : undefined;
}
