import { Decimal } from "@backstitch/core/values";
import { parsePath } from "../../path/parse-path.ts";
import { isPathFault, resolveSegments, type Path, type PathFault, type Scope } from "../../path/resolve-path.ts";

/** What the library's resolver (jsonpath-plus) takes for more than a name, in quotes or not: wildcards, filters, scripts, unions, slices, parents. */
const MORE_THAN_A_NAME = /[*?@()^~`;,'"\]]|^\$$|^-?\d*:-?\d*:?\d*$/;

/** The definite part of what JSONPath can say: `$.a.b`, `a.b`, `$['a b'][0]`. What evaluates or searches is undefined here; so is `.a`, which finds nothing. */
export function parseLibraryPath(text: string): readonly string[] | undefined {
  if (text === "$") return [];
  const body = text.replace(/^\$\.?(?!\.)/, "");
  const segments = body.startsWith("[") ? parsePath(`$${body}`)?.slice(1) : parsePath(body);
  return segments?.some((segment) => MORE_THAN_A_NAME.test(segment)) === true ? undefined : segments;
}

/** By what is read of it. */
type OfFact = Map<string, Path>;
const facts = new WeakMap<Scope, Map<string, OfFact>>();

/** What a leaf reads: a fact, or what its `path` finds there. Undefined where that is not a definite path. */
export function resolveFact(
  { fact, path = "" }: { readonly fact: string; readonly path?: string },
  scope: Scope,
): Path | PathFault | undefined {
  const known = knownOf(fact, scope);
  const same = known.get(path);
  if (same !== undefined) return same;
  const segments = path === "" ? [] : parseLibraryPath(path);
  const resolved = segments && resolveSegments([fact, ...segments], scope);
  if (resolved !== undefined && !isPathFault(resolved)) known.set(path, resolved);
  return resolved;
}

function knownOf(fact: string, scope: Scope): OfFact {
  const inScope = facts.get(scope) ?? new Map<string, OfFact>();
  if (inScope.size === 0) facts.set(scope, inScope);
  const known = inScope.get(fact) ?? new Map<string, Path>();
  if (known.size === 0) inScope.set(fact, known);
  return known;
}

/** As the library's own resolver reads a definite path: own properties only, `length` of arrays and texts included. */
export function readLibraryPath(value: unknown, segments: readonly string[]): unknown {
  let found = value;
  for (const segment of segments) {
    if (found === null || found === undefined || found === "" || found instanceof Decimal) return undefined;
    if (!Object.hasOwn(Object(found) as object, segment)) return undefined;
    found = (found as Record<string, unknown>)[segment];
  }
  return found;
}

const arrays = new WeakMap<object, unknown>();

/** What lies deeper decides nothing: a rule file is never deeper, and rows may be deeper than the stack. */
const DEEPEST = 64;

/** The library compares JavaScript numbers: a Decimal, alone or in an array, is one to it. The same array stays the same, since it is equal to itself alone. */
export function plainValue(value: unknown): unknown {
  return plainAt(value, 0);
}

function plainAt(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Decimal) return Number(value.text);
  if (!Array.isArray(value) || !holdsDecimal(value, depth)) return value;
  const known = arrays.get(value);
  if (known !== undefined) return known;
  const plain = value.map((item) => plainAt(item, depth + 1));
  arrays.set(value, plain);
  return plain;
}

function holdsDecimal(value: readonly unknown[], depth: number): boolean {
  if (depth === DEEPEST) return false;
  return value.some((item) => item instanceof Decimal || (Array.isArray(item) && holdsDecimal(item, depth + 1)));
}
