import type { Condition } from "../condition/form.ts";
import { partsOf } from "../condition/size-of.ts";
import { conditionsOf, everyGuard, type Study } from "./study.ts";

export type LeafCondition = Extract<Condition, { kind: "test" | "change" | "library" | "element" | "engine" }>;

/** A test, and the arrays whose elements it is of, from the outside in. */
export interface FoundLeaf {
  readonly leaf: LeafCondition;
  readonly inside: readonly Extract<Condition, { kind: "element" }>[];
}

/** Every test of a condition, those of named conditions included. */
export function* leavesOf(condition: Condition, inside: FoundLeaf["inside"] = []): Iterable<FoundLeaf> {
  switch (condition.kind) {
    case "test":
    case "change":
    case "library":
    case "engine":
      yield { leaf: condition, inside };
      return;
    case "element":
      yield { leaf: condition, inside };
      yield* leavesOf(condition.condition, [...inside, condition]);
      return;
    case "const":
    case "and":
    case "or":
    case "not":
    case "staged":
      for (const part of partsOf(condition)) yield* leavesOf(part, inside);
  }
}

/** The same of every rule and guard, each once however often a named condition is used. */
export function* everyLeaf(study: Study): Iterable<LeafCondition> {
  const seen = new Set<LeafCondition>();
  for (const condition of [...study.rules, ...everyGuard(study)].flatMap(conditionsOf)) {
    for (const { leaf } of leavesOf(condition)) {
      if (!seen.has(leaf)) yield leaf;
      seen.add(leaf);
    }
  }
}
