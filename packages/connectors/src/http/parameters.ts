import { Decimal, type Value } from "@backstitch/core/values";
import { refused } from "./refused.ts";

/** Of a query or a form: texts, numbers and booleans, or arrays of them; null is left out. */
export type Parameters = Readonly<Record<string, Value>>;

/** `a=1&b=2`. @throws ConnectorError `rejected` when one is an object. */
export function parametersOf(given: Parameters, argument: "query" | "form"): string {
  const entries = Object.entries(given);
  if (entries.length === 0) return "";
  const parameters = new URLSearchParams();
  for (const [name, value] of entries) {
    for (const item of Array.isArray(value) ? (value as readonly Value[]) : [value])
      if (item !== null && item !== undefined) parameters.append(name, textOf(item, argument));
  }
  return parameters.toString();
}

function textOf(value: Value, argument: "query" | "form"): string {
  if (typeof value !== "object" || value instanceof Decimal) return String(value);
  const what = `A "${argument}" parameter is an object; it must be a text, number or boolean, or an array of them.`;
  throw refused(argument === "query" ? "QUERY" : "FORM", what);
}
