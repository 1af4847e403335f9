import type { Value } from "@backstitch/core/values";
import type { TopLevelCondition } from "json-rules-engine";
import type { Path } from "../path/resolve-path.ts";

/** The intermediate form of a condition: what both dialects are lowered to. Readonly plain data; nobody after it sees how a file spelled it. */
export type Condition =
  | { readonly kind: "const"; readonly value: boolean }
  | { readonly kind: "and"; readonly all: readonly Condition[] }
  | { readonly kind: "or"; readonly any: readonly Condition[] }
  | { readonly kind: "not"; readonly condition: Condition }
  | { readonly kind: "test"; readonly path: Path; readonly operator: string; readonly operand: Operand }
  /** Some element of the array at the path meets the condition, whose paths with root `element` are relative to it. */
  | { readonly kind: "element"; readonly path: Path; readonly condition: Condition }
  /** How a field changed, which `before`, `after` and `changed` decide together. */
  | { readonly kind: "change"; readonly field: readonly string[]; readonly operator: string; readonly operand: Operand }
  | EngineCondition;

/** Decided by json-rules-engine. */
export interface EngineCondition {
  readonly kind: "engine";
  readonly conditions: TopLevelCondition;
  /** The named conditions that it refers to, directly or not. */
  readonly named: ReadonlyMap<string, TopLevelCondition>;
  /** Names of the facts it reads. */
  readonly facts: readonly string[];
  /** Every path that a leaf reads: one that was not sent makes it undecided. */
  readonly reads: readonly Path[];
}

/** The right side of a test. */
export type Operand =
  | { readonly kind: "literal"; readonly value: Value }
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "list"; readonly items: readonly Operand[] };
