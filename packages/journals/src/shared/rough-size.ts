import type { ChangeEvent } from "@backstitch/core/source";
import { Decimal, isList, isRow, type Value } from "@backstitch/core/values";

/** Names, key, times and places of an event, whatever its rows hold. */
const AROUND_ROWS = 300;

/** About how many bytes an event takes when it is stored: much cheaper than storing it. */
export function roughSize({ before, after }: ChangeEvent): number {
  return AROUND_ROWS + sizeOf(before) + sizeOf(after);
}

function sizeOf(value: Value | undefined): number {
  if (typeof value === "string") return value.length + 3;
  if (typeof value !== "object" || value === null) return 8;
  if (value instanceof Decimal) return value.text.length + 20;
  let size = 2;
  if (isList(value)) for (const item of value) size += sizeOf(item);
  // Every event passes here: no list of its names is made.
  else if (isRow(value)) for (const name in value) size += name.length + 4 + sizeOf(value[name]);
  return size;
}
