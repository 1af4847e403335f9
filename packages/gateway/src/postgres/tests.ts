import { Decimal } from "@backstitch/core/values";
import { Instant, textOfInstant, type Literal } from "@backstitch/rules/roles";
import type { Column } from "./catalogue.ts";
import type { Narrowed, Sql } from "./narrow.ts";

/** `never`: no value of the column meets it. Undefined: the database would decide it otherwise than rules do. */
export type Test = Narrowed | "never" | undefined;

/** JSON has a null of its own, which is a value to PostgreSQL. */
const JSON_TYPES = new Set(["json", "jsonb"]);

export function isNull({ sql, type, isNullable }: Column): Test {
  if (JSON_TYPES.has(type)) return undefined;
  return isNullable ? { sql: () => `${sql} IS NULL`, exact: true } : "never";
}

const WHOLE = new Set(["int2", "int4", "int8"]);
const TEXTS = new Set(["text", "varchar"]);
const MOMENTS = new Set(["timestamp", "timestamptz"]);
const LARGEST = 2n ** 63n - 1n;

/** `column = value`, as rules mean it: by value, and never across types. */
export function equalTo(column: Column, value: Literal): Test {
  const { sql, type, isLoose } = column;
  const is = (text: string, of: string, exact = true): Test => ({ sql: (parameters) => `${sql} = ${parameters.add(text, of)}`, exact });
  if (WHOLE.has(type)) {
    const whole = wholeOf(value);
    // With an exponent it may be whole all the same.
    return whole === undefined ? (isNumber(value) && !isPlain(value) ? undefined : "never") : is(whole, "int8");
  }
  if (type === "numeric") return isFiniteNumber(value) ? is(String(value), "numeric") : isNumber(value) ? undefined : "never";
  if (type === "float8") return typeof value === "number" && Number.isFinite(value) ? is(String(value), "float8") : undefined;
  if (TEXTS.has(type)) {
    if (typeof value === "string") return isText(value) ? is(value, "text", !isLoose) : "never";
    return value instanceof Instant ? undefined : "never";
  }
  if (type === "uuid")
    return typeof value === "string" && UUID.test(value) ? is(value, "uuid") : value instanceof Instant ? undefined : "never";
  if (type === "bool") return typeof value === "boolean" ? { sql: () => (value ? sql : `NOT ${sql}`), exact: true } : "never";
  if (type === "date") return typeof value === "string" && isDay(value) ? is(value, "date") : undefined;
  if (!MOMENTS.has(type)) return undefined;
  const moment = value instanceof Instant ? textOf(value) : typeof value === "string" && isMoment(value) ? value : undefined;
  return moment === undefined ? undefined : is(moment, type);
}

export type Ordering = "$gt" | "$gte" | "$lt" | "$lte";
const SIGNS: Readonly<Record<Ordering, string>> = { $gt: ">", $gte: ">=", $lt: "<", $lte: "<=" };

/** `column < value` and its like: numbers by value, texts by code point, moments by time. */
export function compare(column: Column, operator: Ordering, value: Literal): Test {
  const { sql, type } = column;
  const beyond = (text: string, of: string, more = ""): Sql => {
    return (parameters) => `${sql} ${SIGNS[operator]} ${parameters.add(text, of)}${more}`;
  };
  // To PostgreSQL NaN is greater than every number; to rules it compares with nothing.
  const real = operator === "$gt" || operator === "$gte" ? ` AND ${sql} <> 'NaN'` : "";
  if (type === "bool") return "never";
  if (WHOLE.has(type)) {
    const whole = wholeOf(value);
    if (whole !== undefined) return { sql: beyond(whole, "int8"), exact: true };
    return isFiniteNumber(value) ? { sql: beyond(String(value), "numeric"), exact: true } : notOrdered(value);
  }
  if (type === "numeric") return isFiniteNumber(value) ? { sql: beyond(String(value), "numeric", real), exact: true } : notOrdered(value);
  if (type === "float8") {
    if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
    return { sql: beyond(String(value), "float8", real), exact: true };
  }
  if (TEXTS.has(type)) {
    if (typeof value !== "string") return value instanceof Instant ? undefined : "never";
    return isText(value)
      ? { sql: (parameters) => `${sql} COLLATE "C" ${SIGNS[operator]} ${parameters.add(value, "text")}`, exact: true }
      : undefined;
  }
  const moment = MOMENTS.has(type) && value instanceof Instant ? textOf(value) : undefined;
  // What is not within the years of RFC 3339 compares with nothing there.
  return moment === undefined ? undefined : { sql: beyond(moment, type), exact: false };
}

/** What is no number compares with none; of infinities and NaN the rules decide. */
function notOrdered(value: Literal): Test {
  return isNumber(value) ? undefined : "never";
}

function isNumber(value: Literal): value is number | bigint | Decimal {
  return typeof value === "number" || typeof value === "bigint" || value instanceof Decimal;
}

/** Beyond this a number is written with an exponent, or with more digits than `numeric` takes. */
const LONGEST = 1_000;

function isFiniteNumber(value: Literal): value is number | bigint | Decimal {
  return isNumber(value) && (typeof value !== "number" || Number.isFinite(value)) && String(value).length <= LONGEST;
}

function wholeOf(value: Literal): string | undefined {
  if (!isFiniteNumber(value) || !isPlain(value) || !/^-?\d+(?:\.0+)?$/.test(String(value))) return undefined;
  const whole = BigInt(String(value).replace(/\.0+$/, ""));
  return whole <= LARGEST && whole >= -LARGEST - 1n ? String(whole) : undefined;
}

function isPlain(value: number | bigint | Decimal): boolean {
  return /^-?\d+(?:\.\d+)?$/.test(String(value));
}

/** What a text of PostgreSQL can be. */
function isText(value: string): boolean {
  return !value.includes("\0") && value.isWellFormed();
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

function isDay(value: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(value) && isSame(`${value}T00:00:00`);
}

/** As rows have it. */
function isMoment(value: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(value) && isSame(value.slice(0, 19));
}

/** A day or an hour that does not exist is none; and the year 0 is one to JavaScript alone. */
function isSame(text: string): boolean {
  const ms = Date.parse(`${text}Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19) === text && !text.startsWith("0000");
}

/** Undefined: finer than PostgreSQL has it, or of a year that it writes otherwise. */
function textOf(instant: Instant): string | undefined {
  const text = textOfInstant(instant);
  return isMoment(text) ? text : undefined;
}
