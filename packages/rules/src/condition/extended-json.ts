import { Decimal, integer, isRow, type Row, type Value } from "@backstitch/core/values";
import { instantOfMs, parseInstant, type Literal } from "./instant.ts";

/** One of MongoDB's ways of writing a typed value in JSON. */
interface ExtendedForm {
  /** What it needs, for messages: `a number as a text`. */
  readonly wants: string;
  /** Undefined where it is not that. */
  read(item: Value): Literal | undefined;
}

const SPECIAL_NUMBERS: ReadonlyMap<string, number> = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** What a JavaScript `Date` can hold. */
const MOST_MS = 8_640_000_000_000_000;

function text(wants: string, read: (item: string) => Literal | undefined): ExtendedForm {
  return { wants, read: (item) => (typeof item === "string" ? read(item) : undefined) };
}

function whole(bits: number): ExtendedForm {
  const limit = 2n ** BigInt(bits - 1);
  return text(`a whole number of ${bits} bits as a text`, (item) => {
    if (!/^-?\d{1,40}$/.test(item)) return undefined;
    const number = BigInt(item);
    return number >= -limit && number < limit ? integer(item) : undefined;
  });
}

function decimal(item: string): Literal | undefined {
  try {
    return SPECIAL_NUMBERS.get(item) ?? Decimal.parse(item);
  } catch {
    return undefined;
  }
}

const LONG = whole(64);

function date(item: Value): Literal | undefined {
  if (typeof item === "string") return parseInstant(item);
  const ms = isRow(item) ? longOf(item) : item;
  return typeof ms === "number" && Number.isInteger(ms) && Math.abs(ms) <= MOST_MS ? instantOfMs(ms) : undefined;
}

function longOf(row: Row): Literal | undefined {
  const { $numberLong: held = null, ...others } = row;
  return Object.keys(others).length === 0 ? LONG.read(held) : undefined;
}

/** They stand for values wherever a value may stand. https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/ */
export const EXTENDED: ReadonlyMap<string, ExtendedForm> = new Map([
  ["$numberInt", whole(32)],
  ["$numberLong", LONG],
  ["$numberDouble", text("a number as a text", (item) => SPECIAL_NUMBERS.get(item) ?? (NUMBER.test(item) ? Number(item) : undefined))],
  ["$numberDecimal", text("a number as a text", decimal)],
  ["$oid", text("24 hexadecimal digits", (item) => (/^[\da-f]{24}$/i.test(item) ? item.toLowerCase() : undefined))],
  ["$uuid", text("a UUID", (item) => (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(item) ? item.toLowerCase() : undefined))],
  ["$date", { wants: 'an RFC 3339 timestamp such as "2026-05-06T07:08:09Z", or milliseconds since 1970', read: date }],
]);
