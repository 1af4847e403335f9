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
    case "staged":
      return condition.stages.flat();
    case "const":
    case "test":
    case "change":
    case "library":
    case "engine":
      return [];
  }
}

const rejecting = new WeakMap<Condition, boolean>();

/** Whether deciding it may throw as json-rules-engine does: such a condition must be asked, not only what would be enough to know it false. */
export function mayReject(condition: Condition): boolean {
  if (condition.kind === "library") return condition.mayReject;
  if (condition.kind === "engine") return true;
  const known = rejecting.get(condition);
  if (known !== undefined) return known;
  const may = partsOf(condition).some(mayReject);
  rejecting.set(condition, may);
  return may;
}
