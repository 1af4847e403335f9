import type { ChangeEvent } from "@backstitch/core/source";
import { isList, isRow, type Row, type Value } from "@backstitch/core/values";
import { mingoText, mingoValue } from "./mingo-document.ts";
import { momentOf, rankOf } from "./mingo-values.ts";
import type { Trial } from "./oracle.ts";

/** A query as mingo takes it. */
export type Criteria = Record<string, unknown>;

/** Where a translation stands. */
export interface Place {
  readonly conditions: Trial["conditions"];
  readonly event: Partial<ChangeEvent>;
  /** Names are fields of an array's element. */
  readonly inElement: boolean;
}

const ORDERINGS = ["$gt", "$gte", "$lt", "$lte"];

/** The names in a path. */
export function namesOf(path: string): readonly string[] {
  const plain = path.replaceAll('["a.b"]', `.${mingoText("a.b")}`).replaceAll(/\[(\d+)\]/g, ".$1");
  return plain.split(".");
}

export function isOfOperators(value: Row): boolean {
  const [key = ""] = Object.keys(value);
  return key.startsWith("$") && !/^\$(?:number|date|literal|path)/.test(key);
}

/** The operators as mingo takes them, all under one path; undefined where one of them needs more. */
export function simpleOperators(value: Value, place: Place): Criteria | undefined {
  if (!isRow(value) || !isOfOperators(value)) return undefined;
  const entries = Object.entries(value).filter(([key]) => key !== "$options");
  const simple = entries.map(([key, operand]) => simpleOperator(key, operand, { siblings: value, place }));
  return simple.includes(undefined) ? undefined : Object.assign({}, ...simple);
}

interface Around {
  /** The operators beside this one. */
  readonly siblings: Row;
  readonly place: Place;
}

export function simpleOperator(operator: string, operand: Value, { siblings, place }: Around): Criteria | undefined {
  switch (operator) {
    case "$exists":
    case "$size":
      return { [operator]: operand };
    case "$regex":
      return { $regex: new RegExp(textOf(operand), `u${textOf(siblings["$options"] ?? "")}`) };
    case "$not":
    case "$elemMatch": {
      const inner = simpleOperators(operand, place);
      return inner && { [operator]: inner };
    }
    case "$in":
    case "$nin": {
      const items = isList(operand) ? operand.map((item) => literal(item, place)) : undefined;
      return items?.every((item) => item === null || isScalar(item)) === true ? { [operator]: items } : undefined;
    }
    case "$eq":
    case "$ne":
      return { [operator]: literal(operand, place) };
  }
  if (!ORDERINGS.includes(operator)) return undefined;
  const bound = literal(operand, place);
  // Other than in MongoDB, 2: a path that reads anything else makes it false.
  return isScalar(bound) && typeof bound !== "boolean" ? { [operator]: bound } : undefined;
}

function isScalar(value: unknown): boolean {
  return typeof value !== "object" || value instanceof Date;
}

/** A value of a rule as mingo takes it. */
export function literal(value: Value, place: Place): unknown {
  if (isList(value)) return value.map((item) => literal(item, place));
  if (!isRow(value)) return mingoValue(value, false);
  const [[key, item] = ["", null]] = Object.entries(value);
  if (key === "$path") return mingoValue(heldAt(value, place) ?? null, false);
  if (key === "$held" || key === "$literal") return mingoValue(item, false);
  if (key === "$date") return momentOf(textOf(isRow(item) ? (item["$numberLong"] ?? null) : item));
  if (key.startsWith("$number")) return rankOf(textOf(item));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [mingoText(name), literal(inner, place)]));
}

/** What a path on the right side reads; undefined where it is missing. */
export function heldAt(value: Value, { event }: Place): Value | undefined {
  const [root, ...names] = namesOf(isRow(value) ? textOf(value["$path"] ?? null) : "");
  let held: Value | undefined = root === "before" ? event.before : event.after;
  for (const name of names) {
    held = isList(held) ? held[Number(name)] : isRow(held) ? held[name === mingoText("a.b") ? "a.b" : name] : undefined;
  }
  return held;
}

/** What the rules above have as a text or a number. */
export function textOf(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
