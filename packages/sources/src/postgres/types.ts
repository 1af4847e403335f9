import { Decimal, integer, type Value } from "@backstitch/core/values";
import { parseExactly } from "../values/exact-json.ts";
import { parseArray } from "./array.ts";

/** Turns a value as the server prints it into one of ours. Total: what it cannot read stays text. */
export type Convert = (text: string) => Value;

/** What is printed as text is kept as text: names, dates, times, intervals, ranges, networks, enums, geometry, money. */
export const asText: Convert = (text) => text;

const asNumber: Convert = (text) => Number(text);

export const asInteger: Convert = integer;

export const isTrue: Convert = (text) => text === "t";

const asNumeric: Convert = (text) => (/^-?\d/.test(text) ? Decimal.parse(text) : Number(text));

const asJson: Convert = (text) => {
  try {
    return parseExactly(text);
  } catch {
    // Nested deeper than the parser's stack: the document is still there, as text.
    return text;
  }
};

const asBytes: Convert = (text) => (text.startsWith("\\x") ? Buffer.from(text.slice(2), "hex").toString("base64") : text);

const TIMESTAMP = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:\+00)?$/;

/** RFC 3339 in UTC; `infinity` and years that RFC 3339 lacks (before 1, after 9999) stay as printed. */
export const asTimestamp: Convert = (text) => {
  const match = TIMESTAMP.exec(text);
  return match === null ? text : `${match[1]}T${match[2]}.${(match[3] ?? "").padEnd(6, "0")}Z`;
};

const arrayOf =
  (element: Convert): Convert =>
  (text) =>
    parseArray(text, element) ?? text;

/** The built-in types that are more than text: name, OID, OID of the array. https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const BUILT_IN: readonly (readonly [name: string, id: number, arrayId: number, convert: Convert])[] = [
  ["bool", 16, 1000, isTrue],
  ["bytea", 17, 1001, asBytes],
  ["int8", 20, 1016, asInteger],
  ["int2", 21, 1005, asInteger],
  ["int4", 23, 1007, asInteger],
  ["oid", 26, 1028, asInteger],
  ["float4", 700, 1021, asNumber],
  ["float8", 701, 1022, asNumber],
  ["numeric", 1700, 1231, asNumeric],
  ["json", 114, 199, asJson],
  ["jsonb", 3802, 3807, asJson],
  ["timestamp", 1114, 1115, asTimestamp],
  ["timestamptz", 1184, 1185, asTimestamp],
];

/** Arrays of the built-in types that are text, by their places in the catalogue. */
const TEXT_ARRAYS = [
  // char, name, text, bpchar, varchar, uuid, xml, jsonpath, tsvector, gtsvector, tsquery, refcursor
  1002, 1003, 1009, 1014, 1015, 2951, 143, 4073, 3643, 3644, 3645, 2201,
  // date, time, timetz, interval, money, bit, varbit
  1182, 1183, 1270, 1187, 791, 1561, 1563,
  // inet, cidr, macaddr, macaddr8, point, lseg, path, polygon, line, circle
  1041, 651, 1040, 775, 1017, 1018, 1019, 1027, 629, 719,
  // ranges of int4, numeric, timestamp, timestamptz, date, int8, and multiranges of the same
  3905, 3907, 3909, 3911, 3913, 3927, 6150, 6151, 6152, 6153, 6155, 6157,
  // int2vector, oidvector, tid, xid, cid, xid8, pg_lsn, txid_snapshot, pg_snapshot, aclitem
  1006, 1013, 1010, 1011, 1012, 271, 3221, 2949, 5039, 1034,
  // regproc, regprocedure, regoper, regoperator, regclass, regtype, regconfig, regdictionary, regnamespace, regrole, regcollation
  1008, 2207, 2208, 2209, 2210, 2211, 3735, 3770, 4090, 4097, 4192,
];

const BOX_ARRAY = 1020;

const BY_ID: ReadonlyMap<number, Convert> = new Map([
  ...BUILT_IN.flatMap(([, id, arrayId, convert]): [number, Convert][] => [
    [id, convert],
    [arrayId, arrayOf(convert)],
  ]),
  ...TEXT_ARRAYS.map((id): [number, Convert] => [id, arrayOf(asText)]),
  [BOX_ARRAY, (text) => parseArray(text, asText, ";") ?? text],
]);

const BY_NAME: ReadonlyMap<string, Convert> = new Map(
  BUILT_IN.flatMap(([name, , , convert]): [string, Convert][] => [
    [name, convert],
    [`_${name}`, arrayOf(convert)],
  ]),
);

/** How a built-in type is read; text where nothing better is known. */
export function builtInType(id: number): Convert {
  return BY_ID.get(id) ?? asText;
}

/**
 * How a type of the database's own is read. The server announces a domain under the schema and name of its base type;
 * the array of a type carries that type's name after an underscore.
 */
export function announcedType(schema: string, name: string): Convert {
  if (schema === "" || schema === "pg_catalog") return BY_NAME.get(name) ?? asText;
  return name.startsWith("_") ? arrayOf(asText) : asText;
}

/** How values of a type are read, wherever they come from. @param type Its OID, and the schema and name that it has. */
export function postgresReader({ id, schema, name }: { readonly id: number; readonly schema: string; readonly name: string }): Convert {
  return BY_ID.get(id) ?? announcedType(schema, name);
}
