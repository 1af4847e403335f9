import { Decimal, isList, isRow, type Value } from "@backstitch/core/values";
import { isLiteralForm } from "../../condition/lower-operand.ts";
import { shown } from "../../condition/shown.ts";
import { isNumber } from "../../condition/operators/compare.ts";
import { textOfScaled } from "../../condition/operators/scaled.ts";
import type { LocatedPath } from "../../json/index.ts";
import { parsePath, pathText } from "../../path/parse-path.ts";
import { dropped, replaced, type Changes, type Siblings } from "./change.ts";

/** Changes of what stands on the right of a test. */
export function* operandChanges(value: Value, at: LocatedPath, siblings: Siblings): Changes {
  if (typeof value === "boolean") yield replaced(at, `${value} → ${!value}`, !value);
  if (isNumber(value)) for (const to of nudged(value)) yield replaced(at, `${shown(value)} → ${shown(to)}`, to);
  if (isList(value)) {
    yield* dropped(value, at);
    for (const [index, item] of value.entries()) yield* operandChanges(item, [...at, index], siblings);
  }
  if (isRow(value) && isLiteralForm(value)) yield* formChanges(value, at, siblings);
}

function* formChanges(value: { readonly [name: string]: Value }, at: LocatedPath, siblings: Siblings): Changes {
  const [[key, item] = ["", null]] = Object.entries(value);
  if (typeof item !== "string") return;
  if (key === "$path") yield* pathChanges(item, [...at, key], siblings);
  else if (key.startsWith("$number")) for (const to of nudgedText(item)) yield replaced([...at, key], `${item} → ${to}`, to);
}

/** Another name in place of a path's last one. */
export function* pathChanges(text: string, at: LocatedPath, siblings: Siblings): Changes {
  for (const to of pathsBeside(text, siblings)) yield replaced(at, `${text} → ${to}`, to);
}

export function pathsBeside(text: string, siblings: Siblings): readonly string[] {
  const path = parsePath(text);
  if (path === undefined || path.length < 2) return [];
  return siblings(path).map((name) => pathText(path.with(path.length - 1, name)));
}

/** One more, one less, and twice as much: a test at the threshold tells all of them from it. */
function nudged(value: number | bigint | Decimal): readonly Value[] {
  if (value instanceof Decimal) return nudgedText(value.text).map((text) => Decimal.parse(text));
  if (typeof value === "bigint") return [value + 1n, value - 1n, value * 2n];
  return others(value, [value + 1, value - 1, value * 2]);
}

export function nudgedText(text: string): readonly string[] {
  const [, sign = "", whole, fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined) return [];
  const one = 10n ** BigInt(fraction.length);
  const value = BigInt(`${sign}${whole}${fraction}`);
  return others(value, [value + one, value - one, value * 2n]).map((digits) => textOfScaled({ digits, scale: fraction.length }));
}

/** Of 0 and 1 twice as much is nothing new. */
function others<Item>(value: Item, items: readonly Item[]): readonly Item[] {
  return [...new Set(items)].filter((item) => item !== value);
}
