import { isRow, type Row, type Value } from "@backstitch/core/values";
import { didYouMean, under } from "../json/index.ts";
import { parsePath } from "../path/parse-path.ts";
import { isPathFault, resolvePath, type Path, type PathFault } from "../path/resolve-path.ts";
import type { Condition } from "./form.ts";
import { lowerField } from "./lower-field.ts";
import { complain, conjunction, disjunction, negation, type At, type Lowering, type NamedLowering } from "./lowering.ts";
import { shown } from "./shown.ts";
import { marked, markedGroup, markedReference } from "./marks.ts";
import { SUMMARIES } from "./operators/index.ts";
import { operatorMeant, stitchOperator, stitchPath } from "./stitch.ts";

const LOGIC = ["$and", "$or", "$nor", "$not", "$condition"];

/** Lowers an expression: `{"after.quantity": {"$lt": 5}}`. Several keys are AND-ed. */
export function lowerExpression(lowering: NamedLowering, value: unknown, at: At): Condition {
  if (typeof value === "boolean") return { kind: "const", value };
  if (!isRow(value as Value)) {
    const message = `A condition is an object of paths and operators, not ${shown(value)}.`;
    return complain(lowering, { code: "RULE_CONDITION_INVALID", path: at, message });
  }
  const row = value as Row;
  return conjunction(
    Object.keys(row).map((key) => {
      const inside = under(at, key);
      return marked(lowering, lowerEntry(lowering, key, row[key] ?? null, inside), inside);
    }),
  );
}

function lowerEntry(lowering: NamedLowering, key: string, value: Value, at: At): Condition {
  switch (key) {
    case "$and":
      return conjunction(lowerList(lowering, value, at));
    case "$or":
      return disjunction(lowerList(lowering, value, at));
    case "$nor":
      return negation(disjunction(lowerList(lowering, value, at)));
    case "$not":
      return negation(lowerExpression(lowering, value, at));
    case "$condition":
      return lowerReference(lowering, value, at);
  }
  if (key.startsWith("$")) return unknownOperator(lowering, key, at);
  const stitch = stitchOperator(key);
  if (stitch !== undefined) return complain(lowering, { ...stitch, code: "RULE_OPERATOR_UNKNOWN", path: at, what: "key" });
  const path = fieldPath(lowering, key);
  if (isPathFault(path)) return complain(lowering, { ...path, path: at, what: "key" });
  return lowerField(lowering, path, value, at);
}

/** Inside `$elemMatch` a name is a field of the element, whatever it is. */
function fieldPath(lowering: Lowering, text: string): Path | PathFault {
  const stitch = stitchPath(text);
  if (stitch !== undefined) return { ...stitch, code: "RULE_PATH_UNKNOWN" };
  if (!lowering.inElement) return resolvePath(text, lowering.scope);
  const segments = parsePath(text);
  return segments === undefined ? resolvePath(text, lowering.scope) : { root: "element", segments };
}

function lowerList(lowering: NamedLowering, value: Value, at: At): Condition[] {
  if (Array.isArray(value) && value.length > 0) {
    markedGroup(lowering, value.length, at);
    return value.map((item, index) => {
      const inside = under(at, index);
      return marked(lowering, lowerExpression(lowering, item, inside), inside);
    });
  }
  const message = `${JSON.stringify(at.at(-1))} needs a list with at least one condition.`;
  return [complain(lowering, { code: "RULE_OPERAND_INVALID", path: at, message })];
}

function lowerReference(lowering: NamedLowering, value: Value, at: At): Condition {
  if (typeof value === "string" && !lowering.inElement)
    return markedReference(lowering, lowering.lowerNamed(lowering, value, at), value, at);
  const message = lowering.inElement
    ? '"$condition" cannot be used inside "$elemMatch".'
    : '"$condition" needs the name of a file in conditions/.';
  return complain(lowering, { code: "RULE_OPERAND_INVALID", path: at, message });
}

function unknownOperator(lowering: Lowering, key: string, at: At): Condition {
  if (SUMMARIES.has(key)) {
    const message = `${JSON.stringify(key)} works on a field.`;
    const remedy = `Write it under a path: {"after.quantity": {${JSON.stringify(key)}: …}}.`;
    return complain(lowering, { code: "RULE_OPERATOR_PLACE", path: at, what: "key", message, remedy });
  }
  const message = `There is no operator ${JSON.stringify(key)}.`;
  return complain(lowering, {
    code: "RULE_OPERATOR_UNKNOWN",
    path: at,
    what: "key",
    message,
    remedy: operatorMeant(key) ?? didYouMean(key, [...LOGIC, ...SUMMARIES.keys()]),
  });
}
