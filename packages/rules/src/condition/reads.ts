import type { Path } from "../path/resolve-path.ts";
import { readsOfOperand } from "./compile-operand.ts";
import type { Condition } from "./form.ts";
import { partsOf } from "./size-of.ts";

/** Every path that a condition reads, `before` and `after` of the fields whose change it asks for included. */
export function readsOf(condition: Condition): readonly Path[] {
  switch (condition.kind) {
    case "const":
      return [];
    case "test":
      return [condition.path, ...readsOfOperand(condition.operand)];
    case "change": {
      const { field: segments, operand } = condition;
      return [{ root: "before", segments }, { root: "after", segments }, ...readsOfOperand(operand)];
    }
    case "library":
      return condition.operand.kind === "fact" ? [condition.fact, condition.operand.fact] : [condition.fact];
    case "engine":
      return condition.reads;
    case "element":
      return [condition.path, ...readsOf(condition.condition)];
    case "and":
    case "or":
    case "not":
    case "staged":
      return partsOf(condition).flatMap(readsOf);
  }
}
