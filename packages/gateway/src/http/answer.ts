import { jsonText, type Value } from "@backstitch/core/values";

/** What depends on who asks is kept by nobody between. */
const PRIVATE = { "content-type": "application/json", "cache-control": "private, no-cache", "x-content-type-options": "nosniff" };

/** A value as JSON, every digit of its numbers kept. */
export function json(value: Value, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return written(jsonText(value), status, headers);
}

/** What is JSON already. */
export function written(text: string, status: number, headers: Readonly<Record<string, string>>): Response {
  return new Response(text, { status, headers: { ...PRIVATE, ...headers } });
}
