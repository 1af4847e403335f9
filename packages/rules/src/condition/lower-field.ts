import { isList, isRow, type Row, type Value } from "@backstitch/core/values";
import { didYouMean, under } from "../json/index.ts";
import type { Path } from "../path/resolve-path.ts";
import type { Condition } from "./form.ts";
import { isLiteralForm, lowerOperand } from "./lower-operand.ts";
import { complain, conjunction, disjunction, negation, type At, type Lowering, type NamedLowering } from "./lowering.ts";
import { shown } from "./shown.ts";
import { marked, markedGroup } from "./marks.ts";
import { CHANGE_OPERATORS, NEGATIONS, OPERATORS, SUMMARIES } from "./operators/index.ts";
import { patternFault } from "./operators/regex.ts";
import { operatorMeant, stitchOperator } from "./stitch.ts";

/** Lowers what stands under a path: a value to be equal to, or operators, which are AND-ed. */
export function lowerField(lowering: NamedLowering, path: Path, value: Value, at: At): Condition {
  if (!isRow(value) || isLiteralForm(value) || !hasOperators(value)) return lowerTest(lowering, path, "$eq", { value, at });
  return lowerOperators(lowering, path, value, at);
}

function hasOperators(value: Row): boolean {
  return Object.keys(value).some((key) => key.startsWith("$") || stitchOperator(key) !== undefined);
}

function lowerOperators(lowering: NamedLowering, path: Path, value: Value, at: At): Condition {
  if (!isRow(value) || isLiteralForm(value) || !hasOperators(value)) {
    const message = `Operators are expected here, as in {"$gt": 5}, not ${shown(value)}.`;
    return complain(lowering, { code: "RULE_OPERAND_INVALID", path: at, message });
  }
  const keys = Object.keys(value).filter((key) => key !== "$options" || !Object.hasOwn(value, "$regex"));
  return conjunction(
    keys.map((key) => lowerOperator(lowering, path, key, { value: value[key] ?? null, at: under(at, key), siblings: value })),
  );
}

interface Given {
  readonly value: Value;
  readonly at: At;
}

function lowerOperator(lowering: NamedLowering, path: Path, key: string, given: Given & { readonly siblings: Row }): Condition {
  const { value, at } = given;
  switch (key) {
    case "$and":
      return marked(lowering, conjunction(lowerAlternatives(lowering, path, key, given)), at);
    case "$or":
      return marked(lowering, disjunction(lowerAlternatives(lowering, path, key, given)), at);
    case "$nor":
      return marked(lowering, negation(disjunction(lowerAlternatives(lowering, path, key, given))), at);
    case "$not":
      return negation(lowerOperators(lowering, path, value, at));
    case "$elemMatch":
      return lowerElement(lowering, path, value, at);
    case "$all":
      return isOfElemMatch(value) ? lowerEveryElement(lowering, path, value, at) : lowerTest(lowering, path, key, given);
    case "$regex":
      return lowerRegex(lowering, path, given);
  }
  const negated = NEGATIONS.get(key)?.negates;
  if (negated !== undefined) return negation(lowerTest(lowering, path, negated, given));
  if (CHANGE_OPERATORS.has(key)) return lowerChange(lowering, path, key, given);
  if (OPERATORS.has(key)) return lowerTest(lowering, path, key, given);
  return noOperator(lowering, key, at);
}

const MISPLACED: ReadonlyMap<string, string> = new Map([
  ["$condition", '"$condition" stands beside paths, not under one.'],
  ["$options", '"$options" stands beside "$regex".'],
]);

function noOperator(lowering: Lowering, key: string, path: At): Condition {
  const misplaced = MISPLACED.get(key);
  if (misplaced !== undefined) return complain(lowering, { code: "RULE_OPERATOR_PLACE", path, what: "key", message: misplaced });
  const stitch = stitchOperator(key);
  if (stitch !== undefined) return complain(lowering, { ...stitch, code: "RULE_OPERATOR_UNKNOWN", path, what: "key" });
  if (key.startsWith("$")) {
    const message = `There is no operator ${JSON.stringify(key)}.`;
    const remedy = operatorMeant(key) ?? didYouMean(key, [...SUMMARIES.keys()]);
    return complain(lowering, { code: "RULE_OPERATOR_UNKNOWN", path, what: "key", message, remedy });
  }
  const message = `${JSON.stringify(key)} stands among operators.`;
  const remedy = "Operators begin with $; a path into the field is written out from the start.";
  return complain(lowering, { code: "RULE_CONDITION_INVALID", path, what: "key", message, remedy });
}

