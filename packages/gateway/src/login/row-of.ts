import { isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { readJson } from "@backstitch/rules/json";

/** The object that a text of JSON is, with every digit; an empty one where it is none. */
export function rowOf(text: string | null | undefined): Row {
  const value =
    text === null || text === undefined ? undefined : (readJson("", text, { quotes: false }).located?.value as Value | undefined);
  return isRow(value) ? value : rowFrom<never>([]);
}
