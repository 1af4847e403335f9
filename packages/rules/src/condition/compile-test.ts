import { isRow, type Value } from "@backstitch/core/values";
import { compileMissed, compileRead, isIndex, isPlainName, rootOf } from "../facts/read.ts";
import type { Path } from "../path/resolve-path.ts";
import { anyOf, compileOperand } from "./compile-operand.ts";
import type { Decide } from "./compiled-condition.ts";
import type { Condition } from "./form.ts";
import type { Literal } from "./instant.ts";
import type { Operator, Operators } from "./operators/operator.ts";
import type { Truth } from "./truth.ts";

type Matches = (value: Value | undefined) => boolean;

type Test = Extract<Condition, { kind: "test" }>;

/** Compiles a test of the value at a path, with descent into arrays as MongoDB's queries do it. */
export function compileTest({ path, operator: name, operand }: Test, operators: Operators): Decide {
  const operator = operators.get(name);
  if (operator === undefined) throw new RangeError(name);
  const prepared = operand.kind === "literal" || operand.kind === "dated" ? operator.prepare?.(operand.value) : undefined;
  const fast = prepared && compileFieldOfAfter(path, prepared, operator.reads === "each");
  if (fast !== undefined) return fast;
  const right = compileOperand(operand);
  const missed = anyOf([compileMissed(path), right.missed]);
  const holds = operator.everyItem === true ? everyItem(path, operator) : oneMatch(path, operator, prepared);
  if (missed === undefined) return (facts, element) => holds(facts, element, right.read(facts));
  return (facts, element) => (missed(facts) ? undefined : holds(facts, element, right.read(facts)));
}

type Holds = (facts: Parameters<Decide>[0], element: Value | undefined, operand: Literal | undefined) => boolean;

/** Most tests are of a field of `after` against a constant, and most rules do not match: this one is worth its lines. */
function compileFieldOfAfter(path: Path, matches: Matches, each: boolean): Decide | undefined {
  const [name = ""] = path.segments;
  if (path.root !== "after" || path.segments.length !== 1 || !isPlainName(name)) return undefined;
  const missed = compileMissed(path);
  return (facts) => {
    if (facts.unsent.length > 0 && missed?.(facts) === true) return undefined;
    const value = facts.after?.[name];
    return typeof value === "object" ? search(value, [], matches, each) : matches(value);
  };
}

function oneMatch(path: Path, operator: Operator, prepared: Matches | undefined): Holds {
  const anywhere = compileSearch(path, operator.reads === "each" && !isElement(path));
  if (prepared !== undefined) return (facts, element) => anywhere(facts, element, prepared);
  return (facts, element, right) => anywhere(facts, element, (value) => operator.matches(value, right));
}

function everyItem(path: Path, operator: Operator): Holds {
  const anywhere = compileSearch(path, !isElement(path));
  return (facts, element, right) => {
    if (!Array.isArray(right) || right.length === 0) return false;
    return (right as readonly Literal[]).every((item) => anywhere(facts, element, (value) => operator.matches(value, item)));
  };
}

/** The operators of `$elemMatch` are about the element itself: an array among the elements is not searched in its turn. */
export function isElement({ root, segments }: Path): boolean {
  return root === "element" && segments.length === 0;
}

type Search = (facts: Parameters<Decide>[0], element: Value | undefined, matches: Matches) => boolean;

/** Whether one of the values that the path reaches matches; `each`: elements of an array at its end count too. */
export function compileSearch(path: Path, each: boolean): Search {
  const { segments } = path;
  if (segments.length <= 1) {
    const read = compileRead(path);
    return (facts, element, matches) => {
      const value = read(facts, element);
      return typeof value === "object" ? search(value, [], matches, each) : matches(value);
    };
  }
  const root = rootOf(path);
  return (facts, element, matches) => search(root(facts, element), segments, matches, each);
}

function search(value: Value | undefined, segments: readonly string[], matches: Matches, each: boolean): boolean {
  let found = value;
  for (let at = 0; at < segments.length; at++) {
    if (Array.isArray(found)) return searchElements(found as readonly Value[], segments.slice(at), matches, each);
    const name = segments[at] ?? "";
    found = isRow(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return matches(found) || (each && Array.isArray(found) && (found as readonly Value[]).some(matches));
}

/** A number picks one element; any other name descends into every element that is a row. Arrays within arrays are not entered. */
function searchElements(elements: readonly Value[], segments: readonly string[], matches: Matches, each: boolean): boolean {
  const [name = "", ...rest] = segments;
  if (isIndex(name)) return search(elements[Number(name)], rest, matches, each);
  return elements.some((item) => isRow(item) && search(item, segments, matches, each));
}

/** Compiles `$elemMatch`: true if one element meets the condition, else undecided if one is undecided. */
export function compileElement({ path, rowsOnly }: Extract<Condition, { kind: "element" }>, condition: Decide): Decide {
  const missed = compileMissed(path);
  const root = rootOf(path);
  return (facts, element) => {
    if (missed?.(facts) === true) return undefined;
    let any: Truth = false;
    const tried = (value: Value | undefined): boolean => {
      if (!Array.isArray(value)) return false;
      return (value as readonly Value[]).some((item) => {
        if (rowsOnly === true && !isRow(item)) return false;
        const truth = condition(facts, item);
        if (truth === undefined) any = undefined;
        return truth === true;
      });
    };
    return search(root(facts, element), path.segments, tried, false) ? true : any;
  };
}