function lowerAlternatives(lowering: NamedLowering, path: Path, key: string, { value, at }: Given): Condition[] {
  if (Array.isArray(value) && value.length > 0) {
    markedGroup(lowering, value.length, at);
    return value.map((item: Value, index) => {
      const inside = under(at, index);
      return marked(lowering, lowerOperators(lowering, path, item, inside), inside);
    });
  }
  return [
    complain(lowering, {
      code: "RULE_OPERAND_INVALID",
      path: at,
      message: `${JSON.stringify(key)} needs a list with at least one object of operators.`,
    }),
  ];
}

function lowerTest(lowering: Lowering, path: Path, operator: string, { value, at }: Given): Condition {
  const rules = OPERATORS.get(operator);
  const operand = rules && lowerOperand(lowering, { operator, rules, value, at });
  if (operand === undefined) return { kind: "const", value: false };
  if (operator === "$exists" && operand.kind === "literal" && operand.value === false) {
    return negation(marked(lowering, { kind: "test", path, operator, operand: { kind: "literal", value: true } }, at));
  }
  return marked(lowering, { kind: "test", path, operator, operand }, at);
}

/** `$options` become RE2's own flags, before the pattern. */
function lowerRegex(lowering: Lowering, path: Path, { value, at, siblings }: Given & { readonly siblings: Row }): Condition {
  const options = siblings["$options"] ?? "";
  if (typeof options !== "string" || !/^[ims]*$/.test(options)) {
    const message = `"$options" is ${shown(options)}; it may hold the letters i, m and s.`;
    return complain(lowering, { code: "RULE_OPERAND_INVALID", path: [...at.slice(0, -1), "$options"], message });
  }
  const pattern = typeof value === "string" && options !== "" ? `(?${options})${value}` : value;
  const fault = typeof pattern === "string" ? patternFault(pattern) : undefined;
  if (fault !== undefined)
    return complain(lowering, { code: "RULE_REGEX_INVALID", path: at, message: `The pattern ${shown(value)} cannot be used: ${fault}.` });
  return lowerTest(lowering, path, "$regex", { value: pattern, at });
}

function lowerElement(lowering: NamedLowering, path: Path, value: Value, at: At): Condition {
  if (!isRow(value) || Object.keys(value).length === 0) {
    return complain(lowering, {
      code: "RULE_OPERAND_INVALID",
      path: at,
      message: '"$elemMatch" needs an object of operators or of the element\'s fields.',
    });
  }
  const inside: NamedLowering = { ...lowering, inElement: true };
  const element: Condition = isOfOperators(value)
    ? { kind: "element", path, condition: lowerOperators(inside, { root: "element", segments: [] }, value, at) }
    : { kind: "element", path, condition: lowering.lowerExpression(inside, value, at), rowsOnly: true };
  return marked(lowering, element, at);
}

/** `{"$all": [{"$elemMatch": …}, …]}`: every one of them is met, by whichever element. */
function isOfElemMatch(value: Value): value is readonly Value[] {
  return isList(value) && value.some((item) => isRow(item) && Object.hasOwn(item, "$elemMatch"));
}

function lowerEveryElement(lowering: NamedLowering, path: Path, value: readonly Value[], at: At): Condition {
  return conjunction(
    value.map((item, index) => {
      const where = under(at, index);
      const [key, second] = isRow(item) ? Object.keys(item) : [];
      if (isRow(item) && key === "$elemMatch" && second === undefined)
        return lowerElement(lowering, path, item[key] ?? null, [...where, key]);
      const message = `One item of "$all" is an "$elemMatch", so all must be, and alone; this is ${shown(item)}.`;
      return complain(lowering, { code: "RULE_OPERAND_INVALID", path: where, message });
    }),
  );
}

const LOGIC = ["$and", "$or", "$nor", "$not"];

/** Whether it tests the element itself and not its fields: logic may stand before either, so its first operand decides. */
function isOfOperators(value: Value): boolean {
  if (!isRow(value)) return false;
  const [first = ""] = Object.keys(value);
  if (!LOGIC.includes(first)) return first.startsWith("$");
  const inner = value[first] ?? null;
  return isOfOperators(Array.isArray(inner) ? ((inner as readonly Value[])[0] ?? null) : inner);
}

function lowerChange(lowering: Lowering, path: Path, operator: string, { value, at }: Given): Condition {
  const rules = CHANGE_OPERATORS.get(operator);
  if (path.root !== "after" && path.root !== "before") {
    const message = `${JSON.stringify(operator)} works on a field of the row.`;
    return complain(lowering, {
      code: "RULE_OPERATOR_PLACE",
      path: at,
      what: "key",
      message,
      remedy: "Write it under a path such as after.quantity.",
    });
  }
  const operand = rules && lowerOperand(lowering, { operator, rules, value, at });
  if (operand === undefined) return { kind: "const", value: false };
  return marked(lowering, { kind: "change", field: path.segments, operator, operand }, at);
}
