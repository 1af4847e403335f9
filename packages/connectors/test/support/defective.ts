import { ConnectorError, Secret, type AnyConnector, type AttemptContext, type JsonSchema, type Receipt } from "@backstitch/core/connector";
import { describeConnector } from "@backstitch/core/testing";
import { http } from "@backstitch/connectors/http";
import { httpPeer } from "@backstitch/sandbox";
import { describe } from "vitest";
import { validate } from "./validate.ts";

/** One thing that can be wrong with a connector, and the test of the suite that must see it. */
export interface Defect {
  readonly connector: AnyConnector;
  readonly seenBy: string;
  /** Of what that test then says. */
  readonly says: string;
}

type Run = (client: unknown, args: object, context: AttemptContext) => Promise<Receipt>;

/** What is wrong with none of them: it is {@link http}, of a far side whose headers name people. */
export const sound: AnyConnector = {
  ...http,
  actions: { request: { ...http.actions.request, args: withPeopleInHeaders(http.actions.request.args) } },
};

const { request } = sound.actions as unknown as { readonly request: { readonly run: Run; readonly args: object } };
const person = "ada.canary@example.org";
const token = "canary-bearer-77aa";

function withPeopleInHeaders(args: JsonSchema): JsonSchema {
  const headers: JsonSchema = { type: "object", additionalProperties: { type: "string", lands: "header", recipient: true } };
  return { ...args, properties: { ...args.properties, headers } };
}

function withAction(more: object): AnyConnector {
  return { ...sound, actions: { request: { ...request, ...more } } } as unknown as AnyConnector;
}

