import { Decimal, isList, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";

/** Canonical extended JSON: every number says its type. https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/ */
export function extended(value: Value): Value {
  if (typeof value === "bigint") return { $numberLong: String(value) };
  if (value instanceof Decimal) return { $numberDecimal: value.text };
  if (typeof value === "number") return numberOf(value);
  if (isList(value)) return value.map(extended);
  return isRow(value) ? rowFrom(Object.entries(value).map(([name, item]) => [name, extended(item)] as const)) : value;
}

function numberOf(value: number): Row {
  if (!Number.isInteger(value) || Object.is(value, -0)) return { $numberDouble: Object.is(value, -0) ? "-0.0" : String(value) };
  return Math.abs(value) < 2 ** 31 ? { $numberInt: String(value) } : { $numberLong: String(value) };
}

const READ: Readonly<Record<string, (text: string) => Value>> = {
  $numberInt: Number,
  $numberLong: (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)),
  $numberDouble: Number,
  $numberDecimal: (text) => Decimal.parse(text),
  $oid: (text) => text,
  $uuid: (text) => text,
};

/** Values of documents that are written in extended JSON. What is no such form stays as it is. */
export function plain(value: Value): Value {
  if (isList(value)) return value.map(plain);
  if (!isRow(value)) return value;
  const [[name, held] = ["", null], ...others] = Object.entries(value);
  const read = others.length === 0 && Object.hasOwn(READ, name) ? READ[name] : undefined;
  if (read !== undefined && typeof held === "string") return attempt(read, held, value);
  if (others.length === 0 && name === "$date") return dateOf(held, value);
  return rowFrom(Object.entries(value).map(([field, item]) => [field, plain(item)] as const));
}

function attempt(read: (text: string) => Value, text: string, otherwise: Value): Value {
  try {
    return read(text);
  } catch {
    return otherwise;
  }
}

function dateOf(held: Value, otherwise: Value): Value {
  const ms = isRow(held) ? Number(held["$numberLong"]) : held;
  if (typeof ms === "string") return ms;
  return typeof ms === "number" && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : otherwise;
}
