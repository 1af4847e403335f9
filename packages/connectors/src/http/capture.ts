import { ConnectorError, type Receipt } from "@backstitch/core/connector";
import type { HttpConfig } from "./config.ts";
import type { Exchanged } from "./exchange.ts";

/** What of an answer is kept in the receipt. */
export interface Capture {
  /** How much of a body must be read for it. */
  readonly bytes: number;
  receiptOf(answer: Exchanged): Receipt;
}

const BARE: Capture = { bytes: 0, receiptOf: ({ status }) => ({ status }) };

/** They are there to hold credentials. */
const SECRET_HEADER = /^(?:authorization|authentication-info|cookie|proxy-.*|set-cookie2?|www-authenticate)$/;
const TEXT = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)\b|application\/(?:x-ndjson|x-www-form-urlencoded)\b)/i;

/**
 * Of a body, text alone; the service's own secrets are taken out of it, since far sides echo what they were sent.
 * @throws ConnectorError `locked-out` for a header that is there to hold credentials.
 */
export function captureOf({ captureResponse, bearerToken, signingSecret, previousSigningSecret }: HttpConfig): Capture {
  if (captureResponse === undefined) return BARE;
  const { headers = [], body: bodyBytes = 0 } = captureResponse;
  const names = headers.map((name) => name.toLowerCase());
  const secret = names.find((name) => SECRET_HEADER.test(name));
  if (secret !== undefined) throw secretHeader(secret);
  const secrets = [bearerToken, signingSecret, previousSigningSecret].flatMap((one) => (one === undefined ? [] : formsOf(one.reveal())));
  const longest = Math.max(0, ...secrets.map((text) => Buffer.byteLength(text)));
  const without = (text: string): string =>
    secrets.reduce((left, one) => left.replaceAll(one, "[secret]"), text).replaceAll("\0", "\ufffd");
  const headersOf = (given: Exchanged["headers"]): Receipt =>
    Object.fromEntries(names.flatMap((name) => (given[name] === undefined ? [] : [[name, without([given[name]].flat().join(", "))]])));
  return {
    // A secret that begins before the end is seen whole.
    bytes: bodyBytes === 0 ? 0 : bodyBytes + longest,
    receiptOf: (answer) => ({
      status: answer.status,
      ...(names.length === 0 ? {} : { headers: headersOf(answer.headers) as Record<string, string> }),
      ...(bodyBytes === 0 || !isText(answer.headers) ? {} : bodyFacts(answer.body, bodyBytes, without)),
    }),
  };
}

function isText(headers: Exchanged["headers"]): boolean {
  const encoding = String(headers["content-encoding"] ?? "identity");
  return encoding === "identity" && TEXT.test(String(headers["content-type"] ?? "").trim());
}

function bodyFacts({ bytes, isWhole }: Exchanged["body"], most: number, without: (text: string) => string): Receipt {
  const text = without(textOf(bytes));
  const body = textOf(Buffer.from(text).subarray(0, most));
  return isWhole && body === text ? { body } : { body, bodyIsCut: true };
}

/** Without the part of a character at its end. */
function textOf(bytes: Buffer): string {
  return new TextDecoder().decode(bytes, { stream: true });
}

/** A secret as it is, and as it is written within JSON and in URLs. The empty one is everywhere. */
function formsOf(secret: string): readonly string[] {
  if (secret === "") return [];
  const json = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, json, json.replaceAll("/", "\\/"), encodeURIComponent(secret)])].toSorted((a, b) => b.length - a.length);
}

function secretHeader(name: string): ConnectorError {
  return new ConnectorError(
    "locked-out",
    "HTTP_CAPTURE",
    `The service's "captureResponse" names the header "${name}", which is there to hold credentials; no receipt may have one.`,
  );
}
