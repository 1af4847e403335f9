import { escaped, escapedWhole, type Lands } from "@backstitch/core/connector";
import { Decimal, type Value } from "@backstitch/core/values";
import { ArgumentFault } from "./fault.ts";

// oxlint-disable-next-line no-control-regex -- these are what it looks for
export const BREAKS_HEADER = /[\r\n\0]/;

/** Escapes a rendered value for the place it lands in. @throws ArgumentFault where the place cannot hold it. */
export function land(text: string, lands: Lands): string {
  checkFits(text, lands);
  return escaped(text, lands);
}

/** A value that is the whole text: an address stays one, made safe; anything else is escaped as a part would be. */
export function landWhole(text: string, lands: Lands): string {
  checkFits(text, lands);
  return escapedWhole(text, lands);
}

function checkFits(text: string, lands: Lands): void {
  if (lands === "header" && BREAKS_HEADER.test(text))
    throw new ArgumentFault("ARGUMENT_INVALID", "the value holds a line break or NUL, which a header cannot");
  if (lands === "path-segment" && (text === "" || text === "." || text === ".."))
    throw new ArgumentFault("ARGUMENT_INVALID", "the value is empty or dots, which would change the path");
}

/** A scalar as people read it, digits untouched; undefined for null, missing, arrays and rows. */
export function textOf(value: Value | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  return value instanceof Decimal ? value.text : undefined;
}

/** A scalar as people read it. @throws ArgumentFault where the value is none, and says what to do with it. */
export function printed(value: Value | undefined): string {
  const text = textOf(value);
  if (text !== undefined) return text;
  const [what, how] =
    value === null || value === undefined
      ? ["null", 'give it a value with the filter "default"']
      : Array.isArray(value)
        ? ["an array", 'print it with the filter "join" or "json"']
        : ["an object", 'name one of its fields or print it with the filter "json"'];
  throw new ArgumentFault("TEMPLATE_FAILED", `the value is ${what}: ${how}`);
}
