import type { Row } from "@backstitch/core/values";
import type { Column } from "../postgres/catalogue.ts";

/** Values of the types that are more than text, as answers hold them. */
const BY_TYPE: Readonly<Record<string, Row>> = {
  bool: { type: "boolean" },
  int2: { type: "integer", format: "int16" },
  int4: { type: "integer", format: "int32" },
  int8: { type: "integer", format: "int64", description: "Every digit is kept: more than a JavaScript number may hold." },
  oid: { type: "integer", format: "int64" },
  float4: { type: "number", format: "float" },
  float8: { type: "number", format: "double" },
  numeric: { type: "number", description: "Every digit is kept: more than a JavaScript number may hold." },
  bytea: { type: "string", contentEncoding: "base64" },
  json: {},
  jsonb: {},
  timestamp: { type: "string", format: "date-time" },
  timestamptz: { type: "string", format: "date-time" },
  // They are texts, of a form.
  date: { type: "string", format: "date" },
  uuid: { type: "string", format: "uuid" },
  xml: { type: "string", contentMediaType: "application/xml" },
};
const TEXT: Row = { type: "string" };
/** JSON has no NaN and no infinity: they are null. */
const MAY_BE_NO_NUMBER: ReadonlySet<string> = new Set(["float4", "float8", "numeric"]);
const BUILT_IN = "pg_catalog";

/** JSON Schema of what a column holds, as an answer has it. */
export function columnSchema(column: Column): Row {
  const { isNullable, isGenerated } = column;
  const schema = isArray(column) ? arrayOf(column) : scalarOf(column, column.type);
  return { ...(isNullable || mayBeNoNumber(column) ? orNull(schema) : schema), ...(isGenerated ? { readOnly: true } : {}) };
}

/** JSON Schema of a column of the key, as an address has it. */
export function keySchema(column: Column): Row {
  // Of binary the server reads an address, and not we.
  return isArray(column) || column.type === "bytea" ? TEXT : scalarOf(column, column.type);
}

function isArray({ type }: Column): boolean {
  return type.startsWith("_");
}

function mayBeNoNumber({ type, typeSchema }: Column): boolean {
  return typeSchema === BUILT_IN && MAY_BE_NO_NUMBER.has(type);
}

function scalarOf({ labels, typeSchema }: Column, type: string): Row {
  if (labels.length > 0) return { type: "string", enum: labels };
  return (typeSchema === BUILT_IN && Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : undefined) ?? TEXT;
}

/** Any element may be null. Dimensions are as they are declared, since the server does not hold anybody to them. */
function arrayOf(column: Column): Row {
  const list = (items: Row): Row => ({ type: "array", items });
  let schema = list(orNull(scalarOf(column, column.type.slice(1))));
  for (let dimension = 1; dimension < column.dimensions; dimension += 1) schema = list(schema);
  return schema;
}

function orNull(schema: Row): Row {
  const { type, enum: labels } = schema;
  if (type === undefined) return schema;
  return { ...schema, type: [type, "null"], ...(Array.isArray(labels) ? { enum: [...labels, null] } : {}) };
}
