import { channel } from "node:diagnostics_channel";
import { Pool } from "undici";
import { actionHeaders, serviceHeaders, type Headers } from "./headers.ts";
import type { HttpConfig } from "./config.ts";
import { signatureHeaders, signingKey, type Signable } from "./sign.ts";

/** One far side, with its connections. */
export interface HttpClient {
  readonly pool: Pool;
  readonly host: string;
  readonly basePath: string;
  readonly hasCredentials: boolean;
  /** All headers of a request. @throws ConnectorError `rejected` when the action's own cannot be sent. */
  headers(own: Headers | undefined, contentType: string | undefined, signable: Signable & Tracked): Headers;
}

export interface Tracked {
  /** Of the attempt's span, where it is recorded. */
  readonly traceparent: string | undefined;
  /** Of the delivery and those before it. */
  readonly hops: number;
}

/** Whoever instruments undici sends a `traceparent` of their own, of a span within the attempt's: two of them are none. */
const requests = channel("undici:request:create");

/** Makes the client; no request is made. */
export function connect(config: HttpConfig): HttpClient {
  const { origin, host, pathname } = new URL(config.baseUrl);
  const configured = serviceHeaders(config.headers);
  const bearer: Headers = config.bearerToken === undefined ? {} : { authorization: `Bearer ${config.bearerToken.reveal()}` };
  const key = config.signingSecret === undefined ? undefined : signingKey(config.signingSecret.reveal());
  return {
    // The attempt's signal ends a request; the client's own timeouts would only blur which it was.
    pool: new Pool(origin, { pipelining: 1, allowH2: false, headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 10_000 } }),
    host,
    basePath: pathname,
    hasCredentials: key !== undefined || Object.keys({ ...configured, ...bearer }).length > 0,
    headers: (own, contentType, signable) => ({
      "user-agent": "backstitch",
      ...(signable.traceparent === undefined || requests.hasSubscribers ? {} : { traceparent: signable.traceparent }),
      ...(contentType === undefined ? {} : { "content-type": contentType }),
      ...actionHeaders(own, configured),
      ...configured,
      ...bearer,
      "idempotency-key": signable.id,
      "webhook-id": signable.id,
      "backstitch-hops": String(signable.hops),
      ...(key === undefined ? {} : signatureHeaders(key, signable)),
    }),
  };
}
