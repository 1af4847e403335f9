import { isList, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { parseExactly } from "../../values/exact-json.ts";
import { own } from "../fields.ts";
import { decimalFrom } from "./numbers.ts";
import { day, instant, timeOfDay, zoned } from "./times.ts";

type Convert = (value: Value, schema: Row) => Value;

const fromMillis = (count: bigint): bigint => count * 1_000n;
const fromMicros = (count: bigint): bigint => count;
/** Towards the past, as a clock that has microseconds only would have shown it. */
const fromNanos = (count: bigint): bigint => (count - (((count % 1_000n) + 1_000n) % 1_000n)) / 1_000n;

/**
 * How a logical type's value is read; all others are kept: UUIDs, enums, XML, intervals, geometry, bits.
 * https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-data-types
 */
const LOGICAL: ReadonlyMap<string, Convert> = new Map<string, Convert>([
  ["org.apache.kafka.connect.data.Decimal", (value, schema) => decimalFrom(value, scaleOf(schema))],
  ["io.debezium.data.VariableScaleDecimal", variableScale],
  ["org.apache.kafka.connect.data.Date", day],
  ["io.debezium.time.Date", day],
  ["org.apache.kafka.connect.data.Time", (value) => timeOfDay(value, fromMillis)],
  ["io.debezium.time.Time", (value) => timeOfDay(value, fromMillis)],
  ["io.debezium.time.MicroTime", (value) => timeOfDay(value, fromMicros)],
  ["io.debezium.time.NanoTime", (value) => timeOfDay(value, fromNanos)],
  ["org.apache.kafka.connect.data.Timestamp", (value) => instant(value, fromMillis)],
  ["io.debezium.time.Timestamp", (value) => instant(value, fromMillis)],
  ["io.debezium.time.MicroTimestamp", (value) => instant(value, fromMicros)],
  ["io.debezium.time.NanoTimestamp", (value) => instant(value, fromNanos)],
  ["io.debezium.time.ZonedTimestamp", zoned],
  ["io.debezium.time.IsoTimestamp", zoned],
  ["io.debezium.data.Json", json],
]);

/**
 * A value as the schema beside it says; without one, as it is.
 * @throws TypeError or RangeError where it is not what the schema says.
 */
export function typed(value: Value, schema: Value | undefined): Value {
  if (value === null || !isRow(schema)) return value;
  const name = own(schema, "name");
  const convert = typeof name === "string" ? LOGICAL.get(name) : undefined;
  if (convert !== undefined) return convert(value, schema);
  const type = own(schema, "type");
  if (type === "array" && isList(value)) return value.map((item) => typed(item, own(schema, "items")));
  if (isList(value) || typeof value === "string") return value;
  // A binary number, in which more digits than its own mean nothing.
  if (!isRow(value)) return type === "float" || type === "double" ? Number(value) : value;
  if (type === "struct") return typedRow(value, schema);
  return type === "map" ? rowFrom(Object.entries(value).map(([key, item]) => [key, typed(item, own(schema, "values"))])) : value;
}

/** A row as its struct says. */
export function typedRow(row: Row, schema: Value | undefined): Row {
  const fields = fieldsOf(schema);
  if (fields.size === 0) return row;
  return rowFrom(Object.entries(row).map(([name, value]) => [name, typed(value, fields.get(name))]));
}

/** The schema of a struct's field; undefined where there is none. */
export function fieldSchema(schema: Value | undefined, name: string): Value | undefined {
  return fieldsOf(schema).get(name);
}

function fieldsOf(schema: Value | undefined): ReadonlyMap<string, Value> {
  const fields = isRow(schema) ? own(schema, "fields") : undefined;
  if (!isList(fields)) return new Map();
  return new Map(
    fields.flatMap((field) => {
      const name = isRow(field) ? own(field, "field") : undefined;
      return typeof name === "string" ? [[name, field]] : [];
    }),
  );
}

function scaleOf(schema: Row): number {
  const parameters = own(schema, "parameters");
  return Number(isRow(parameters) ? own(parameters, "scale") : NaN);
}

function variableScale(value: Value): Value {
  if (!isRow(value)) throw new TypeError("A decimal is no object.");
  return decimalFrom(own(value, "value"), Number(own(value, "scale")));
}

/** A document that is no JSON (a value that was not sent) stays text. */
function json(value: Value): Value {
  if (typeof value !== "string") return value;
  try {
    return parseExactly(value);
  } catch {
    return value;
  }
}
