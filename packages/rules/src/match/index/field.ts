import { Decimal, type Value } from "@backstitch/core/values";
import { compileChange } from "../../condition/compile-change.ts";
import { compileSearch } from "../../condition/compile-test.ts";
import { compileFact } from "../../condition/library/compile-library.ts";
import { isUnsent, type Facts } from "../../facts/facts.ts";
import { compileRead, compileUnsent, isPlainName } from "../../facts/read.ts";
import { ofPath, type Path } from "../../path/resolve-path.ts";

/** Nothing of the field can hold. */
export const NOTHING = Symbol("nothing");
/** What the field reads was not sent: every test of it is undecided. */
export const UNSENT = Symbol("unsent");
/** The values were added to `found`. */
export const SEVERAL = Symbol("several");

/** Values that were read. It is not shortened by `length`, which costs more than a search. */
export interface Found {
  readonly values: unknown[];
  size: number;
}

/** A place in events that an index looks at, once for each event. */
export interface Field {
  /** With the meaning of json-rules-engine: `===`, and JavaScript's own comparison. */
  readonly library: boolean;
  /** Whether a value that is an array stands for its elements, too. */
  readonly each: boolean;
  /** The field of `after` that it is, where it is no more than that: this is what most are, and read without a call. */
  readonly name: string | undefined;
  /** The one value that is there, or one of the symbols. Several are added to `found`, which is not cleared. */
  read(facts: Facts, found: Found): unknown;
}

/** Makes fields, each once: the same place is the same field. */
export interface Fields {
  /** What an expression's path reaches; each path but the first begins at the elements of what the one before reached. */
  ofPaths(paths: readonly Path[]): Field;
  /** What json-rules-engine reads of a fact: the whole, or each element of an array. */
  ofFact(fact: Path, each: boolean): Field;
  /** Whether the field changed: `true`, or `true` where that is not known. */
  ofChange(segments: readonly string[]): Field;
  /** One side of a change; nothing where the field did not change. */
  ofSide(side: "before" | "after", segments: readonly string[]): Field;
}

export function newFields(): Fields {
  const made = new Map<string, Field>();
  const once = (kind: string, paths: readonly Path[], make: () => Field): Field => {
    const key = JSON.stringify([kind, paths.map(({ root, segments }) => [root, ...segments])]);
    const known = made.get(key);
    if (known !== undefined) return known;
    const field = make();
    made.set(key, field);
    return field;
  };
  const ofPaths = (paths: readonly Path[]): Field =>
    once("path", paths, () => ({ library: false, each: true, name: nameOf(paths), read: readPaths(paths) }));
  // Rules of one rule set name a place by the same path.
  const ofOne = ofPath((path) => ofPaths([path]));
  return {
    ofPaths: (paths) => (paths.length === 1 && paths[0] !== undefined ? ofOne(paths[0]) : ofPaths(paths)),
    ofFact: (fact, each) =>
      once(each ? "each" : "fact", [fact], () => ({ library: true, each: false, name: undefined, read: readFact(fact, each) })),
    ofChange: (segments) =>
      once("change", [{ root: "after", segments }], () => ({ library: false, each: false, name: undefined, read: readChange(segments) })),
    ofSide: (root, segments) =>
      once("side", [{ root, segments }], () => ({ library: false, each: false, name: undefined, read: readSide(root, segments) })),
  };
}

function readPaths([first, ...rest]: readonly Path[]): Field["read"] {
  if (first === undefined) throw new RangeError("no path");
  const unsent = compileUnsent(first);
  const read = rest.length === 0 ? readPath(first) : readElements(first, rest);
  return unsent === undefined ? read : (facts, found) => (unsent(facts) ? UNSENT : read(facts, found));
}

function nameOf([path, further]: readonly Path[]): string | undefined {
  const [name, deeper] = path?.segments ?? [];
  return further === undefined && deeper === undefined && path?.root === "after" && isPlainName(name ?? "") ? name : undefined;
}

function readPath(path: Path): Field["read"] {
  if (path.segments.length <= 1) return compileValue(path);
  const search = compileSearch(path, true);
  return (facts, found) => {
    search(facts, undefined, collectorOf(found));
    return SEVERAL;
  };
}

function compileValue(path: Path): Field["read"] {
  const read = compileRead(path);
  return (facts) => read(facts, undefined);
}

function readElements(first: Path, rest: readonly Path[]): Field["read"] {
  const outer = compileSearch(first, rest.length === 0);
  const [next, ...further] = rest;
  const walk = next === undefined ? undefined : elementsOf(next, further);
  return (facts, found) => {
    outer(facts, undefined, (value) => {
      if (Array.isArray(value)) for (const item of value as readonly Value[]) walk?.(facts, item, found);
      return false;
    });
    return SEVERAL;
  };
}

/** What a path reaches of an array's element, and so on through the arrays that it reaches. */
function elementsOf(path: Path, further: readonly Path[]): (facts: Facts, element: Value, found: Found) => void {
  const search = compileSearch(path, further.length === 0);
  const [next, ...rest] = further;
  if (next === undefined) return (facts, element, found) => void search(facts, element, collectorOf(found));
  const walk = elementsOf(next, rest);
  return (facts, element, found) => {
    search(facts, element, (value) => {
      if (Array.isArray(value)) for (const item of value as readonly Value[]) walk(facts, item, found);
      return false;
    });
  };
}

/** A test that takes what it is shown, and goes on. */
function collectorOf(found: Found): (value: Value | undefined) => boolean {
  return (value) => {
    found.values[found.size++] = value;
    return false;
  };
}

function readFact(fact: Path, each: boolean): Field["read"] {
  const unsent = compileUnsent(fact);
  const read = compileFact(fact);
  return (facts, found) => {
    if (unsent?.(facts) === true) return UNSENT;
    const value = read(facts);
    if (!each) return value === undefined ? NOTHING : value;
    if (!Array.isArray(value)) return NOTHING;
    for (const item of value as unknown[]) found.values[found.size++] = item;
    return SEVERAL;
  };
}

function readChange(segments: readonly string[]): Field["read"] {
  const changed = compileChange(segments, "$changed", { kind: "literal", value: true });
  return (facts) => changed(facts) !== false;
}

function readSide(root: "before" | "after", segments: readonly string[]): Field["read"] {
  const changed = compileChange(segments, "$changed", { kind: "literal", value: true });
  const read = compileRead({ root, segments });
  return (facts) => {
    const truth = changed(facts);
    if (truth === false) return NOTHING;
    if (truth === undefined || isUnsent(facts, segments[0]) || (root === "before" && facts.before === undefined)) return UNSENT;
    return read(facts, undefined);
  };
}

/** Whether the value is one of those that have no order: not a text, not a number. */
export function isStructure(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(value instanceof Decimal);
}
