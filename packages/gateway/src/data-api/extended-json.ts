import { Decimal, isList, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { plainValue } from "@backstitch/rules/roles";
import { DataApiError } from "./error.ts";

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

/** Values that are written in extended JSON. @throws DataApiError for a form that holds what it cannot */
export function plain(value: Value): Value {
  return plainValue(value, [], (_, message) => {
    throw new DataApiError(400, "InvalidParameter", message);
  });
}
