import type { Condition } from "./form.ts";

const sizes = new WeakMap<Condition, number>();

/** How many nodes are visited to decide the condition: named conditions are shared, but count wherever they are used. */
export function sizeOf(condition: Condition): number {
  const known = sizes.get(condition);
  if (known !== undefined) return known;
  const size = 1 + partsOf(condition).reduce((sum, part) => sum + sizeOf(part), 0);
  sizes.set(condition, size);
  return size;
}

/** The conditions that a condition is made of. */
export function partsOf(condition: Condition): readonly Condition[] {
  switch (condition.kind) {
    case "and":
      return condition.all;
    case "or":
      return condition.any;
    case "not":
    case "element":
      return [condition.condition];
    case "const":
    case "test":
    case "change":
    case "engine":
      return [];
  }
}
