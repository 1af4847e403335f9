import type { Field } from "./field.ts";
import type { Leaf, Lookup, Node, Numbers, Ordered } from "./node.ts";

/** How many different things the rules look for in a field: what few look for, few events hold. */
interface Known {
  readonly values: number;
  readonly texts: number;
  readonly low: number;
  readonly high: number;
}

/** Says of a node how large a part of all events it lets through, 0 to 1 and beyond. Infinity: it cannot be looked up. */
export type Cost = (node: Node) => number;

interface Counting {
  readonly values: Set<unknown>;
  readonly texts: Set<string>;
  low: number;
  high: number;
}

/** Counts what all the trees look for. */
export function costs(trees: Iterable<readonly Node[]>): Cost {
  const counting = new Map<Field, Counting>();
  for (const nodes of trees) for (const node of nodes) count(node, counting);
  const known = new Map<Field, Known>();
  for (const [field, { values, texts, low, high }] of counting) known.set(field, { values: values.size, texts: texts.size, low, high });
  const cost: Cost = (node) => {
    switch (node.kind) {
      case "unknown":
        return Infinity;
      case "all":
        return node.of.reduce((least, part) => Math.min(least, cost(part)), Infinity);
      case "any":
        return node.of.reduce((sum, part) => sum + cost(part), 0);
      case "leaf":
        return costOf(node, known.get(node.field));
    }
  };
  return cost;
}

function count(node: Node, counting: Map<Field, Counting>): void {
  if (node.kind === "unknown") return;
  if (node.kind !== "leaf") return node.of.forEach((part) => count(part, counting));
  let known = counting.get(node.field);
  if (known === undefined) {
    known = { values: new Set(), texts: new Set(), low: Infinity, high: -Infinity };
    counting.set(node.field, known);
  }
  countLookup(node.lookup, known);
}

function countLookup(lookup: Lookup, known: Counting): void {
  if (lookup.by === "value") for (const key of lookup.keys) known.values.add(key);
  else if (lookup.by === "number") {
    const { low, high } = lookup;
    known.low = Math.min(known.low, low ?? Infinity, high ?? Infinity);
    known.high = Math.max(known.high, low ?? -Infinity, high ?? -Infinity);
  } else if (lookup.by !== "text") for (const text of lookup.texts) known.texts.add(text);
}

const NOT_COUNTED: Known = { values: 1, texts: 1, low: 0, high: 0 };
/** Whatever is known: half of all events are on one side of a border. */
const ONE_SIDE = 0.5;
const TWO_SIDES = 0.3;
/** Every place of a text is looked at, and its parts are where they are by chance. */
const ANYWHERE = 0.05;

function costOf({ lookup }: Leaf, known: Known = NOT_COUNTED): number {
  if (lookup.by === "value") return valuesCost(lookup.keys, known.values);
  if (lookup.by === "number" || lookup.by === "text") return rangeCost(lookup, known);
  const chance = lookup.texts.length / Math.max(known.texts, lookup.texts.length);
  return chance + (lookup.by === "start" ? 0 : lookup.by === "end" ? 0.001 : ANYWHERE);
}

/** A field that is missing or a truth value says little. */
function valuesCost(keys: readonly unknown[], different: number): number {
  const chance = keys.length / Math.max(different, keys.length, 1);
  return keys.some((key) => key === null || typeof key === "boolean") ? Math.max(chance, ONE_SIDE) : chance;
}

function rangeCost({ by, low, high }: Numbers | Ordered, known: Known): number {
  if (low === undefined || high === undefined) return ONE_SIDE;
  if (by === "text" || known.low >= known.high) return TWO_SIDES;
  return Math.min(TWO_SIDES, (high - low) / (known.high - known.low) + 0.001);
}
