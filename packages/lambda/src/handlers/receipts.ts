import type { Journal } from "@backstitch/core/journal";
import { learn, receive, type ReceiptAnswer, type Services } from "@backstitch/core/runtime";
import type { RemainingTime } from "../delivery/budget.ts";
import type { LambdaHandler } from "./handler.ts";

/** The part of a request that is read: of a function URL, or of an HTTP API with payloads of version 2.0. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html */
export interface HttpRequestEvent {
  readonly version: string;
  readonly rawPath: string;
  readonly rawQueryString?: string | undefined;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean | undefined;
  readonly requestContext: { readonly http: { readonly method: string } };
}

/** The part of an event of SES's on EventBridge that is read. */
export interface SesBusEvent {
  readonly id: string;
  readonly source: string;
  readonly region: string;
  readonly detail: unknown;
}

export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface ReceiptsHandlerOptions {
  /** As `openProject` gives it with `journal: true`, or its services. */
  readonly project: { readonly services: Services };
  /** One that several processes share, opened beside those that deliver: `openPostgresJournal({ …, as: "beside" })`. */
  readonly journal: Pick<Journal, "learn">;
  /** The address by which vendors reach the function, without `/receipts/SERVICE`. Needed for requests, and not for events. */
  readonly publicUrl?: string;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** Kept back of the invocation's time, to answer in. Milliseconds. */
const MARGIN_MS = 500;

/**
 * A Lambda handler that takes receipts: requests of vendors to a function URL or an HTTP API, and SES's events from EventBridge.
 * A request is answered 204 once the journal has what it says. An event that the journal does not take is thrown, and Lambda gives it again.
 * @throws Error for an event of another kind.
 */
export function receiptsHandler(options: ReceiptsHandlerOptions): LambdaHandler<HttpRequestEvent | SesBusEvent, HttpResponse | undefined> {
  return async (event, context) => {
    if ("requestContext" in event && "rawPath" in event) return responseOf(await takeRequest(event, options, context));
    if (!("detail" in event) || event.source !== "aws.ses") throw new Error(UNKNOWN);
    await takeEvent(event, options);
    return undefined;
  };
}

const UNKNOWN = "receiptsHandler takes requests of function URLs and HTTP APIs (payload version 2.0), and events of aws.ses.";

async function takeRequest(event: HttpRequestEvent, options: ReceiptsHandlerOptions, context: RemainingTime): Promise<ReceiptAnswer> {
  const { project, journal, publicUrl, now } = options;
  if (publicUrl === undefined)
    throw new Error('receiptsHandler needs "publicUrl": signatures are made over the address that vendors call.');
  const { rawPath, rawQueryString = "", body = "", isBase64Encoded = false, requestContext } = event;
  const headers = Object.fromEntries(Object.entries(event.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const arrived = {
    method: requestContext.http.method,
    path: rawQueryString === "" ? rawPath : `${rawPath}?${rawQueryString}`,
    headers,
    body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8"),
  };
  const signal = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - MARGIN_MS));
  return receive(arrived, { services: () => project.services, journal, publicUrl, now, signal });
}

function responseOf({ status, sentence }: ReceiptAnswer): HttpResponse {
  if (status === 204) return { statusCode: status, headers: {}, body: "" };
  const again = status === 503 ? { "retry-after": "5" } : {};
  return { statusCode: status, headers: { "content-type": "application/json", ...again }, body: JSON.stringify({ error: sentence }) };
}

/** The event does not say which service it is of: each that sends there is asked, and of deliveries only its own are moved. */
async function takeEvent(event: SesBusEvent, { project, journal }: ReceiptsHandlerOptions): Promise<void> {
  const news = [...project.services.values()].flatMap(({ name, receipts }) =>
    (receipts?.readEvent(event) ?? []).map((fact) => ({ ...fact, service: name })),
  );
  await learn(news, { journal });
}
