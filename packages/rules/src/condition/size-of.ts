import type { Condition } from "./form.ts";

/** Whether more nodes than so many are visited to decide the condition: named conditions are shared, but count wherever they are used. */
export function isLargerThan(condition: Condition, most: number): boolean {
  return leftOf(condition, most) < 0;
}

/** Stops where nothing is left. */
function leftOf(condition: Condition, most: number): number {
  let left = most - 1;
  for (const part of partsOf(condition)) {
    if (left < 0) return left;
    left = leftOf(part, left);
  }
  return left;
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

/** Whether deciding it may throw as json-rules-engine does: such a condition must be asked, not only what would be enough to know it false. */
export function mayReject(condition: Condition): boolean {
  switch (condition.kind) {
    case "library":
      return condition.mayReject;
    case "engine":
    case "staged":
      return true;
    case "const":
    case "test":
    case "change":
      return false;
    case "and":
    case "or":
    case "not":
    case "element":
      return partsOf(condition).some(mayReject);
  }
}
