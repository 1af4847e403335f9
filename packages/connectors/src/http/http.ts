import {
  action,
  type Action,
  type AttemptContext,
  type Connector,
  type FromSchema,
  type JsonSchema,
  type Receipt,
} from "@backstitch/core/connector";
import { retryAfterMs } from "../shared/retry-after.ts";
import { bodyOf } from "./body.ts";
import { connect, type HttpClient } from "./client.ts";
import { configSchema, type HttpConfig } from "./config.ts";
import { exchange, type Answer } from "./exchange.ts";
import { clientFailure, refusalOf } from "./failure.ts";
import { targetOf } from "./target.ts";
import { plain, type Calls, type Plainly } from "../shared/plain.ts";

const requestSchema = {
  type: "object",
  additionalProperties: false,
  required: ["path"],
  properties: {
    method: { enum: ["GET", "POST", "PUT", "PATCH", "DELETE"], default: "POST" },
    path: {
      type: "string",
      lands: "path-segment",
      description: 'Goes on from the service\'s "baseUrl" and stays under it; "" is the address itself.',
    },
    query: { type: "object", additionalProperties: {}, description: "Texts, numbers and booleans, or arrays of them; null is left out." },
    headers: { type: "object", additionalProperties: { type: "string", lands: "header" } },
    body: { description: "A text is sent as it is; everything else as JSON, integers as exact numbers and decimals as strings." },
  },
} as const satisfies JsonSchema;

type RequestArgs = FromSchema<typeof requestSchema>;

/** Requests to any HTTP server, webhooks above all. https://www.standardwebhooks.com */
export const http: Connector<HttpConfig, HttpClient, { readonly request: Action<HttpClient, RequestArgs> }> = {
  type: "http",
  summary: "Sends HTTP requests, signed as Standard Webhooks say where a secret is given.",
  config: configSchema,
  connect,
  close: (client) => client.pool.destroy(),
  actions: {
    request: action<HttpClient, typeof requestSchema>({
      summary: "Sends one request. Each attempt has the same `webhook-id` and `idempotency-key`, by which the far side can tell a repeat.",
      args: requestSchema,
      repeat: "by-key",
      run: request,
    }),
  },
};

/** Http without engine, journal or project: see {@link Calls}. */
export function createHttp(config: Plainly<HttpConfig>): Calls<typeof http> {
  return plain(http, config);
}

async function request(client: HttpClient, args: RequestArgs, attempt: AttemptContext): Promise<Receipt> {
  const options = optionsOf(client, args, attempt);
  let answer: Answer;
  try {
    answer = await exchange(client.pool, options, attempt.signal);
  } catch (error) {
    throw clientFailure(error, client.host);
  }
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return { status };
  const { host, hasCredentials } = client;
  throw refusalOf({
    host,
    status,
    hasCredentials,
    attempt: attempt.number,
    retryAfterMs: retryAfterMs(headers["retry-after"], Date.now()),
  });
}

function optionsOf(client: HttpClient, args: RequestArgs, { deliveryId, traceparent, hops }: AttemptContext) {
  const { bytes, contentType } = bodyOf(args.body);
  return {
    method: args.method ?? "POST",
    path: targetOf(client.basePath, args.path, args.query),
    headers: client.headers(args.headers, contentType, { id: deliveryId, bytes, now: Date.now(), traceparent, hops }),
    body: contentType === undefined ? null : bytes,
  };
}
