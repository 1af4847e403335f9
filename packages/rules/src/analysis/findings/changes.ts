import type { Condition } from "../../condition/form.ts";
import { equal } from "../../condition/operators/compare.ts";
import { pathText } from "../../path/parse-path.ts";
import { shown } from "../../condition/shown.ts";
import type { Node } from "../solver/leaf.ts";
import { askedOf, type Check } from "../study.ts";
import { markOf, warning } from "../warning.ts";
import { inOrder } from "./prover.ts";

type Change = Extract<Condition, { kind: "change" }>;

/** A field that changes to what it was: a source that names what was written, changed or not, may still say so. */
export const changes: Check = {
  finds: { CONDITION_CHANGE_TO_SAME: "a change from a value to the same value" },
  *find(study) {
    for (const { node } of askedOf(study)) {
      for (const together of conjunctionsOf(node)) {
        const tests = inOrder(study, together).map(({ origin }) => origin);
        for (const later of tests.filter(isChange)) {
          const mark = markOf(study.marks, later);
          const earlier = tests.slice(0, tests.indexOf(later)).filter(isChange);
          if (mark === undefined || !earlier.some((one) => isSame(one, later))) continue;
          const value = later.operand.kind === "literal" ? shown(later.operand.value) : "";
          const message = `"${pathText(later.field)}" cannot change from ${value} to ${value}.`;
          yield warning(mark, { code: "CONDITION_CHANGE_TO_SAME", message, remedy: "Name two values." });
        }
      }
    }
  },
};

function isChange(condition: Condition): condition is Change {
  return condition.kind === "change" && (condition.operator === "$changedFrom" || condition.operator === "$changedTo");
}

function isSame(one: Change, other: Change): boolean {
  if (one.operator === other.operator || one.operand.kind !== "literal" || other.operand.kind !== "literal") return false;
  return pathText(one.field) === pathText(other.field) && equal(one.operand.value, other.operand.value);
}

function* conjunctionsOf(node: Node): Iterable<readonly Node[]> {
  if (node.kind === "all") yield positivesOf(node);
  if (node.kind === "all" || node.kind === "any") for (const part of node.parts) yield* conjunctionsOf(part);
}

function positivesOf(node: Node): readonly Node[] {
  if (node.kind === "literal") return node.negated ? [] : [node];
  return node.kind === "all" ? node.parts.flatMap(positivesOf) : [];
}
