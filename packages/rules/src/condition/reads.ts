import type { Path } from "../path/resolve-path.ts";
import type { Condition, Operand } from "./form.ts";
import { partsOf } from "./size-of.ts";

/** Adds every path that a condition reads, `before` and `after` of the fields whose change it asks for included. */
export function gatherReads(condition: Condition, reads: Path[]): void {
  switch (condition.kind) {
    case "const":
      return;
    case "test":
      reads.push(condition.path);
      return gatherOperand(condition.operand, reads);
    case "change": {
      const { field: segments, operand } = condition;
      reads.push({ root: "before", segments }, { root: "after", segments });
      return gatherOperand(operand, reads);
    }
    case "library":
      reads.push(condition.fact);
      if (condition.operand.kind === "fact") reads.push(condition.operand.fact);
      return;
    case "engine":
      reads.push(...condition.reads);
      return;
    case "element":
      reads.push(condition.path);
      return gatherReads(condition.condition, reads);
    case "and":
    case "or":
    case "not":
    case "staged":
      for (const part of partsOf(condition)) gatherReads(part, reads);
  }
}

function gatherOperand(operand: Operand, reads: Path[]): void {
  if (operand.kind === "path") reads.push(operand.path);
  if (operand.kind === "list") for (const item of operand.items) gatherOperand(item, reads);
}
