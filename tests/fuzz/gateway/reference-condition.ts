import type { Row, Value } from "@backstitch/core/values";

/** What a path may begin with. The empty name holds the document of a query, whose fields stand without one. */
export type Names = Readonly<Record<string, Value | undefined>>;

/**
 * Whether a condition as it is written is true: of texts, small numbers, booleans, null, lists of these and rows.
 * It knows the operators that the fuzzer writes, and throws for others.
 */
export function holds(condition: Value, names: Names): boolean {
  if (typeof condition === "boolean") return condition;
  return Object.entries(condition as Row).every(([key, value]) => {
    if (key === "$and") return (value as readonly Value[]).every((part) => holds(part, names));
    if (key === "$or") return (value as readonly Value[]).some((part) => holds(part, names));
    if (key === "$nor") return !(value as readonly Value[]).some((part) => holds(part, names));
    if (key === "$not") return !holds(value, names);
    return meets({ path: key, value: at(names, key) }, value, names);
  });
}

/** Undefined: missing. */
function at(names: Names, path: string): Value | undefined {
  const isQuery = Object.hasOwn(names, "");
  const steps = path.split(".");
  let found: Value | undefined = isQuery ? names[""] : own(names, steps.shift() ?? "");
  for (const step of steps) found = isObject(found) ? own(found, step) : undefined;
  return found;
}

interface Left {
  readonly path: string;
  readonly value: Value | undefined;
}

function meets(left: Left, wanted: Value, names: Names): boolean {
  const isAsked = isObject(wanted) && Object.keys(wanted).some((key) => key.startsWith("$") && key !== "$path");
  if (!isAsked) return asks("$eq", left, wanted, names);
  return Object.entries(wanted).every(([operator, right]) => asks(operator, left, right, names));
}

function asks(operator: string, left: Left, right: Value, names: Names): boolean {
  const { value } = left;
  const read = operand(right, names);
  const isKnown = areKnown(left, right, names);
  switch (operator) {
    case "$eq":
      return isKnown && equals(value, read ?? null);
    case "$ne":
      return !asks("$eq", left, right, names);
    case "$in":
      if (Array.isArray(right)) return (right as readonly Value[]).some((item) => asks("$eq", left, item, names));
      if (Array.isArray(read)) return isKnown && (read as readonly Value[]).some((item) => equals(value, item));
      return isKnown && read !== undefined && equals(value, read);
    case "$nin":
      return !asks("$in", left, right, names);
    case "$exists":
      return (value !== undefined) === right;
    case "$gt":
      return isKnown && anyOf(value, (one) => order(one, read) > 0);
    case "$gte":
      return isKnown && anyOf(value, (one) => order(one, read) >= 0);
    case "$lt":
      return isKnown && anyOf(value, (one) => order(one, read) < 0);
    case "$lte":
      return isKnown && anyOf(value, (one) => order(one, read) <= 0);
    case "$not":
      return !meets(left, right, names);
    default:
      throw new Error(`The reference has no ${operator}.`);
  }
}

/** Of two things that are read, neither is the asker's and missing: nobody's id is no owner. What equals null is missing, as a list that holds null does. */
function areKnown({ path }: Left, right: Value, names: Names): boolean {
  if (!isObject(right) || !Object.hasOwn(right, "$path")) return true;
  const ofAsker = [path, right["$path"] as string].filter((one) => /^(?:user|request)(?:\.|$)/.test(one));
  return ofAsker.every((one) => !equals(operand({ $path: one }, names) ?? null, null));
}

/** What a right side is. Undefined: it reads what is missing. */
function operand(right: Value, names: Names): Value | undefined {
  if (Array.isArray(right)) return (right as readonly Value[]).map((item) => operand(item, names) ?? null);
  if (!isObject(right) || !Object.hasOwn(right, "$path")) return right;
  const { "": _, ...others } = names;
  return at(others, right["$path"] as string);
}

function equals(value: Value | undefined, other: Value): boolean {
  return anyOf(value ?? null, (one) => isSame(one, other));
}

function isSame(one: Value, other: Value): boolean {
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => isSame(item as Value, other[index] as Value));
  if (!isObject(one) || !isObject(other)) return one === other;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSame(one[key] as Value, other[key] as Value))
  );
}

function anyOf(value: Value | undefined, test: (one: Value) => boolean): boolean {
  if (value === undefined) return false;
  return test(value) || (Array.isArray(value) && (value as readonly Value[]).some(test));
}

/** NaN: they do not compare. */
function order(one: Value, other: Value | undefined): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  if (typeof one !== "string" || typeof other !== "string") return NaN;
  return one < other ? -1 : one > other ? 1 : 0;
}

function isObject(value: Value | undefined): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function own(from: Names | Row, name: string): Value | undefined {
  return Object.hasOwn(from, name) ? from[name] : undefined;
}
