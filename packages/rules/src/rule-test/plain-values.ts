import { isList, isRow, rowFrom, type Value } from "@backstitch/core/values";
import { EXTENDED } from "../condition/lower-operand.ts";
import type { LocatedPath } from "../json/index.ts";

/** Says what is wrong with a value, and where in it. */
export type ComplainOfValue = (path: LocatedPath, message: string) => void;

/** Reads MongoDB's extended JSON (`{"$numberDecimal": "12.50"}`) inside a value, and `{"$literal": …}` as what stands there. */
export function plainValue(value: Value, at: LocatedPath, complain: ComplainOfValue): Value {
  if (isList(value)) return value.map((item, index) => plainValue(item, [...at, index], complain));
  if (!isRow(value)) return value;
  const [[key, item] = ["", null], second] = Object.entries(value);
  if (second === undefined && key === "$literal") return item;
  if (second === undefined && Object.hasOwn(EXTENDED, key)) return extended(key, item, { at: [...at, key], complain });
  return rowFrom(Object.entries(value).map(([name, inner]) => [name, plainValue(inner, [...at, name], complain)]));
}

function extended(key: string, item: Value, { at, complain }: { at: LocatedPath; complain: ComplainOfValue }): Value {
  try {
    const read = EXTENDED[key];
    if (typeof item === "string" && read !== undefined) return read(item);
  } catch {
    // Said below, with whatever else is not such a number.
  }
  complain(at, `${JSON.stringify(key)} needs a number as a text.`);
  return null;
}
