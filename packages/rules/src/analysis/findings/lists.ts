import type { Problem } from "@backstitch/core/rules";
import { encodeValue, type Value } from "@backstitch/core/values";
import { equal, isNumber } from "../../condition/operators/compare.ts";
import type { Mark } from "../../condition/marks.ts";
import { shown } from "../../condition/shown.ts";
import { everyLeaf, type LeafCondition } from "../leaves.ts";
import type { Check } from "../study.ts";
import { markOf, warning } from "../warning.ts";

/** Lists that are longer than they need to be, or too short to be lists. */
export const lists: Check = {
  finds: { CONDITION_LIST_REDUNDANT: "a list of one value, or with a value twice" },
  *find(study) {
    for (const leaf of everyLeaf(study)) {
      const list = listOf(leaf);
      const mark = markOf(study.marks, leaf);
      if (list === undefined || mark === undefined) continue;
      const at = leaf.kind === "library" ? [...mark.at, "value"] : mark.at;
      yield* redundant({ ...mark, at }, list, leaf.kind === "library" ? "equal" : "$eq");
    }
  },
};

const OF_LISTS = ["$in", "$all"];

function listOf(leaf: LeafCondition): readonly Value[] | undefined {
  if (leaf.kind === "test" && OF_LISTS.includes(leaf.operator) && leaf.operand.kind === "literal") return asList(leaf.operand.value);
  const isIn = leaf.kind === "library" && /(?:^|:)(?:in|notIn)$/.test(leaf.operator) && leaf.operand.kind === "literal";
  return isIn && leaf.operator.split(":").every((name) => !name.endsWith("Value")) ? asList(leaf.operand.value) : undefined;
}

function asList(value: unknown): readonly Value[] | undefined {
  return Array.isArray(value) ? (value as readonly Value[]) : undefined;
}

function* redundant(mark: Mark, list: readonly Value[], equality: string): Iterable<Problem> {
  const code = "CONDITION_LIST_REDUNDANT";
  if (list.length === 1) {
    const remedy = `A test of equality says the same: ${JSON.stringify(equality)}, or its negation.`;
    yield warning(mark, { code, message: `The list has one value only, ${shown(list[0])}.`, remedy });
  }
  const seen = new Map<string, Value[]>();
  for (const [index, item] of list.entries()) {
    const alike = seen.get(keyOf(item)) ?? [];
    if (alike.some((one) => equal(one, item))) {
      yield warning(
        { ...mark, at: [...mark.at, index] },
        { code, message: `${shown(item)} is in the list already.`, remedy: "Remove it." },
      );
    }
    seen.set(keyOf(item), [...alike, item]);
  }
}

/** Values that may be equal have the same. */
function keyOf(item: Value): string {
  if (isNumber(item)) return String(Number(String(item)));
  return typeof item === "object" && item !== null ? "composite" : encodeValue(item);
}
