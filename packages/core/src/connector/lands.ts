import type { Lands } from "./schema.ts";

const HTML: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/**
 * A text as it must be written where it lands. Whether the place can hold it at all is not asked.
 * In a path segment `:`, `@` and `,` mean nothing and stay readable: timestamps and addresses are often part of a key.
 */
export function escaped(text: string, lands: Lands): string {
  switch (lands) {
    case "text":
    case "header":
      return text;
    case "html":
      return text.replace(/[&<>"']/g, (character) => HTML[character] ?? character);
    case "url":
      return encodeURIComponent(text.toWellFormed());
    case "path-segment":
      return encodeURIComponent(text.toWellFormed()).replace(/%(?:3A|40|2C)/g, decodeURIComponent);
  }
}

/** One that is the whole text there: an address stays one, made safe; anything else is escaped as a part would be. */
export function escapedWhole(text: string, lands: Lands): string {
  return lands === "url" && /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text).href : escaped(text, lands);
}
