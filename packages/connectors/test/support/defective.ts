import { Secret, type AnyConnector, type AttemptContext, type Receipt } from "@backstitch/core/connector";
import { ConnectorError } from "@backstitch/core/connector";
import { describeConnector } from "@backstitch/core/testing";
import { http } from "@backstitch/connectors/http";
import { httpPeer } from "@backstitch/sandbox";
import { describe } from "vitest";
import { validate } from "./validate.ts";

/** One thing that can be wrong with a connector, and the test of the suite that must see it. */
export interface Defect {
  readonly connector: AnyConnector;
  readonly seenBy: string;
}

type Run = (client: unknown, args: object, context: AttemptContext) => Promise<Receipt>;

const { request } = http.actions as unknown as { readonly request: { readonly run: Run; readonly args: object } };
const person = "ada.canary@example.org";
const token = "canary-bearer-77aa";

function withRun(run: Run): AnyConnector {
  return { ...http, actions: { request: { ...request, run } } } as unknown as AnyConnector;
}

/** Fails as the connector does, but with another outcome. */
function rereading(from: string, to: ConnectorError["outcome"]): AnyConnector {
  return withRun((...given) =>
    request.run(...given).catch((error: ConnectorError) => {
      throw error.outcome === from ? new ConnectorError(to, error.code, error.message, error.retryAfterMs) : error;
    }),
  );
}

/** Fails as the connector does, but says more. */
function saying(more: string): AnyConnector {
  return withRun((...given) =>
    request.run(...given).catch((error: ConnectorError) => {
      throw new ConnectorError(error.outcome, error.code, `${error.message} ${more}`);
    }),
  );
}

let poisoned = false;

/** The defects, by name. */
export const defects: Readonly<Record<string, Defect>> = {
  "sends nothing": { connector: withRun(() => Promise.resolve({})), seenBy: "arrives once" },
  "sends twice": { connector: withRun((...given) => request.run(...given).then(() => request.run(...given))), seenBy: "arrives once" },
  "retries by itself": {
    connector: withRun((...given) => request.run(...given).catch(() => request.run(...given))),
    seenBy: "a lost response",
  },
  "hides the delivery id": {
    connector: withRun((client, args, context) => request.run(client, args, { ...context, deliveryId: "always-the-same" })),
    seenBy: "arrives once",
  },
  "takes a lost response for unavailable": { connector: rereading("uncertain", "unavailable"), seenBy: "a lost response" },
  "takes a reset for rejected": { connector: rereading("uncertain", "rejected"), seenBy: "a reset after the request" },
  "takes a throttle for rejected": { connector: rereading("throttled", "rejected"), seenBy: "too many requests is" },
  "takes 500 for rejected": { connector: rereading("uncertain", "rejected"), seenBy: "status 500" },
  "takes refused credentials for rejected": { connector: rereading("locked-out", "rejected"), seenBy: "refused credentials" },
  "takes a refused connection for uncertain": { connector: rereading("unavailable", "uncertain"), seenBy: "a refused connection" },
  "ignores Retry-After": { connector: saying("soon"), seenBy: "too many requests, with seconds" },
  "ignores its signal": {
    connector: withRun((client, args, context) => request.run(client, args, { ...context, signal: new AbortController().signal })),
    seenBy: "an answer after the deadline",
  },
  "throws the client's own errors": {
    connector: withRun(() => Promise.reject(new TypeError("fetch failed"))),
    seenBy: "a reset after the request",
  },
  "is out of order after a failure": {
    connector: withRun((...given) => {
      if (poisoned) return Promise.reject(new ConnectorError("rejected", "BROKEN", "Broken."));
      return request.run(...given).catch((error: unknown) => {
        poisoned = true;
        throw error;
      });
    }),
    seenBy: "status 503",
  },
  "tells the recipient in a reason": { connector: saying(`(to ${person})`), seenBy: "status 500" },
  "tells the token in base64": { connector: saying(Buffer.from(`user:${token}`).toString("base64")), seenBy: "status 500" },
  "hangs the client's error on its own": {
    connector: withRun((...given) =>
      request.run(...given).catch((error: ConnectorError) => {
        throw Object.assign(new ConnectorError(error.outcome, error.code, error.message), { cause: { headers: { authorization: token } } });
      }),
    ),
    seenBy: "status 500",
  },
  "tells the recipient in its receipt": {
    connector: withRun((...given) => request.run(...given).then((receipt) => ({ ...receipt, to: person }))),
    seenBy: "arrives once",
  },
  "prints the recipient": {
    connector: withRun((client, args, context) => {
      console.debug("sending", args);
      return request.run(client, args, context);
    }),
    seenBy: "(?:arrives once|printed neither)",
  },
  "asks while connecting": {
    connector: {
      ...http,
      async connect(config: { readonly baseUrl: string }) {
        await fetch(config.baseUrl).then((answer) => answer.text());
        return http.connect(config);
      },
    },
    seenBy: "connecting makes no request",
  },
  "leaves its connections open": { connector: { ...http, close: () => {} }, seenBy: "connecting makes no request" },
  "takes any configuration": {
    connector: { ...http, config: { ...http.config, additionalProperties: true } },
    seenBy: "refuses a configuration with",
  },
  "does not mark its secret": {
    connector: { ...http, config: { ...http.config, properties: { ...http.config.properties, bearerToken: { type: "string" } } } },
    seenBy: "marks every secret",
  },
  "takes any arguments": {
    connector: { ...http, actions: { request: { ...request, args: { type: "object" } } } } as unknown as AnyConnector,
    seenBy: "refuses an unknown argument",
  },
  "does not mark its recipient": { connector: http, seenBy: "marks every recipient" },
  "counts half units": {
    connector: { ...http, actions: { request: { ...request, cost: { bytes: () => 0.5 } } } } as unknown as AnyConnector,
    seenBy: "counts what it costs",
  },
  "says nothing of itself": { connector: { ...http, summary: "" }, seenBy: "says what it is" },
};

/** The suite over every defective connector, each under its defect's name. */
export function describeDefects(): void {
  for (const [name, { connector }] of Object.entries(defects)) {
    describe(name, () => {
      describeConnector(connector, {
        validate,
        secrets: [token],
        recipients: [person],
        config: (baseUrl) => ({ baseUrl, bearerToken: new Secret(token) }),
        actions: { request: { args: { path: "orders", headers: { "x-to": person } }, peer: () => httpPeer() } },
      });
    });
  }
}
