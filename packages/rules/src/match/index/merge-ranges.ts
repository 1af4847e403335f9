import { order } from "../../condition/operators/compare.ts";
import type { Leaf, Node, Numbers, Ordered } from "./node.ts";

/** Two ranges of one field that must both hold are one, as long as something lies in both. */
export function mergeRanges(all: readonly Node[]): readonly Node[] {
  if (all.length < 2 || all.filter(isRange).length < 2) return all;
  const merged: Node[] = [];
  for (const node of all) {
    const at = isRange(node) ? merged.findIndex((other) => isRange(other) && mergeable(other, node)) : -1;
    const other = merged[at];
    if (other === undefined || !isRange(other) || !isRange(node)) merged.push(node);
    else merged[at] = { ...other, lookup: intersection(other.lookup, node.lookup) };
  }
  return merged;
}

interface RangeLeaf extends Leaf {
  readonly lookup: Either;
}

function isRange(node: Node): node is RangeLeaf {
  return node.kind === "leaf" && (node.lookup.by === "number" || node.lookup.by === "text");
}

/** Of several values one may lie in the first range and another in the second: ranges apart from each other stay two. */
function mergeable(one: RangeLeaf, other: RangeLeaf): boolean {
  if (one.field !== other.field || one.lookup.by !== other.lookup.by) return false;
  const { low, high } = intersection(one.lookup, other.lookup);
  return low === undefined || high === undefined || order(low, high) < 0;
}

type Either = Numbers | Ordered;

function intersection(one: Either, other: Either): Either {
  const { low, lowOpen } = tighter(one, other, "low");
  const { high, highOpen } = tighter(one, other, "high");
  const coerces = "coerces" in one && "coerces" in other && (one.coerces || other.coerces);
  return { by: one.by, coerces, low, lowOpen, high, highOpen } as Either;
}

function tighter(one: Either, other: Either, end: "low" | "high"): Either {
  if (one[end] === undefined) return other;
  if (other[end] === undefined) return one;
  const compared = order(one[end], other[end]) * (end === "low" ? 1 : -1);
  if (compared !== 0) return compared > 0 ? one : other;
  return one[`${end}Open`] ? one : other;
}
