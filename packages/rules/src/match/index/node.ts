import type { Field } from "./field.ts";

/**
 * What an index knows of a condition: a necessary one. Where the condition is true, undecided or fails, so says its tree.
 * `unknown`: nothing can be looked up. An `any` of none is never true.
 */
export type Node =
  | { readonly kind: "unknown" }
  | { readonly kind: "all"; readonly of: readonly Node[] }
  | { readonly kind: "any"; readonly of: readonly Node[] }
  | Leaf;

/** A test that an index finds by what an event holds at a field. */
export interface Leaf {
  readonly kind: "leaf";
  readonly field: Field;
  readonly lookup: Lookup;
}

export type Lookup = Values | Numbers | Ordered | Texts;

/** The value is one of these; see `keyOf`. */
export interface Values {
  readonly by: "value";
  /** At least one. */
  readonly keys: readonly Key[];
}

/** The value lies between two others; an end that is undefined is open to all sides. */
export interface Range<Point> {
  readonly low: Point | undefined;
  readonly high: Point | undefined;
  /** Whether the end itself is outside. */
  readonly lowOpen: boolean;
  readonly highOpen: boolean;
}

export interface Numbers extends Range<number> {
  readonly by: "number";
  /** Whether texts and whatever else JavaScript makes a number of may lie there, too. */
  readonly coerces: boolean;
}

/** Texts as databases order them. */
export interface Ordered extends Range<string> {
  readonly by: "text";
}

/** The value is a text with one of these at its start, its end or anywhere. `folded`: in small letters, and looked for in small letters. */
export interface Texts {
  readonly by: "start" | "end" | "part" | "folded";
  readonly texts: readonly string[];
}

export type Key = string | number | bigint | boolean | null;

/** No value has it: a test that nothing meets lies there, since it may still be undecided. */
export const NO_KEYS: readonly Key[] = [NaN];

export const UNKNOWN: Node = { kind: "unknown" };
export const NEVER: Node = { kind: "any", of: [] };

/** The parts that must all hold, groups within groups dissolved. */
export function conjuncts(node: Node): readonly Node[] {
  if (node.kind !== "all") return [node];
  return node.of.some(({ kind }) => kind === "all") ? node.of.flatMap(conjuncts) : node.of;
}
