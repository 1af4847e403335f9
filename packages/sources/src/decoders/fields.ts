import { isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";

/** What the parts of a foreign record are read with: messages name the field, never what it holds. */

/** An object of its own. @throws TypeError */
export function rowOf(value: unknown, what: string): Row {
  if (isRow(value as Value)) return value as Row;
  throw new TypeError(`${what} is not an object.`);
}

/** The field itself, never what an object inherits. */
export function own(row: Row, name: string): Value | undefined {
  return Object.hasOwn(row, name) ? row[name] : undefined;
}

/** @throws TypeError where it is no object. */
export function rowAt(row: Row, name: string): Row {
  return rowOf(own(row, name), JSON.stringify(name));
}

/** Null counts as absent. @throws TypeError where it is neither absent nor an object. */
export function optionalRow(row: Row, name: string): Row | undefined {
  const value = own(row, name);
  return value === undefined || value === null ? undefined : rowOf(value, JSON.stringify(name));
}

/** @throws TypeError where it is no text, or an empty one. */
export function textAt(row: Row, name: string): string {
  const value = own(row, name);
  if (typeof value === "string" && value !== "") return value;
  throw new TypeError(`The record has no text ${JSON.stringify(name)}.`);
}

/** Undefined where it is no text. */
export function optionalText(row: Row, name: string): string | undefined {
  const value = own(row, name);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The fields of these names, in this order; what the row lacks is null. */
export function pick(row: Row, names: readonly string[]): Row {
  return rowFrom(names.map((name) => [name, own(row, name) ?? null]));
}
