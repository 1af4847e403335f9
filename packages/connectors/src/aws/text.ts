import type { Value } from "@backstitch/core/values";

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
  return JSON.stringify(value, (_name, held: unknown) => {
    if (typeof held === "string") return held.toWellFormed();
    return typeof held === "bigint" || (typeof held === "number" && !Number.isFinite(held)) ? String(held) : held;
  });
}
