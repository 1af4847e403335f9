import { LibraryRejection } from "./rejection.ts";

/** One of json-rules-engine's operators, decorators included: the fact's value on the left. */
export type Compare = (fact: unknown, value: unknown) => boolean;

type Decorate = (next: Compare) => Compare;

const isNumeric = (fact: unknown): boolean => !Number.isNaN(Number.parseFloat(fact as string));

/** What has a text of its own that is no text (`{"toString": 1}`) makes the library throw; here it is what every object is: no number. */
function ordering(compare: (fact: number, value: number) => boolean): Compare {
  return (fact, value) => {
    if (typeof fact === "number" && typeof value === "number") return compare(fact, value);
    try {
      return isNumeric(fact) && compare(fact as number, value as number);
    } catch {
      return false;
    }
  };
}

/** The library calls what it finds, and throws where it finds nothing. */
function indexIn(list: unknown, item: unknown): number {
  if (typeof list === "string") return indexInText(list, item);
  if (Array.isArray(list)) return list.indexOf(item);
  throw new LibraryRejection('"in" and "notIn" need a list or a text to look in');
}

/** As of {@link ordering}: what has a text of its own that is no text is no piece of another. */
function indexInText(text: string, item: unknown): number {
  try {
    return text.indexOf(item as string);
  } catch {
    return -1;
  }
}

function listed(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new LibraryRejection('"someValue" and "everyValue" need a list');
}

/** https://github.com/CacheControl/json-rules-engine, version 7.3.1: `engine-default-operators.js`. */
const OPERATORS: ReadonlyMap<string, Compare> = new Map<string, Compare>([
  ["equal", (fact, value) => fact === value],
  ["notEqual", (fact, value) => fact !== value],
  ["in", (fact, value) => indexIn(value, fact) > -1],
  ["notIn", (fact, value) => indexIn(value, fact) === -1],
  ["contains", (fact, value) => Array.isArray(fact) && fact.indexOf(value) > -1],
  ["doesNotContain", (fact, value) => Array.isArray(fact) && fact.indexOf(value) === -1],
  ["lessThan", ordering((fact, value) => fact < value)],
  ["lessThanInclusive", ordering((fact, value) => fact <= value)],
  ["greaterThan", ordering((fact, value) => fact > value)],
  ["greaterThanInclusive", ordering((fact, value) => fact >= value)],
]);

/** The same: `engine-default-operator-decorators.js`. */
const DECORATORS: ReadonlyMap<string, Decorate> = new Map<string, Decorate>([
  ["someFact", (next) => (fact, value) => Array.isArray(fact) && fact.some((item) => next(item, value))],
  ["everyFact", (next) => (fact, value) => Array.isArray(fact) && fact.every((item) => next(item, value))],
  ["someValue", (next) => (fact, value) => listed(value).some((item) => next(fact, item))],
  ["everyValue", (next) => (fact, value) => listed(value).every((item) => next(fact, item))],
  ["swap", (next) => (fact, value) => next(value, fact)],
  ["not", (next) => (fact, value) => !next(fact, value)],
]);

export const LIBRARY_OPERATORS: readonly string[] = [...OPERATORS.keys()];
export const LIBRARY_DECORATORS: readonly string[] = [...DECORATORS.keys()];

/** `everyFact:in` as a function: decorators apply from the right. @throws RangeError where there is no such operator */
export function libraryCompare(name: string): Compare {
  const [decorator = "", ...rest] = name.split(":");
  if (rest.length > 0) return found(DECORATORS, decorator)(libraryCompare(rest.join(":")));
  return found(OPERATORS, name);
}

function found<Item>(map: ReadonlyMap<string, Item>, name: string): Item {
  const item = map.get(name);
  if (item === undefined) throw new RangeError(name);
  return item;
}

/**
 * Whether the library may throw when it asks, and so reject the run. `value`: what stands on the right in the file;
 * undefined where a fact decides.
 */
export function mayReject(name: string, value: { readonly literal: unknown } | undefined): boolean {
  const names = name.split(":");
  const operator = names.at(-1);
  const calls = operator === "in" || operator === "notIn" || names.includes("someValue") || names.includes("everyValue");
  if (!calls) return false;
  return value === undefined || names.includes("swap") || !suits(names, value.literal);
}

function suits([name = "", ...rest]: readonly string[], literal: unknown): boolean {
  if (name === "someValue" || name === "everyValue") return Array.isArray(literal) && literal.every((item) => suits(rest, item));
  if (name === "in" || name === "notIn") return typeof literal === "string" || Array.isArray(literal);
  return rest.length === 0 || suits(rest, literal);
}
