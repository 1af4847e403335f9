import { isList, isRow, type Row, type Value } from "@backstitch/core/values";
import {
  heldAt,
  isOfOperators,
  namesOf,
  simpleOperator,
  simpleOperators,
  literal,
  textOf,
  type Criteria,
  type Place,
} from "./mingo-literals.ts";

const ALWAYS: Criteria = {};
const NEVER: Criteria = { $nor: [{}] };
const both = (all: readonly Criteria[]): Criteria => (all.length === 1 ? (all[0] ?? ALWAYS) : all.length === 0 ? ALWAYS : { $and: all });
const either = (any: readonly Criteria[]): Criteria => (any.length === 0 ? NEVER : { $or: any });
const none = (any: readonly Criteria[]): Criteria => ({ $nor: any });

/** A condition as mingo takes it: the same question, asked so that mingo's answer can be trusted. Where it cannot, the reason stands beside the way round. */
export function criteriaOf(value: Value, place: Place): Criteria {
  if (!isRow(value)) return value === true ? ALWAYS : NEVER;
  return both(Object.entries(value).map(([key, item]) => entry(key, item, place)));
}

function entry(key: string, value: Value, place: Place): Criteria {
  const parts = (): Criteria[] => (isList(value) ? value.map((item) => criteriaOf(item, place)) : []);
  switch (key) {
    case "$and":
      return both(parts());
    case "$or":
      return either(parts());
    case "$nor":
      return none(parts());
    // MongoDB has it under a path alone.
    case "$not":
      return none([criteriaOf(value, place)]);
    case "$condition":
      return criteriaOf(place.conditions[textOf(value)] ?? false, place);
  }
  return field(segmentsOf(key, place), value, place);
}

/** `after` is the document, and the fields of `before` stand in it under names of their own. */
function segmentsOf(path: string, { inElement }: Place): readonly string[] {
  const names = namesOf(path);
  const [root = "", first = "", ...rest] = names;
  return inElement ? names : root === "after" ? [first, ...rest] : [`${root}·${first}`, ...rest];
}

function field(segments: readonly string[], value: Value, place: Place): Criteria {
  if (isRow(value) && isOfOperators(value)) return operators(segments, value, place);
  return isThrough(segments) ? operators(segments, { $eq: value }, place) : { [selectorOf(segments, "$eq")]: literal(value, place) };
}

/** These fields hold lists of rows; a path through them is spelled out, since mingo gathers what it finds on the way into one list and asks that: it loses what is missing, and takes the gathered list for a value. */
const LISTS_OF_ROWS = ["rows", "subs"];

function isThrough(segments: readonly string[]): boolean {
  return throughAt(segments) !== -1;
}

function throughAt(segments: readonly string[]): number {
  return segments.findIndex((name, at) => LISTS_OF_ROWS.includes(name) && at + 1 < segments.length && !/^\d/.test(segments[at + 1] ?? ""));
}

/** "Other than in MongoDB", 5. Rows that only `$elemMatch` and longer paths are asked of stand there without what is no row, and as they are under this name. */
function selectorOf(segments: readonly string[], operator: string): string {
  const [first = "", ...rest] = segments;
  return LISTS_OF_ROWS.includes(first) && operator !== "$elemMatch" ? [`${first}·whole`, ...rest].join(".") : segments.join(".");
}

/** "{a.b: T} is {a: {$elemMatch: {b: T}}} where a is a list", as MongoDB's manual has it of one condition. */
function reach(segments: readonly string[], operator: string, make: (selector: string) => Criteria): Criteria {
  const at = throughAt(segments);
  if (at === -1) return make(selectorOf(segments, operator));
  return reachFrom(segments, at, (rest, prefix) => reach([...prefix, ...rest], operator, make));
}

function reachFrom(
  segments: readonly string[],
  at: number,
  inner: (rest: readonly string[], prefix: readonly string[]) => Criteria,
): Criteria {
  const name = segments.slice(0, at + 1).join(".");
  const rest = segments.slice(at + 1);
  const alone = [`${name}·alone`];
  return either([{ [name]: { $elemMatch: inner(rest, []) } }, both([{ [name]: { $not: { $type: "array" } } }, inner(rest, alone)])]);
}

function operators(segments: readonly string[], value: Value, place: Place): Criteria {
  if (!isRow(value)) return NEVER;
  const simple = isThrough(segments) ? undefined : simpleOperators(value, place);
  const [operator = ""] = Object.keys(value);
  if (simple !== undefined) return { [selectorOf(segments, operator)]: simple };
  return both(Object.entries(value).map(([key, operand]) => operation(segments, key, { operand, siblings: value, place })));
}

interface Given {
  readonly operand: Value;
  readonly siblings: Row;
  readonly place: Place;
}

function operation(segments: readonly string[], operator: string, given: Given): Criteria {
  const { operand, siblings, place } = given;
  const again = (name: string, other: Value): Criteria => operation(segments, name, { ...given, operand: other });
  const parts = (): Criteria[] => (isList(operand) ? operand.map((item) => operators(segments, item, place)) : []);
  switch (operator) {
    case "$options":
      return ALWAYS;
    // mingo has no logic under a path.
    case "$and":
      return both(parts());
    case "$or":
      return either(parts());
    case "$nor":
      return none(parts());
    case "$not":
      return none([operators(segments, operand, place)]);
    case "$ne":
      return none([again("$eq", operand)]);
    case "$nin":
      return none([again("$in", operand)]);
    // mingo compares the items of $in with the elements of a list, and never with the list itself: the manual says that $in is $eq for each.
    case "$in":
      return either(itemsOf(operand, place).map((item) => again("$eq", item)));
    // mingo knows $all of lists alone: to the manual, {$all: [x]} is {$and: [{field: x}]}.
    case "$all":
      return isList(operand) && operand.length > 0
        ? both(operand.map((item) => (isElemMatch(item) ? again("$elemMatch", item["$elemMatch"] ?? null) : again("$eq", item))))
        : NEVER;
    case "$elemMatch":
      return elements(segments, operand, place);
  }
  if (operator === "$exists" && operand === false) return none([again("$exists", true)]);
  const test = simpleOperator(operator, operand, { siblings, place });
  return test === undefined ? NEVER : reach(segments, operator, (selector) => ({ [selector]: test }));
}

function isElemMatch(item: Value): item is Row {
  return isRow(item) && Object.hasOwn(item, "$elemMatch");
}

function itemsOf(operand: Value, place: Place): readonly Value[] {
  if (isList(operand)) return operand;
  const held = heldAt(operand, place);
  return isList(held) ? held.map((item) => ({ $held: item })) : held === undefined ? [] : [{ $held: held }];
}

/** `$elemMatch` over fields, or over the element itself. mingo has no logic in the second: the elements then stand as rows with one field. */
function elements(segments: readonly string[], operand: Value, place: Place): Criteria {
  const last = segments.at(-1) ?? "";
  if (LISTS_OF_ROWS.includes(last)) {
    return reach(segments, "$elemMatch", (selector) => ({
      [selector]: { $elemMatch: criteriaOf(operand, { ...place, inElement: true }) },
    }));
  }
  const simple = simpleOperators(operand, place);
  if (simple !== undefined) return { [segments.join(".")]: { $elemMatch: simple } };
  return { [`${segments.join(".")}·elements`]: { $elemMatch: operators(["element"], operand, place) } };
}
