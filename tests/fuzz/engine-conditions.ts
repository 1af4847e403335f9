import { Decimal, rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { Random } from "../support/random.ts";
import { chance, pick } from "./mingo-values.ts";

const OPERATORS = [
  "equal",
  "notEqual",
  "in",
  "notIn",
  "contains",
  "doesNotContain",
  "lessThan",
  "lessThanInclusive",
  "greaterThan",
  "greaterThanInclusive",
];
const DECORATORS = ["someFact", "everyFact", "someValue", "everyValue", "swap", "not"];
/** `toString` is not among them: the library throws where it orders an object that has a text of its own that is no text, and here that is no number. */
const NAMES = ["a", "b", "c", "length", "constructor", "a b", "0"];
const USUAL = [
  "$.a",
  "$.b",
  "$.c",
  "a",
  "b.a",
  "$.a.a",
  "$.a.b",
  "$.b.c",
  "$.a[0]",
  "$.a[1]",
  "$.b[0].a",
  "$['a']",
  '$["a b"]',
  "$['a'].b",
];
const UNUSUAL = [
  "$",
  "$.a.length",
  "$.length",
  "$.constructor",
  "$.a.constructor.name",
  "$.toString",
  "$.__proto__",
  "$.nothing",
  "$.a.0",
  "$[0]",
];
const FACTS = ["after", "after", "after", "after", "before", "changed", "key", "operation", "collection"];
const SCALARS: readonly Value[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  2.5,
  10,
  9_007_199_254_740_991,
  "",
  "a",
  "b",
  "ab",
  "1",
  "9",
  "10",
  "5px",
  "-1",
  " 2",
];
/** What JSON text cannot hold, but a row can. */
const ODD: readonly Value[] = [NaN, -0, Infinity, 9_007_199_254_740_993n, Decimal.parse("2.50"), Decimal.parse("1"), "\u0000", "\ud800"];

export function aRow(random: Random, depth = 2): Row {
  const count = random.below(5);
  return rowFrom(Array.from({ length: count }, () => [pick(random, NAMES), aValue(random, depth)] as const));
}

function aValue(random: Random, depth: number): Value {
  const kind = random.below(10);
  if (kind < 6 || depth === 0) return pick(random, SCALARS);
  if (kind === 6) return pick(random, ODD);
  if (kind === 7) return aRow(random, depth - 1);
  return Array.from({ length: random.below(4) }, () => aValue(random, depth - 1));
}

/** A condition of json-rules-engine, as it may stand at the top or anywhere inside. `named`: the names it may refer to. */
export function aGroup(random: Random, depth: number, named: readonly string[]): Value {
  const kind = random.below(10);
  if (kind === 0 && named.length > 0) return { condition: pick(random, named) };
  if (kind < 3) return { not: aNode(random, depth - 1, named) };
  const parts = Array.from({ length: pick(random, [0, 1, 2, 2, 3, 4]) }, () => aNode(random, depth - 1, named));
  return kind < 7 ? { all: parts } : { any: parts };
}

function aNode(random: Random, depth: number, named: readonly string[]): Value {
  const node = depth > 0 && random.below(3) === 0 ? aGroup(random, depth, named) : aLeaf(random);
  return random.below(4) === 0 ? { ...(node as object), priority: pick(random, [-1, 0, 1, 2, 10]) } : node;
}

function aLeaf(random: Random): Value {
  return { ...aFact(random), operator: anOperator(random), value: random.below(4) === 0 ? aFact(random) : aLiteral(random, 2) };
}

function aFact(random: Random): { readonly [name: string]: Value } {
  const fact = pick(random, FACTS);
  return random.below(6) === 0 ? { fact } : { fact, path: pick(random, chance(random, 60) ? USUAL : UNUSUAL) };
}

function anOperator(random: Random): string {
  const decorators = Array.from({ length: pick(random, [0, 0, 0, 1, 1, 2, 3]) }, () => pick(random, DECORATORS));
  return [...decorators, pick(random, OPERATORS)].join(":");
}

function aLiteral(random: Random, depth: number): Value {
  const kind = random.below(8);
  if (kind < 5 || depth === 0) return pick(random, SCALARS);
  if (kind === 5) return { x: aLiteral(random, depth - 1) };
  return Array.from({ length: random.below(4) }, () => aLiteral(random, depth - 1));
}
