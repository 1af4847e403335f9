import { isList, isRow, rowFrom, type Value } from "@backstitch/core/values";
import { EXTENDED } from "./extended-json.ts";
import { Instant, textOfInstant } from "./instant.ts";
import { shown } from "./shown.ts";
import type { LocatedPath } from "../json/index.ts";

/** Says what is wrong with a value, and where in it. */
export type ComplainOfValue = (path: LocatedPath, message: string) => void;

/** Reads MongoDB's extended JSON (`{"$numberDecimal": "12.50"}`) inside a value, a `$date` as the text that a source makes of it, and `{"$literal": …}` as what stands there. */
export function plainValue(value: Value, at: LocatedPath, complain: ComplainOfValue): Value {
  if (isList(value)) return value.map((item, index) => plainValue(item, [...at, index], complain));
  if (!isRow(value)) return value;
  const [[key, item] = ["", null], second] = Object.entries(value);
  if (second === undefined && key === "$literal") return item;
  if (second === undefined && EXTENDED.has(key)) return extended(key, item, { at: [...at, key], complain });
  return rowFrom(Object.entries(value).map(([name, inner]) => [name, plainValue(inner, [...at, name], complain)]));
}

function extended(key: string, item: Value, { at, complain }: { at: LocatedPath; complain: ComplainOfValue }): Value {
  const form = EXTENDED.get(key);
  const value = form?.read(item);
  if (value instanceof Instant) return textOfInstant(value);
  if (value !== undefined) return value as Value;
  complain(at, `${JSON.stringify(key)} needs ${form?.wants ?? "a value"}, not ${shown(item)}.`);
  return null;
}
