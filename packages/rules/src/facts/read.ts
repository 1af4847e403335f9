import { isRow, type Row, type Value } from "@backstitch/core/values";
import { nameOfPath, ofPath, type Path } from "../path/resolve-path.ts";
import { byUrlParts, isUrlPart } from "./url-parts.ts";
import { isUnsent, ROOTS, type Facts, type RootOf } from "./facts.ts";

/** An own property of a row, or an element of an array; undefined where there is none. */
export function step(value: Value | undefined, name: string): Value | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return isIndex(name) ? (value as readonly Value[])[Number(name)] : undefined;
  return isRow(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export function isIndex(name: string): boolean {
  return /^(?:0|[1-9]\d{0,8})$/.test(name);
}

/** Whether no plain object answers to the name by its prototype: then a bare read is an own read, and much faster. */
export function isPlainName(name: string): boolean {
  return !(name in Object.prototype);
}

/** Compiles a path to a definite read: no descent into arrays but by index. */
export const compileRead = ofPath((path): RootOf => {
  const root = rootOf(path);
  const { segments } = path;
  const [first] = segments;
  if (first === undefined) return root;
  const readFirst = isPlainName(first) && path.root !== "element" ? fastStep(root, first) : slowStep(root, first);
  if (segments.length === 1) return readFirst;
  const rest = segments.slice(1);
  return (facts, element) => {
    let value = readFirst(facts, element);
    for (const name of rest) value = step(value, name);
    return value;
  };
});

export function rootOf({ root, segments: [argument, ...inside] }: Path): RootOf {
  if (root === "args" && argument !== undefined && isUrlPart(inside.find((name) => !isIndex(name)))) return readByUrlParts(argument);
  const read = ROOTS[root];
  if (read === undefined) throw new RangeError(root);
  return read;
}

function readByUrlParts(argument: string): RootOf {
  return ({ args }) => (Object.hasOwn(args, argument) ? { [argument]: byUrlParts(args[argument] ?? null) } : {});
}

function fastStep(root: RootOf, name: string): RootOf {
  return (facts, element) => {
    const value = root(facts, element);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return step(value, name);
    return (value as Row)[name];
  };
}

function slowStep(root: RootOf, name: string): RootOf {
  return (facts, element) => step(root(facts, element), name);
}

/** Whether the source did not send what the path reads. Undefined: it always does. */
export const compileUnsent = ofPath((path): ((facts: Facts) => boolean) | undefined => {
  const [field] = path.segments;
  switch (path.root) {
    case "before":
      return (facts) => facts.before === undefined;
    case "changed":
      return (facts) => facts.changed === undefined;
    case "after":
    case "args":
      return (facts) => isUnsent(facts, field);
    case "key":
    case "operation":
    case "source":
    case "database":
    case "collection":
    case "committedAt":
    case "values":
    case "item":
    case "index":
    case "links":
    case "action":
    case "root":
    case "prevRoot":
    case "user":
    case "request":
    case "element":
      return undefined;
  }
});

/** Like {@link compileUnsent}, and says so in `facts.missed`. */
export const compileMissed = ofPath((path): ((facts: Facts) => boolean) | undefined => {
  const unsent = compileUnsent(path);
  if (unsent === undefined) return undefined;
  const name = nameOfPath(path);
  return (facts) => unsent(facts) && facts.missed.push(name) > 0;
});
