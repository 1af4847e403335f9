import type { Binary, BSONRegExp, Code, DBRef, Decimal128, Long, MaxKey, MinKey, ObjectId, Timestamp } from "mongodb";
import { Decimal, integer, rowFrom, type Row, type Value } from "@backstitch/core/values";

/** What the driver keeps in a class of its own. */
type Tagged = Binary | BSONRegExp | Code | DBRef | Decimal128 | Long | MaxKey | MinKey | ObjectId | Timestamp;

/**
 * A document as the driver reads it with `promoteLongs: false`, as a row.
 *
 * ObjectId is its 24 hex digits; int64 a number while safe; Decimal128 a Decimal, but NaN and the infinities text; Date an RFC 3339 text; Timestamp `{ t, i }`;
 * Binary base64, and a UUID its text; a regular expression `/pattern/flags`; code and symbols their text; a reference `{ $ref, $id, $db? }`.
 * @throws RangeError where a date is further from 1970 than can be written.
 */
export function rowOf(document: object): Row {
  return rowFrom(Object.entries(document).map(([name, value]) => [name, valueOf(value)] as const));
}

function valueOf(value: unknown): Value {
  if (typeof value === "boolean" || typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "bigint") return integer(String(value));
  return typeof value === "object" && value !== null ? objectOf(value) : null;
}

function objectOf(value: object): Value {
  if (Array.isArray(value)) return value.map(valueOf);
  if (value instanceof Date) return textOfDate(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return "_bsontype" in value && typeof value._bsontype === "string" ? fromClass(value as Tagged) : rowOf(value);
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
      return `/${value.pattern}/${value.options}`;
    case "Code":
      return value.scope === null ? value.code : { code: value.code, scope: rowOf(value.scope) };
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

/** Years beyond 9999 are written with six digits and a sign. */
function textOfDate(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new RangeError("The document holds a date that is too far from 1970 to be written.");
  return date.toISOString().replace("Z", "000Z");
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
