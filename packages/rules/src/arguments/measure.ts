import { Decimal, encodeValue, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { JsonSchema } from "@backstitch/core/connector";

const MEGABYTE = 1_048_576;

/** Bytes that arguments may have as stored: 1 MB, or what the largest `maxLength` of an argument allows, up to 16 MB. */
export function argumentLimit(args: JsonSchema): number {
  const longest = Object.values(args.properties ?? {}).map(longestOf);
  return Math.min(16 * MEGABYTE, Math.max(MEGABYTE, ...longest));
}

function longestOf({ maxLength = 0, anyOf = [], oneOf = [], allOf = [] }: JsonSchema): number {
  return Math.max(maxLength, ...[...anyOf, ...oneOf, ...allOf].map(longestOf));
}

/** Whether the arguments, as the journal stores them, fit. The exact size is taken only where a cheap upper bound does not decide. */
export function fits(args: Row, limit: number): boolean {
  return upperBound(args) <= limit || storedBytes(args) <= limit;
}

/** Bytes of the arguments as the journal stores them. */
export function storedBytes(args: Row): number {
  return Buffer.byteLength(encodeValue(args));
}

/** A character is at most six bytes in JSON. */
function upperBound(value: Value): number {
  if (typeof value === "string") return value.length * 6 + 2;
  if (typeof value === "bigint") return String(value).length + 20;
  if (typeof value !== "object" || value === null) return 40;
  if (value instanceof Decimal) return value.text.length + 20;
  let sum = 40;
  if (Array.isArray(value)) for (const item of value as readonly Value[]) sum += upperBound(item) + 1;
  else for (const name of Object.keys(value)) sum += name.length * 6 + 4 + upperBound((value as Row)[name] ?? null);
  return sum;
}

/** Texts without lone surrogates: the journal and the wire are UTF-8. The same value where there are none. */
export function wellFormed(value: Value): Value {
  if (typeof value === "string") return value.isWellFormed() ? value : value.toWellFormed();
  if (typeof value !== "object" || value === null || value instanceof Decimal) return value;
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).map(wellFormed);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  return isRow(value) && needsRepair(value)
    ? rowFrom(Object.entries(value).map(([name, item]) => [name.toWellFormed(), wellFormed(item)] as const))
    : value;
}

function needsRepair(row: Row): boolean {
  for (const name of Object.keys(row)) {
    const item = row[name] ?? null;
    if (!name.isWellFormed() || (typeof item === "string" ? !item.isWellFormed() : wellFormed(item) !== item)) return true;
  }
  return false;
}
