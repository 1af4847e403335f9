import { Decimal, integer, isList, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { timeFromMicros, timeFromText } from "../values/times.ts";
import { own } from "./fields.ts";

type Convert = (value: Value, whole: Row) => Value | undefined;

/** By the first `$` name of an object that has such; undefined: the object is no such value, and is a document like others. */
const TYPES: ReadonlyMap<string, Convert> = new Map<string, Convert>([
  ["$oid", text],
  ["$symbol", text],
  ["$uuid", text],
  ["$code", text],
  ["$numberInt", whole],
  ["$numberLong", whole],
  ["$numberDouble", double],
  ["$numberDecimal", decimal],
  ["$date", date],
  ["$binary", binary],
  ["$timestamp", (value) => (isRow(value) ? fromExtendedJson(value) : undefined)],
  ["$regularExpression", (value) => (isRow(value) ? value : undefined)],
  ["$dbPointer", (value) => (isRow(value) ? fromExtendedJson(value) : undefined)],
  ["$undefined", () => null],
  ["$minKey", () => "MinKey"],
  ["$maxKey", () => "MaxKey"],
]);

/**
 * MongoDB's Extended JSON, relaxed or canonical, as values: ObjectId is its hex text, int64 `number` or `bigint`, Decimal128 {@link Decimal} (NaN and infinities as text),
 * Date an RFC 3339 text, Timestamp `{ t, i }`, Binary base64, UUID its text, Code its text. What is plain JSON already stays.
 * https://github.com/mongodb/specifications/blob/master/source/extended-json/extended-json.md
 * @throws RangeError where a number or time is none.
 */
export function fromExtendedJson(value: Value): Value {
  if (isList(value)) return value.map(fromExtendedJson);
  if (!isRow(value)) return value;
  const names = Object.keys(value);
  const name = names.find((one) => one.startsWith("$"));
  const convert = name === undefined || names.length > 2 ? undefined : TYPES.get(name);
  const converted = convert?.(own(value, name as string) ?? null, value);
  return converted !== undefined ? converted : rowFrom(names.map((one) => [one, fromExtendedJson(own(value, one) ?? null)]));
}

function text(value: Value): Value | undefined {
  return typeof value === "string" ? value : undefined;
}

function whole(value: Value): Value | undefined {
  if (typeof value !== "string") return undefined;
  if (!/^-?\d{1,19}$/.test(value)) throw new RangeError("A whole number of the document is none.");
  return integer(value);
}

/** `NaN`, `Infinity` and `-Infinity` stay what they are: a number can hold them. */
function double(value: Value): Value | undefined {
  if (typeof value !== "string") return undefined;
  const number = Number(value);
  if (value.trim() === "" || (Number.isNaN(number) && value !== "NaN")) throw new RangeError("A number of the document is none.");
  return number;
}

function decimal(value: Value): Value | undefined {
  if (typeof value !== "string") return undefined;
  if (/^[+-]?(nan|inf(inity)?)$/i.test(value)) return value;
  try {
    return Decimal.parse(value);
  } catch {
    throw new RangeError("A decimal of the document is none.");
  }
}

/** Milliseconds where the year is beyond what RFC 3339 has, and in canonical form. */
function date(value: Value): Value | undefined {
  const given = isRow(value) ? fromExtendedJson(value) : value;
  if (typeof given === "string") {
    const time = timeFromText(given);
    if (time === undefined) throw new RangeError("A date of the document is none.");
    return time;
  }
  if (typeof given !== "bigint" && !Number.isSafeInteger(given)) return undefined;
  return timeFromMicros(BigInt(given as number | bigint) * 1_000n) ?? given;
}

const UUID = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** A UUID (subtype 4) is its text. Version 1 of Extended JSON has the subtype beside it. */
function binary(value: Value, around: Row): Value | undefined {
  const bytes = isRow(value) ? own(value, "base64") : value;
  if (typeof bytes !== "string") return undefined;
  const subtype = isRow(value) ? own(value, "subType") : own(around, "$type");
  const hex = Buffer.from(bytes, "base64").toString("hex");
  return (subtype === "04" || subtype === "4") && hex.length === 32 ? hex.replace(UUID, "$1-$2-$3-$4-$5") : bytes;
}
