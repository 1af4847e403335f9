import { isRow, type Value } from "@backstitch/core/values";
import { isIndex } from "../facts/read.ts";

/** A value that a path reaches, and where it lies. */
export interface Reached {
  readonly at: readonly string[];
  readonly value: Value | undefined;
}

/** Every value that a path reaches, as tests search for them: a name descends into every element of an array; `each`: elements of an array at its end count too. */
export function* reach(root: Reached, segments: readonly string[], each: boolean): Generator<Reached> {
  let found = root.value;
  const at = [...root.at];
  for (const [index, name] of segments.entries()) {
    if (Array.isArray(found)) return yield* reachElements({ at, value: found }, segments.slice(index), each);
    found = isRow(found) && Object.hasOwn(found, name) ? found[name] : undefined;
    at.push(name);
  }
  yield { at, value: found };
  if (each && Array.isArray(found)) for (const element of elementsOf({ at, value: found })) yield element;
}

function* reachElements(array: Reached, [name = "", ...rest]: readonly string[], each: boolean): Generator<Reached> {
  for (const [index, { at, value }] of elementsOf(array).entries()) {
    if (!isIndex(name) && isRow(value)) yield* reach({ at, value }, [name, ...rest], each);
    if (isIndex(name) && index === Number(name)) yield* reach({ at, value }, rest, each);
  }
  if (isIndex(name) && Number(name) >= elementsOf(array).length) yield* reach({ at: [...array.at, name], value: undefined }, rest, each);
}

/** The elements of an array, each with its place; none where it is no array. */
export function elementsOf({ at, value }: Reached): readonly Reached[] {
  return Array.isArray(value) ? (value as readonly Value[]).map((item, index) => ({ at: [...at, String(index)], value: item })) : [];
}
