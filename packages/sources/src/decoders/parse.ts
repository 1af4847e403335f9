import type { Value } from "@backstitch/core/values";
import { parseExactly } from "../values/exact-json.ts";

/** No database that is read here nests a value as deep; what is written with recursion must be able to go as far. */
const DEEPEST = 500;

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * A record's JSON, every digit kept. No bytes at all are null: a Kafka topic deletes a key so.
 * @throws TypeError where it is not JSON in UTF-8. @throws RangeError where it is nested deeper than 500 levels.
 */
export function parseRecord(record: Uint8Array | string): Value {
  const text = typeof record === "string" ? record : textOf(record);
  if (text.trim() === "") return null;
  if (depthOf(text) > DEEPEST) throw new RangeError(`The record is nested deeper than ${DEEPEST} levels.`);
  try {
    return parseExactly(text);
  } catch {
    throw new TypeError("The record is not JSON.");
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new TypeError("The record is not UTF-8.");
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Told before parsing: the parser goes deeper than those who read what it made. */
function depthOf(text: string): number {
  let deepest = 0;
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isQuoted && code === BACKSLASH) at += 1;
    else if (code === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (OPENING.has(code)) deepest = Math.max(deepest, ++depth);
    else if (CLOSING.has(code)) depth -= 1;
  }
  return deepest;
}
