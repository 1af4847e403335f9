import { lookup as dns } from "node:dns";
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
import { connect, type Destination, type HttpClient } from "./client.ts";
import { configSchema, type HttpConfig } from "./config.ts";
import type { Lookup } from "./dial.ts";
import { exchange, type Exchanged } from "./exchange.ts";
import { requestFaults } from "./faults.ts";
import { clientFailure, refusalOf } from "./failure.ts";
import { plain, type Calls, type Plainly } from "../shared/plain.ts";

const requestSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    method: { enum: ["GET", "POST", "PUT", "PATCH", "DELETE"], default: "POST", description: "As HTTP has it." },
    path: {
      type: "string",
      lands: "path-segment",
      description: 'Goes on from the service\'s "baseUrl" and stays under it; "" is the address itself.',
    },
    url: {
      type: "string",
      lands: "url",
      description: 'In place of a path: a whole address, to a host that the service\'s "allowHosts" has.',
    },
    query: { type: "object", additionalProperties: {}, description: "Texts, numbers and booleans, or arrays of them; null is left out." },
    headers: {
      type: "object",
      additionalProperties: { type: "string", lands: "header" },
      description: "By name; none that the service has, that sign or that belong to the connection.",
    },
    body: { description: "A text is sent as it is; everything else as JSON, integers as exact numbers and decimals as strings." },
    form: {
      type: "object",
      additionalProperties: {},
      description: "In place of a body: fields of a form, as `application/x-www-form-urlencoded`. What a query may have.",
    },
    base64: {
      type: "string",
      description: "In place of a body: bytes in base64, as `application/octet-stream` unless a header says what.",
    },
  },
  oneOf: [{ required: ["path"] }, { required: ["url"] }],
  allOf: [{ not: { required: ["body", "form"] } }, { not: { required: ["body", "base64"] } }, { not: { required: ["form", "base64"] } }],
} as const satisfies JsonSchema;

type RequestArgs = FromSchema<typeof requestSchema>;

/** Requests to any HTTP server, webhooks above all. https://www.standardwebhooks.com */
export const http = httpOver(dns);

function httpOver(lookup: Lookup): Connector<HttpConfig, HttpClient, { readonly request: Action<HttpClient, RequestArgs> }> {
  return {
    type: "http",
    summary: "Sends HTTP requests, signed as Standard Webhooks say where a secret is given.",
    config: configSchema,
    connect: (config) => connect(config, lookup),
    close: async (client) => void (await client.close()),
    actions: {
      request: action<HttpClient, typeof requestSchema>({
        summary:
          "Sends one request. Each attempt has the same `webhook-id` and `idempotency-key`, by which the far side can tell a repeat.",
        args: requestSchema,
        faults: requestFaults,
        repeat: "by-key",
        run: request,
      }),
    },
  };
}

/** What comes in by the door. */
export interface HttpDoors {
  /** How hosts of a `url` become addresses. @default `node:dns`'s `lookup` */
  readonly lookup?: Lookup;
}

/** Http without engine, journal or project: see {@link Calls}. */
export function createHttp(config: Plainly<HttpConfig>, { lookup = dns }: HttpDoors = {}): Calls<typeof http> {
  return plain(httpOver(lookup), config);
}

async function request(client: HttpClient, args: RequestArgs, attempt: AttemptContext): Promise<Receipt> {
  const to = client.destination(args);
  const options = optionsOf(client, { args, to }, attempt);
  let answer: Exchanged;
  try {
    answer = await exchange(to.pool, options, attempt.signal, client.capture.bytes);
  } catch (error) {
    throw clientFailure(error, to.host);
  }
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return client.capture.receiptOf(answer);
  const waitMs = retryAfterMs(headers["retry-after"], Date.now());
  const { host, by, hasCredentials } = to;
  throw refusalOf({ host, by, hasCredentials, status, attempt: attempt.number, retryAfterMs: waitMs });
}

function optionsOf(
  client: HttpClient,
  { args, to }: { readonly args: RequestArgs; readonly to: Destination },
  { deliveryId, traceparent, hops }: AttemptContext,
) {
  const { bytes, contentType } = bodyOf(args);
  const headers = client.headers(args.headers, contentType, { id: deliveryId, bytes, now: Date.now(), traceparent, hops });
  return {
    origin: to.origin,
    method: args.method ?? "POST",
    path: to.path,
    headers: to.hostHeader === undefined ? headers : { ...headers, ...to.hostHeader },
    body: contentType === undefined ? null : bytes,
  };
}
