import { Decimal, numberText } from "./decimal.ts";
import { isList, isRow, type Value } from "./value.ts";

/** One text for all values that are equal, and for no others: numbers by value whatever their type, objects whatever the order of their names. */
export function canonicalText(value: Value): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" || typeof value === "bigint" || value instanceof Decimal) return numberText(value);
  if (isList(value)) return `[${value.map(canonicalText).join()}]`;
  if (!isRow(value)) return String(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText(value[name] ?? null)}`).join()}}`;
}
