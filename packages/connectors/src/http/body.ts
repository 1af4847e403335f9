import type { Row, Value } from "@backstitch/core/values";
import { parametersOf, type Parameters } from "./parameters.ts";
import { refused } from "./refused.ts";

/** A body as it is sent, and what it is. */
export interface Body {
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
}

/** The arguments that say what is sent; a request has one of them, or none. */
export interface BodyArgs {
  readonly body?: Value | undefined;
  readonly form?: Parameters | undefined;
  readonly base64?: string | undefined;
}

const NONE: Body = { bytes: Buffer.alloc(0), contentType: undefined };

/** @throws ConnectorError `rejected` for more than one body, for a form's field that is an object, and for what is not base64. */
export function bodyOf({ body, form, base64 }: BodyArgs): Body {
  if (form === undefined && base64 === undefined) return body === undefined ? NONE : plainBody(body);
  if (body !== undefined || (form !== undefined && base64 !== undefined))
    throw refused("BODY", 'The action has more than one of "body", "form" and "base64"; a request has one body.');
  return base64 === undefined ? formBody(form ?? {}) : { bytes: bytesOf(base64), contentType: "application/octet-stream" };
}

/**
 * A text is sent as it is; everything else as JSON. There, integers keep every digit as JSON numbers, whatever their size; a Decimal is
 * a string, since `12.50` must not become `12.5`; numbers that JSON lacks are the strings "NaN", "Infinity" and "-Infinity".
 */
function plainBody(value: Value): Body {
  if (typeof value === "string") return { bytes: Buffer.from(value), contentType: "text/plain; charset=utf-8" };
  return { bytes: Buffer.from(isJson(value) ? JSON.stringify(value) : JSON.stringify(value, exact)), contentType: "application/json" };
}

/** https://url.spec.whatwg.org/#application/x-www-form-urlencoded */
function formBody(form: Parameters): Body {
  return { bytes: Buffer.from(parametersOf(form, "form")), contentType: "application/x-www-form-urlencoded" };
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Node's decoder skips whatever is not base64: half a file would be sent without a word. */
function bytesOf(base64: string): Buffer {
  refuseOther(base64);
  return Buffer.from(base64, "base64");
}

/** @throws ConnectorError `rejected` for what is not base64. */
export function refuseOther(base64: string): void {
  if (base64.length % 4 !== 0 || !BASE64.test(base64)) throw refused("BODY", 'What "base64" has is not base64.');
}

/** Whether `exact` would change nothing. Measured: to ask first and then do without it takes half as long. */
function isJson(value: Value): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return typeof value !== "bigint";
  if (Array.isArray(value)) return value.every(isJson);
  for (const name of Object.keys(value)) if (!isJson((value as Row)[name] as Value)) return false;
  return true;
}

function exact(_name: string, value: unknown): unknown {
  if (typeof value === "bigint") return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value));
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
