import type { Value } from "@backstitch/core/values";
import type { TopLevelCondition } from "json-rules-engine";
import type { EngineExtensions } from "./extensions.ts";
import type { Path } from "../path/resolve-path.ts";
import type { Literal } from "./instant.ts";

/** The intermediate form of a condition: what both dialects are lowered to. Readonly plain data; nobody after it sees how a file spelled it. */
export type Condition =
  | { readonly kind: "const"; readonly value: boolean }
  | { readonly kind: "and"; readonly all: readonly Condition[] }
  | { readonly kind: "or"; readonly any: readonly Condition[] }
  | { readonly kind: "not"; readonly condition: Condition }
  | { readonly kind: "test"; readonly path: Path; readonly operator: string; readonly operand: Operand }
  /** Some element of the array at the path meets the condition, whose paths with root `element` are relative to it. `rowsOnly`: an element that is no row does not. */
  | { readonly kind: "element"; readonly path: Path; readonly condition: Condition; readonly rowsOnly?: true }
  /** How a field changed, which `before`, `after` and `changed` decide together. */
  | { readonly kind: "change"; readonly field: readonly string[]; readonly operator: string; readonly operand: Operand }
  | LibraryTest
  | Staged
  | EngineCondition;

/** A leaf of json-rules-engine, with that library's own meaning of paths and operators. */
export interface LibraryTest {
  readonly kind: "library";
  /** The fact, and what `path` reads of it; of a fact that is no object, the fact itself. */
  readonly fact: Path;
  /** With its decorators in front: `everyFact:in`. */
  readonly operator: string;
  readonly operand: { readonly kind: "literal"; readonly value: unknown } | { readonly kind: "fact"; readonly fact: Path };
  /** The library may throw when it asks, and so reject the whole run: the test must be asked wherever the library would ask it. */
  readonly mayReject: boolean;
}

/**
 * A group of json-rules-engine of which a part may be rejected. Stages are asked one after the other, highest priority first, until one decides;
 * of a stage every part is asked. A group that cannot be rejected is an `and` or `or`.
 */
export interface Staged {
  readonly kind: "staged";
  readonly mode: "all" | "any";
  readonly stages: readonly (readonly Condition[])[];
}

/** Decided by json-rules-engine itself, since a developer's own fact or operator takes part. */
export interface EngineCondition {
  readonly kind: "engine";
  readonly conditions: TopLevelCondition;
  /** The named conditions that it refers to, directly or not. */
  readonly named: ReadonlyMap<string, TopLevelCondition>;
  /** Every path that a leaf reads: one that was not sent makes it undecided. */
  readonly reads: readonly Path[];
  readonly extensions: EngineExtensions;
}

/** The right side of a test. */
export type Operand =
  | { readonly kind: "literal"; readonly value: Value }
  /** Written too, with moments in it: texts that look otherwise are equal to them. */
  | { readonly kind: "dated"; readonly value: Literal }
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "list"; readonly items: readonly Operand[] };
