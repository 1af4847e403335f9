import type { Located, LocatedPath } from "../json/index.ts";
import type { Condition } from "./form.ts";

/** Where a condition, or a part of one, was written. */
export interface Mark {
  readonly located: Located;
  readonly at: LocatedPath;
}

/** A list of conditions as it was written: what is lowered forgets how many there were. */
export interface WrittenGroup extends Mark {
  /** `$or`, `any`. */
  readonly key: string;
  readonly parts: number;
}

/** Gathered while conditions are lowered, for what is said of them afterwards. */
export interface Marks {
  readonly places: WeakMap<Condition, Mark>;
  readonly groups: WrittenGroup[];
  /** What stands for a named condition where it is referred to → the name. */
  readonly references: WeakMap<Condition, string>;
}

export function newMarks(): Marks {
  return { places: new WeakMap(), groups: [], references: new WeakMap() };
}

interface Marking {
  readonly located: Located;
  readonly marks?: Marks | undefined;
}

/** Remembers where a condition stands; the innermost place counts, which is said first. */
export function marked(lowering: Marking, condition: Condition, at: LocatedPath): Condition {
  const { marks, located } = lowering;
  if (marks !== undefined && !marks.places.has(condition)) marks.places.set(condition, { located, at });
  return condition;
}

/** Remembers a list of conditions. */
export function markedGroup(lowering: Marking, parts: number, at: LocatedPath): void {
  lowering.marks?.groups.push({ located: lowering.located, at, key: String(at.at(-1)), parts });
}

/** What is shared under a name gets a node of its own where it is referred to. */
// oxlint-disable-next-line max-params -- what is referred to, by which name and where
export function markedReference(lowering: Marking, condition: Condition, name: string, at: LocatedPath): Condition {
  if (lowering.marks === undefined) return condition;
  const reference = marked(lowering, { kind: "and", all: [condition] }, at);
  lowering.marks.references.set(reference, name);
  return reference;
}
