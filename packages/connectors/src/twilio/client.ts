import { AsyncLocalStorage } from "node:async_hooks";
import { Agent } from "node:http";
import type { AttemptContext } from "@backstitch/core/connector";
import type { Twilio } from "twilio";
import { loadSdk } from "../shared/load-sdk.ts";
import type { TwilioConfig } from "./config.ts";

/** Twilio's SDK, connected. */
export interface TwilioClient {
  readonly config: TwilioConfig;
  exchange(attempt: AttemptContext): Exchange;
  close(): void;
}

/** One attempt's part in what is shared. */
export interface Exchange {
  /** Calls the SDK, as this attempt: with its deadline and its signal. */
  call<Result>(make: (sdk: Twilio) => Promise<Result>): Promise<Result>;
  /** What the far side answered, whatever the SDK makes of it; undefined: it has not. */
  answer(): Answer | undefined;
}

export interface Answer {
  readonly status: number;
  readonly retryAfter: unknown;
  /** Twilio's own error code. */
  readonly code: number | undefined;
}

type RequestClient = InstanceType<Awaited<ReturnType<typeof load>>["RequestClient"]>;
type RequestOptions = Parameters<RequestClient["request"]>[0];
type SdkResponse = Awaited<ReturnType<RequestClient["request"]>>;

/** Far more than any answer to a message; a body without end must not fill the memory. */
const LARGEST_ANSWER = 1_048_576;

/** Makes the client; no request is made. */
export async function connect(config: TwilioConfig): Promise<TwilioClient> {
  const sdk = await loadSdk("twilio", "twilio", load);
  const plainAgent = new Agent({ keepAlive: true, timeout: 30_000 });
  const shared = new sdk.RequestClient({ autoRetry: false });
  Object.assign(shared.axios.defaults, { httpAgent: plainAgent, maxContentLength: LARGEST_ANSWER });
  // The SDK's client is told nothing of who calls, and costs a tenth of a call to make anew for each.
  const attempts = new AsyncLocalStorage<RequestClient>();
  const request = async (options: RequestOptions): Promise<SdkResponse | undefined> => attempts.getStore()?.request(options);
  const httpClient = Object.create(shared, { request: { value: request } }) as RequestClient;
  // Whatever TWILIO_LOG_LEVEL says: at "debug" the SDK prints what it sends.
  const options = { httpClient, lazyLoading: true, autoRetry: false, logLevel: "silent" };
  const client = sdk(config.accountSid, config.authToken.reveal(), options);
  return {
    config,
    exchange(attempt) {
      let answer: Answer | undefined;
      const own = httpClientOf(shared, config.baseUrl, attempt, (response) => (answer = answerOf(response)));
      return { call: (make) => attempts.run(own, () => make(client)), answer: () => answer };
    },
    close() {
      plainAgent.destroy();
      (shared.axios.defaults.httpsAgent as Agent).destroy();
    },
  };
}

async function load() {
  return (await import("twilio")).default;
}

/** The shared HTTP client as one attempt sees it: with its deadline, its signal and the configured endpoint. It keeps the last request, so it dies with the attempt. */
function httpClientOf(
  shared: RequestClient,
  baseUrl: string | undefined,
  { signal, deadline }: AttemptContext,
  answered: (response: SdkResponse) => void,
): RequestClient {
  const own: RequestClient = Object.create(shared, {
    axios: { value: (options: object) => shared.axios({ ...options, signal }) },
    request: {
      async value(options: RequestOptions) {
        const timeout = Math.max(1, deadline - Date.now());
        const response = await shared.request.call(own, { ...options, uri: atEndpoint(options.uri, baseUrl), timeout });
        answered(response);
        return response;
      },
    },
  }) as RequestClient;
  return own;
}

function atEndpoint(uri: string, baseUrl: string | undefined): string {
  if (baseUrl === undefined) return uri;
  const { pathname, search } = new URL(uri);
  return `${baseUrl.replace(/\/+$/, "")}${pathname}${search}`;
}

function answerOf({ statusCode, headers, body }: SdkResponse): Answer {
  const code: unknown = typeof body === "object" && body !== null ? (body as { code?: unknown }).code : undefined;
  return {
    status: statusCode,
    retryAfter: (headers as { readonly "retry-after"?: unknown } | undefined)?.["retry-after"],
    code: Number.isInteger(code) ? (code as number) : undefined,
  };
}