function withRun(run: Run): AnyConnector {
  return withAction({ run });
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
  "sends nothing": {
    connector: withRun(() => Promise.resolve({})),
    seenBy: "arrives once",
    says: "what the far side took of one attempt.* length of 1 but got \\+?0",
  },
  "sends twice": {
    connector: withRun((...given) => request.run(...given).then(() => request.run(...given))),
    seenBy: "arrives once",
    says: "what the far side took of one attempt.* length of 1 but got 2",
  },
  "retries by itself": {
    connector: withRun((...given) => request.run(...given).catch(() => request.run(...given))),
    seenBy: "a lost response",
    says: '"kind":"accepted".* to include \'accepted\'',
  },
  "hides the delivery id": {
    connector: withRun((client, args, context) => request.run(client, args, { ...context, deliveryId: "always-the-same" })),
    seenBy: "arrives once",
    says: "the delivery's id in what the far side took",
  },
  "takes a lost response for unavailable": {
    connector: rereading("uncertain", "unavailable"),
    seenBy: "a lost response",
    says: "to include 'unavailable'",
  },
  "takes a reset for rejected": {
    connector: rereading("uncertain", "rejected"),
    seenBy: "a reset after the request",
    says: "to include 'rejected'",
  },
  "takes a throttle for rejected": {
    connector: rereading("throttled", "rejected"),
    seenBy: "too many requests is",
    says: "\\[ 'throttled' \\] to include 'rejected'",
  },
  "takes 500 for rejected": {
    connector: rereading("uncertain", "rejected"),
    seenBy: "status 500",
    says: "HTTP_500.* to include 'rejected'",
  },
  "takes refused credentials for rejected": {
    connector: rereading("locked-out", "rejected"),
    seenBy: "refused credentials",
    says: "\\[ 'locked-out' \\] to include 'rejected'",
  },
  "takes a refused connection for uncertain": {
    connector: rereading("unavailable", "uncertain"),
    seenBy: "a refused connection",
    says: "where the connection was refused: expected 'uncertain' to be 'unavailable'",
  },
  "ignores Retry-After": {
    connector: saying("soon"),
    seenBy: "too many requests, with seconds",
    says: "retryAfterMs, which the far side told",
  },
  "ignores its signal": {
    connector: withRun((client, args, context) => request.run(client, args, { ...context, signal: new AbortController().signal })),
    seenBy: "an answer after the deadline",
    says: "the connector goes on after its signal has aborted",
  },
  "throws the client's own errors": {
    connector: withRun(() => Promise.reject(new TypeError("fetch failed"))),
    seenBy: "a reset after the request",
    says: "thrown, but not a ConnectorError",
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
    says: "after the fault|BROKEN",
  },
  "tells the recipient in a reason": {
    connector: saying(`(to ${person})`),
    seenBy: "status 500",
    says: "secrets or recipients in the outcome.*ada\\.canary",
  },
  "tells the token in base64": {
    connector: saying(Buffer.from(`user:${token}`).toString("base64")),
    seenBy: "status 500",
    says: "secrets or recipients in the outcome.*canary-bearer",
  },
  "hangs the client's error on its own": {
    connector: withRun((...given) =>
      request.run(...given).catch((error: ConnectorError) => {
        throw Object.assign(new ConnectorError(error.outcome, error.code, error.message), { cause: { headers: { authorization: token } } });
      }),
    ),
    seenBy: "status 500",
    says: "secrets or recipients in what was thrown.*canary-bearer",
  },
  "tells the recipient in its receipt": {
    connector: withRun((...given) => request.run(...given).then((receipt) => ({ ...receipt, to: person }))),
    seenBy: "arrives once",
    says: "secrets or recipients in the outcome.*ada\\.canary",
  },
  "prints the recipient": {
    connector: withRun((client, args, context) => {
      console.debug("sending", args);
      return request.run(client, args, context);
    }),
    seenBy: "(?:arrives once|printed neither)",
    says: "secrets or recipients in what was printed.*ada\\.canary",
  },
  "asks while connecting": {
    connector: {
      ...sound,
      async connect(config: { readonly baseUrl: string }) {
        await fetch(config.baseUrl).then((answer) => answer.text());
        return http.connect(config);
      },
    },
    seenBy: "connecting makes no request",
    says: "connections made by connecting: expected 1 to be",
  },
  "leaves its connections open": {
    connector: { ...sound, close: () => {} },
    seenBy: "connecting makes no request",
    says: "connections open after closing: expected 1 to be",
  },
  "takes any configuration": {
    connector: { ...sound, config: { ...http.config, additionalProperties: true } },
    seenBy: "refuses a configuration with",
    says: '"unheardOf" in the configuration',
  },
  "does not mark its secret": {
    connector: { ...sound, config: { ...http.config, properties: { ...http.config.properties, bearerToken: { type: "string" } } } },
    seenBy: "marks every secret",
    says: 'bearerToken is not marked "secret"',
  },
  "takes any arguments": {
    connector: withAction({ args: { type: "object" } }),
    seenBy: "refuses an unknown argument",
    says: '"unheardOf" among the arguments',
  },
  "does not mark its recipient": { connector: http, seenBy: "marks every recipient", says: 'headers\\.x-to is not marked "recipient"' },
  "counts half units": {
    connector: withAction({ cost: { bytes: () => 0.5 } }),
    seenBy: "counts what it costs",
    says: "bytes are counted in whole units",
  },
  "finds fault with what it does not know": {
    connector: withAction({
      faults: ({ path }: { path?: string }) => (path === undefined ? [{ path: ["path"], message: "is missing" }] : []),
    }),
    seenBy: "finds no fault",
    says: "faults of arguments of which nothing is known yet",
  },
  "says that it was not done": {
    connector: withAction({ reconcile: () => Promise.resolve("not-done") }),
    seenBy: "finds what an uncertain attempt did",
    says: "of a delivery that was done at first.* length of 1 but got 2",
  },
  "says that it was done": {
    connector: withAction({ reconcile: () => Promise.resolve("done") }),
    seenBy: "does what an uncertain attempt did not",
    says: "of a delivery that was not done at first.* length of 1 but got \\+?0",
  },
  "says nothing of itself": { connector: { ...sound, summary: "" }, seenBy: "says what it is", says: "the connector's summary" },
};

/** The suite over every defective connector, each under its defect's name, and over the sound one. */
export function describeDefects(): void {
  for (const [name, { connector }] of Object.entries({ ...defects, sound: { connector: sound } })) {
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
