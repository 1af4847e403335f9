import type { InboundRequest } from "@backstitch/core/connector";
import { Hono } from "hono";
import type { GatewayContext } from "../http/context.ts";
import { readBytes } from "../http/bytes.ts";
import { HttpProblem } from "../http/problem.ts";

/** Where somebody else's server tells what happened: what takes its requests makes events of them. */
export interface WebhookRoute {
  /** Those that are taken, in capitals. */
  readonly methods: readonly string[];
  /** The largest body that is taken. Bytes. */
  readonly maxBodyBytes: number;
  /** Resolves once the journal has the request, or it is known why not. `url` of the request is its path and query as they came. */
  receive(request: InboundRequest): Promise<WebhookAnswer>;
}

/** What a request is told. */
export interface WebhookAnswer {
  /** 204: the journal has it. */
  readonly status: number;
  /** Why it was not taken. */
  readonly sentence?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** By path. */
export type WebhookRoutes = ReadonlyMap<string, WebhookRoute>;

/** More requests at once are told to come again. Those whose bodies still come are none of them: whoever lets one come slowly keeps nobody else off. */
const MOST_UNDER_WAY = 64;
/** Of all bodies together, while they come and until they are recorded. */
const MOST_HELD_BYTES = 67_108_864;

const CODES: Readonly<Record<number, string>> = {
  400: "REQUEST_UNREADABLE",
  401: "SENDER_UNVERIFIED",
  405: "METHOD_NOT_ALLOWED",
  415: "MEDIA_TYPE_UNSUPPORTED",
  503: "COME_AGAIN",
};

/** The paths of webhooks, wherever they are. */
export function webhookRoutes({ webhooks }: Pick<GatewayContext, "webhooks">): Hono {
  const routes = new Hono();
  let underWay = 0;
  let held = 0;
  const take = async (webhook: WebhookRoute, raw: Request, env: unknown): Promise<Response> => {
    let own = 0;
    const hold = (bytes: number): void => {
      if (held + bytes > MOST_HELD_BYTES) throw comeAgain("Too much is under way.");
      held += bytes;
      own += bytes;
    };
    try {
      const request = await inboundOf(raw, { webhook, env, hold });
      if (underWay >= MOST_UNDER_WAY) throw comeAgain(`${MOST_UNDER_WAY} requests are under way.`);
      underWay += 1;
      return answered(await webhook.receive(request).finally(() => (underWay -= 1)));
    } finally {
      held -= own;
    }
  };
  // Every request comes by here: those of others do not wait for it.
  routes.all("*", ({ req, env }, next) => {
    const webhook = webhooks().get(req.path);
    return webhook === undefined ? next() : take(webhook, req.raw, env);
  });
  return routes;
}

interface Coming {
  readonly webhook: WebhookRoute;
  readonly env: unknown;
  readonly hold: (bytes: number) => void;
}

async function inboundOf(request: Request, { webhook, env, hold }: Coming): Promise<InboundRequest> {
  const { method, headers } = request;
  const body = await readBytes(request, webhook.maxBodyBytes, hold);
  return { method, url: targetOf(request, env), headers: Object.fromEntries(headers), body };
}

/** As the sender wrote it, since it may have signed it: a `Request` has it in its normal form. */
function targetOf({ url }: Request, env: unknown): string {
  const { incoming } = (env ?? {}) as { readonly incoming?: { readonly url?: string } };
  const { pathname, search } = new URL(url);
  return incoming?.url ?? `${pathname}${search}`;
}

function answered({ status, sentence, headers }: WebhookAnswer): Response {
  if (sentence === undefined) return new Response(null, { status, headers });
  throw new HttpProblem(status, CODES[status] ?? "REQUEST_REFUSED", sentence, { headers });
}

function comeAgain(why: string): HttpProblem {
  return new HttpProblem(503, "COME_AGAIN", `${why} Nothing of this request is recorded: send it again.`, {
    headers: { "retry-after": "1" },
  });
}
