import type { Binary, BSONRegExp, Code, DBRef, Decimal128, Long, MaxKey, MinKey, ObjectId, Timestamp } from "mongodb";
import { Decimal, integer, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { timeFromMicros } from "../values/times.ts";

/** What the driver keeps in a class of its own. */
type Tagged = Binary | BSONRegExp | Code | DBRef | Decimal128 | Long | MaxKey | MinKey | ObjectId | Timestamp;

/**
 * A document as the driver reads it with `promoteLongs: false`, as a row: as `fromExtendedJson` has it that reads the same document from text.
 * @throws RangeError where a date is further from 1970 than JavaScript can tell.
 */
export function rowOf(document: object): Row {
  return rowFrom(Object.entries(document).map(([name, value]) => [name, valueOf(value)] as const));
}

function valueOf(value: unknown): Value {
  if (typeof value === "boolean" || typeof value === "string" || typeof value === "number") return value;
  return typeof value === "object" && value !== null ? objectOf(value) : null;
}

function objectOf(value: object): Value {
  if (Array.isArray(value)) return value.map(valueOf);
  if (value instanceof Date) return timeOf(value);
  // The classes inherit the mark; where it is a document's own it is a field that somebody named so.
  return "_bsontype" in value && !Object.hasOwn(value, "_bsontype") ? fromClass(value as Tagged) : rowOf(value);
}

function fromClass(value: Tagged): Value {
  switch (value._bsontype) {
    case "Long":
      return integer(value.toString());
    case "Decimal128":
      return decimalOf(value.toString());
    case "ObjectId":
      return value.toHexString();
    case "Timestamp":
      return { t: value.t, i: value.i };
    case "Binary":
      return binaryOf(value);
    case "BSONRegExp":
      return { pattern: value.pattern, options: value.options };
    case "Code":
      return value.code;
    case "DBRef":
      return referenceOf(value);
    case "MinKey":
    case "MaxKey":
      return value._bsontype;
    default:
      // A later driver may know more of them.
      throw new TypeError("The document holds a BSON type that is not known.");
  }
}

/** NaN and the infinities are no decimals. */
function decimalOf(text: string): Value {
  return /\d/.test(text) ? Decimal.parse(text) : text;
}

/** Milliseconds since 1970 where the year is beyond what RFC 3339 has. */
function timeOf(date: Date): Value {
  const ms = date.getTime();
  if (Number.isNaN(ms)) throw new RangeError("The document holds a date that is too far from 1970 to be read.");
  return timeFromMicros(BigInt(ms) * 1_000n) ?? ms;
}

const UUID = 4;

function binaryOf({ buffer, position, sub_type: kind }: Binary): string {
  const bytes = Buffer.from(buffer.subarray(0, position));
  if (kind !== UUID || bytes.length !== 16) return bytes.toString("base64");
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function referenceOf({ collection, oid, db, fields }: DBRef): Row {
  return { $ref: collection, $id: valueOf(oid), ...(db === undefined ? {} : { $db: db }), ...rowOf(fields) };
}
