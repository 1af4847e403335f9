import { channel } from "node:diagnostics_channel";
import { Agent, Pool, type Dispatcher } from "undici";
import { absoluteTarget } from "./absolute.ts";
import { addressCheck } from "./addresses.ts";
import { captureOf, type Capture } from "./capture.ts";
import { actionHeaders, serviceHeaders, type Headers } from "./headers.ts";
import type { HttpConfig } from "./config.ts";
import { dialChecked, type Lookup } from "./dial.ts";
import { hostCheck } from "./hosts.ts";
import type { Parameters } from "./parameters.ts";
import { refused } from "./refused.ts";
import { signatureHeaders, signingKey, type Signable } from "./sign.ts";
import { targetOf } from "./target.ts";

/** The far sides of one service, with their connections. */
export interface HttpClient {
  /** Where a request goes. @throws ConnectorError `rejected` when it may not. */
  destination(args: TargetArgs): Destination;
  /** All headers of a request. @throws ConnectorError `rejected` when the action's own cannot be sent. */
  headers(own: Headers | undefined, contentType: string | undefined, signable: Signable & Tracked): Headers;
  readonly capture: Capture;
  close(): Promise<unknown>;
}

/** The arguments that say where a request goes: one of `path` and `url`. */
export interface TargetArgs {
  readonly path?: string | undefined;
  readonly url?: string | undefined;
  readonly query?: Parameters | undefined;
}

export interface Destination {
  readonly pool: Dispatcher;
  readonly origin: string;
  /** Names the far side in sentences. */
  readonly host: string;
  /** What a stand-in is told in place of its own name. */
  readonly hostHeader?: Headers;
  /** Path and query. */
  readonly path: string;
  /** Who said where it goes. */
  readonly by: "service" | "action";
  /** Whether the service has credentials that a 401 can be about. */
  readonly hasCredentials: boolean;
}

export interface Tracked {
  /** Of the attempt's span, where it is recorded. */
  readonly traceparent: string | undefined;
  /** Of the delivery and those before it. */
  readonly hops: number;
}

/** Whoever instruments undici sends a `traceparent` of their own, of a span within the attempt's: two of them are none. */
const requests = channel("undici:request:create");

const OURS: Headers = { "user-agent": "backstitch" };

// The attempt's signal ends a request; the client's own timeouts would only blur which it was.
const POOL = { pipelining: 1, allowH2: false, headersTimeout: 0, bodyTimeout: 0 } as const;

/** Makes the client; no request is made. */
export function connect(config: HttpConfig, lookup: Lookup): HttpClient {
  const configured = serviceHeaders(config.headers);
  const bearer: Headers = config.bearerToken === undefined ? {} : { authorization: `Bearer ${config.bearerToken.reveal()}` };
  const fixed: Headers = { ...OURS, ...configured, ...bearer };
  const keys = [config.signingSecret, config.previousSigningSecret].flatMap((secret) =>
    secret === undefined ? [] : signingKey(secret.reveal()),
  );
  const hasCredentials = keys.length > 0 || Object.keys({ ...configured, ...bearer }).length > 0;
  const base = baseOf(config, hasCredentials);
  const elsewhere = elsewhereOf(config, lookup);
  return {
    capture: captureOf(config),
    destination: ({ path, url, query }) => {
      if (url === undefined) return base.destination(path, query);
      if (path === undefined) return elsewhere.destination(url, query);
      throw refused("TARGET", 'The action has a "path" and a "url"; a request goes to one of them.');
    },
    close: () => Promise.all([base.close(), elsewhere.close()]),
    headers(own, contentType, signable) {
      const headers: Record<string, string> =
        own === undefined ? { ...fixed } : { ...OURS, ...actionHeaders(own, configured), ...configured, ...bearer };
      if (contentType !== undefined) headers["content-type"] ??= contentType;
      if (signable.traceparent !== undefined && !requests.hasSubscribers) headers["traceparent"] ??= signable.traceparent;
      headers["idempotency-key"] = signable.id;
      headers["webhook-id"] = signable.id;
      headers["backstitch-hops"] = String(signable.hops);
      return keys.length === 0 ? headers : Object.assign(headers, signatureHeaders(keys, signable));
    },
  };
}

/** What ops wrote is dialled, wherever it is. */
function baseOf({ baseUrl }: HttpConfig, hasCredentials: boolean) {
  if (baseUrl === undefined) return { destination: noBase, close: () => Promise.resolve() };
  const { origin, host, pathname } = new URL(baseUrl);
  const pool = new Pool(origin, { ...POOL, connect: { timeout: 10_000 } });
  const to = { pool, origin, host, hasCredentials, by: "service" } as const;
  const destination = (path = "", query?: Parameters): Destination => ({ ...to, path: targetOf(pathname, path, query) });
  return { destination, close: () => pool.destroy() };
}

function noBase(): never {
  throw refused("TARGET", 'The action has no "url", and the service has no "baseUrl" that a "path" could go on from.');
}

/** What comes from data is dialled only where the service lets it. */
function elsewhereOf({ allowHosts, allowAddresses, standIn }: HttpConfig, lookup: Lookup) {
  const isAllowed = hostCheck(allowHosts);
  const agent =
    standIn === undefined ? new Agent({ ...POOL, connect: dialChecked(addressCheck(allowAddresses), lookup) }) : new Pool(standIn, POOL);
  // A 401 there is one host's word; no argument of a delivery may lock the service out.
  const to = { pool: agent, by: "action", hasCredentials: false } as const;
  const destination = (url: string, query?: Parameters): Destination => {
    const target = absoluteTarget(url, isAllowed, query);
    return { ...to, ...target, ...(standIn === undefined ? {} : { hostHeader: { host: target.host } }) };
  };
  return { destination, close: () => agent.destroy() };
}
