import { Decimal } from "./decimal.ts";

/**
 * Everything a row, an argument or a constant can hold.
 * Integers are `number` while safe, else `bigint`; SQL `numeric` is {@link Decimal};
 * timestamps are RFC 3339 UTC strings in microseconds; binary is base64.
 */
export type Value = null | boolean | number | string | bigint | Decimal | readonly Value[] | Row;

/** A row or document: own properties only. */
export interface Row {
  readonly [name: string]: Value;
}

/** Whether the value is a {@link Row}: neither an array nor a {@link Decimal}. */
export function isRow(value: Value | undefined): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Decimal);
}

/** A whole number as the value model holds it: `number` while safe, else `bigint`. */
export function integer(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** Whether the value is a list; `Array.isArray` does not narrow readonly arrays. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

const TAG = "$";

/**
 * The one tagged JSON encoding, used wherever values are stored: bigint is `{"$":"n","v":"…"}`, Decimal `{"$":"d","v":"…"}`,
 * numbers that JSON lacks `{"$":"f","v":"NaN"}`, and an object that has a key `$` of its own `{"$":"o","v":[[key, value], …]}`.
 */
export function encodeValue(value: Value): string {
  return JSON.stringify(needsTags(value) ? tagged(value) : value);
}

/** The inverse of {@link encodeValue}. @throws SyntaxError when the text is not such an encoding. */
export function decodeValue(text: string): Value {
  const parsed = JSON.parse(text) as Value;
  return text.includes('"$"') ? untagged(parsed) : parsed;
}

function needsTags(value: Value): boolean {
  if (typeof value === "number") return !Number.isFinite(value) || Object.is(value, -0);
  if (typeof value === "bigint") return true;
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof Decimal) return true;
  if (Array.isArray(value)) return value.some(needsTags);
  for (const name of Object.keys(value)) if (name === TAG || name === "toJSON" || needsTags((value as Row)[name] as Value)) return true;
  return false;
}

function tagged(value: Value): unknown {
  if (typeof value === "bigint") return { [TAG]: "n", v: String(value) };
  if (value instanceof Decimal) return { [TAG]: "d", v: value.text };
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { [TAG]: "f", v: Object.is(value, -0) ? "-0" : String(value) };
  }
  if (Array.isArray(value)) return value.map(tagged);
  if (!isRow(value)) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, tagged(item)] as const);
  return Object.hasOwn(value, TAG) || Object.hasOwn(value, "toJSON") ? { [TAG]: "o", v: entries } : rowFrom(entries);
}

function untagged(value: Value): Value {
  if (Array.isArray(value)) return value.map(untagged);
  if (!isRow(value)) return value;
  const tag = Object.hasOwn(value, TAG) ? value[TAG] : undefined;
  const held = value["v"];
  if (tag === "n") return BigInt(held as string);
  if (tag === "d") return Decimal.parse(held as string);
  if (tag === "f") return Number(held);
  if (tag === "o") return rowFrom((held as [string, Value][]).map(([name, item]) => [name, untagged(item)]));
  return rowFrom(Object.entries(value).map(([name, item]) => [name, untagged(item)]));
}

/** Builds a row whose keys are data: `__proto__` becomes an own property like any other. */
export function rowFrom<Item>(entries: Iterable<readonly [string, Item]>): Record<string, Item> {
  const row: Record<string, Item> = {};
  for (const [name, value] of entries) setField(row, name, value);
  return row;
}

/** Sets an own property, whatever its name. */
export function setField<Item>(row: Record<string, Item>, name: string, value: Item): void {
  if (name === "__proto__") Object.defineProperty(row, name, { value, writable: true, enumerable: true, configurable: true });
  else row[name] = value;
}
