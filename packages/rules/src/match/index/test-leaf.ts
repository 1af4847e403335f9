import type { Value } from "@backstitch/core/values";
import type { Condition } from "../../condition/form.ts";
import { isNumber } from "../../condition/operators/compare.ts";
import type { Path } from "../../path/resolve-path.ts";
import type { Field, Fields } from "./field.ts";
import { keyOf } from "./keys.ts";
import { requiredTexts } from "./literals.ts";
import { NO_KEYS, UNKNOWN, type Key, type Lookup, type Node, type Range } from "./node.ts";

type Test = Extract<Condition, { kind: "test" }>;
type Change = Extract<Condition, { kind: "change" }>;

/** A test of an expression; of an element of the arrays, where there are any. */
export function testNode({ path, operator, operand }: Test, fields: Fields, elements: readonly Path[]): Node {
  if (operand.kind !== "literal" || path.root === "values") return UNKNOWN;
  const lookup = lookupOf(operator, operand.value);
  if (lookup === undefined) return UNKNOWN;
  const inside = path.root === "element" ? [...elements, path] : [path];
  return { kind: "leaf", field: fields.ofPaths(inside), lookup };
}

function lookupOf(operator: string, operand: Value): Lookup | undefined {
  switch (operator) {
    case "$eq":
      return { by: "value", keys: [keyOf(operand)] };
    case "$in":
      return { by: "value", keys: keysOf(Array.isArray(operand) ? (operand as readonly Value[]) : [operand]) };
    case "$all":
      return allOf(operand);
    case "$gt":
    case "$gte":
    case "$lt":
    case "$lte":
      return rangeOf(operator, operand);
    case "$regex":
      return typeof operand === "string" ? requiredTexts(operand) : undefined;
    default:
      return undefined;
  }
}

/** Any of the items will do: a text says most. */
function allOf(operand: Value): Lookup | undefined {
  if (!Array.isArray(operand) || operand.length === 0) return undefined;
  const items = operand as readonly Value[];
  return { by: "value", keys: [keyOf(items.find((item) => typeof item === "string") ?? items[0])] };
}

function keysOf(items: readonly Value[]): readonly Key[] {
  return items.length === 0 ? NO_KEYS : [...new Set(items.map(keyOf))];
}

/** Ends are only sharp where both sides are plain numbers; what has more digits is rounded, and lies on its end. */
function rangeOf(operator: string, operand: Value): Lookup | undefined {
  const open = !operator.endsWith("e");
  if (typeof operand === "string") return { by: "text", ...oneSided(operator, operand, open) };
  const number = isNumber(operand) ? Number(operand) : NaN;
  return Number.isNaN(number)
    ? undefined
    : { by: "number", coerces: false, ...oneSided(operator, number, open && typeof operand === "number") };
}

function oneSided<Point>(operator: string, end: Point, open: boolean): Range<Point> {
  return operator.startsWith("$g")
    ? { low: end, high: undefined, lowOpen: open, highOpen: false }
    : { low: undefined, high: end, lowOpen: false, highOpen: open };
}

/** Whatever they ask beyond it, all but one need a field that changed, or may have. */
export function changeNode({ field, operator, operand }: Change, fields: Fields, negated: boolean): Node {
  if (operator === "$changed") {
    const wanted = operand.kind === "literal" && operand.value === !negated;
    return wanted ? changed(fields.ofChange(field)) : UNKNOWN;
  }
  if (negated) return UNKNOWN;
  const side = operator === "$changedTo" ? "after" : operator === "$changedFrom" ? "before" : undefined;
  if (side === undefined || operand.kind !== "literal") return changed(fields.ofChange(field));
  return { kind: "leaf", field: fields.ofSide(side, field), lookup: { by: "value", keys: [keyOf(operand.value)] } };
}

function changed(field: Field): Node {
  return { kind: "leaf", field, lookup: { by: "value", keys: [true] } };
}
