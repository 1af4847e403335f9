import type { ChangeEvent } from "@backstitch/core/source";
import { Decimal, isList, isRow, type Row, type Value } from "@backstitch/core/values";
import { momentOf, rankOf } from "./mingo-values.ts";

/** These fields hold dates: every RFC 3339 timestamp in them is a date to mingo, and elsewhere the text that it is. */
const DATES = ["at", "ats"];

/** The document that mingo is asked about: `after`, and `before` under names of its own. */
export function mingoDocument({ after, before }: Partial<ChangeEvent>): Record<string, unknown> {
  return { ...fieldsOf(after ?? {}, ""), ...fieldsOf(before ?? {}, "before·") };
}

function fieldsOf(row: Row, prefix: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) => {
      const field = prefix + mingoText(name);
      const whole = mingoValue(value, DATES.includes(name));
      return name === "rows" ? rowsOf(field, value) : [[field, whole] as const, ...elementsOf(field, whole)];
    }),
  );
}

/**
 * A list of rows stands without what is no row, since mingo takes a scalar for a row that has it in every field;
 * as one row where it is no list; and whole.
 */
function rowsOf(field: string, value: Value): (readonly [string, unknown])[] {
  const nested = (item: Value): unknown => {
    if (!isRow(item)) return mingoValue(item, false);
    const { subs, ...rest } = item;
    return { ...(mingoValue(rest, false) as object), ...(subs === undefined ? {} : Object.fromEntries(rowsOf("subs", subs))) };
  };
  const whole = [`${field}·whole`, mingoValue(value, false)] as const;
  if (isList(value)) return [[field, value.filter(isRow).map(nested)], whole];
  return [[field, nested(value)], [`${field}·alone`, nested(value)], whole];
}

/** The elements of a list as rows of one field. */
function elementsOf(field: string, whole: unknown): (readonly [string, unknown])[] {
  return Array.isArray(whole) ? [[`${field}·elements`, whole.map((element: unknown) => ({ element }))]] : [];
}

/** A value as mingo takes it; `dated`: timestamps are dates. */
export function mingoValue(value: Value, dated: boolean): unknown {
  if (typeof value === "number" || typeof value === "bigint" || value instanceof Decimal) return rankOf(value);
  if (typeof value === "string") return (dated ? momentOf(value) : undefined) ?? value;
  if (isList(value)) return value.map((item) => mingoValue(item, dated));
  if (!isRow(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [mingoText(name), mingoValue(item, dated || DATES.includes(name))]),
  );
}

/** A name as mingo takes it: its selectors quote no dots. */
export function mingoText(name: string): string {
  return name.replaceAll(".", "·");
}
