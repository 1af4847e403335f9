import type { Row, Value } from "@backstitch/core/values";

/** Bytes of text in one encoded word: base64 makes 60 characters of them, and RFC 2047 allows 75 with the frame. */
const WORD_BYTES = 45;

/** Printable ASCII as it is; anything else as RFC 2047 encoded words, which headers can carry. */
export function asciiOnly(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes("=?")) return text;
  const words: string[] = [];
  let held = "";
  for (const character of text.toWellFormed()) {
    if (Buffer.byteLength(held + character) > WORD_BYTES) {
      words.push(held);
      held = "";
    }
    held += character;
  }
  words.push(held);
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString("base64")}?=`).join(" ");
}

/**
 * JSON for other people's readers: integers beyond 2^53, decimals and the numbers that JSON lacks are strings, with every digit;
 * half a character is the sign for one.
 */
export function jsonText(value: Value): string {
  return isJson(value) ? JSON.stringify(value) : JSON.stringify(value, exact);
}

/** Whether `exact` would change nothing. To ask first and then do without it takes half as long. */
function isJson(value: Value): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return typeof value !== "bigint";
  if (Array.isArray(value)) return value.every(isJson);
  for (const name of Object.keys(value)) if (!isJson((value as Row)[name] as Value)) return false;
  return true;
}

function exact(_name: string, held: unknown): unknown {
  if (typeof held === "string") return held.toWellFormed();
  return typeof held === "bigint" || (typeof held === "number" && !Number.isFinite(held)) ? String(held) : held;
}
