import { Decimal } from "@backstitch/core/values";
import type { Path } from "./schema-at.ts";

const LONGEST = 60;
/** A user and password in an address. */
const CREDENTIALS = /\/\/\S*@/g;

/** `"to"`, `"to[2]"`, or, at the top, `The value`. */
export function nameOf(path: Path): string {
  const named = path.findLastIndex((key) => typeof key === "string");
  if (named < 0) return path.length === 0 ? "The value" : `Item ${path.map((index) => `[${index}]`).join("")}`;
  const indexes = path.slice(named + 1).map((index) => `[${index}]`);
  return JSON.stringify(`${path[named]}${indexes.join("")}`);
}

/** The value as a sentence quotes it: short, and never the inside of a list or an object. */
export function quote(value: unknown): string {
  if (typeof value === "string") {
    const shown = value.replace(CREDENTIALS, "//…@");
    return JSON.stringify(shown.length > LONGEST ? `${shown.slice(0, LONGEST).toWellFormed()}…` : shown.toWellFormed());
  }
  if (value === null || typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Decimal) return value.text.length > LONGEST ? `${value.text.slice(0, LONGEST)}…` : value.text;
  if (value === undefined) return "missing";
  return Array.isArray(value) ? "a list" : "an object";
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
  null: "null",
};

/** What a JSON Schema type is called in a sentence. */
export function typeWords(type: string): string {
  return TYPES[type] ?? type;
}

/** `a, b or c`. */
export function either(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}
