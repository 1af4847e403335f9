import { isRow, rowFrom, type Value } from "@backstitch/core/values";

/** The most rules with the same action, or guards of the same service, that one is held against. */
export const MOST_COMPARED = 32;

interface Wanting {
  /** Path → the value that it must have. */
  readonly equals: ReadonlyMap<string, string>;
}

/** Those before it that it is worth being held against, the nearest first. */
export function* otherThan<Item extends Wanting>(all: readonly Item[], at: number): Iterable<Item> {
  const one = all[at];
  if (one === undefined) return;
  let compared = 0;
  for (let before = at - 1; before >= 0 && compared < MOST_COMPARED; before--) {
    const other = all[before];
    if (other === undefined || [...one.equals].some(([path, value]) => (other.equals.get(path) ?? value) !== value)) continue;
    compared++;
    yield other;
  }
}

/** Names in order, as deep as they lie. */
export function canonical(value: Value): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map(canonical);
  if (!isRow(value)) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, canonical(item)] as const);
  return rowFrom(entries.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)));
}
