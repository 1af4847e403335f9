import type { Value } from "@backstitch/core/values";
import type { Literal } from "../instant.ts";

/** One way of comparing a value with an operand. */
export interface Operator {
  /** One sentence for people: printed by `explain`, by the docs and by the editor. */
  readonly summary: string;
  /** `each`: the value, and each element where it is an array; one that matches is enough. `whole`: the value alone. */
  readonly reads: "each" | "whole";
  /** The operand is a list, and every item of it must match so. */
  readonly everyItem?: true;
  /** The operand must be written in the file, not read by `$path`. */
  readonly literalOnly?: true;
  /** What a written operand must be, where it is not: `a number`. Items of a list are checked one by one where `everyItem`. */
  readonly wants?: (operand: Literal) => string | undefined;
  /** `undefined` is a missing value. */
  matches(value: Value | undefined, operand: Literal | undefined): boolean;
  /** A faster `matches` for an operand that never changes. */
  prepare?(operand: Literal): (value: Value | undefined) => boolean;
}

/** Operators by name, `$` included. */
export type Operators = ReadonlyMap<string, Operator>;

/** An operator that is true exactly where another is false. */
export interface Negation {
  readonly summary: string;
  readonly negates: string;
}

/** What a change operator looks at: the field before and after, and whether it changed. */
export interface Change {
  readonly before: Value | undefined;
  readonly after: Value | undefined;
  readonly changed: boolean;
}

/** An operator over how a field changed. */
export interface ChangeOperator {
  readonly summary: string;
  /** Whether it needs the values, or only whether the field changed. */
  readonly needs: "values" | "changed";
  readonly literalOnly?: true;
  readonly wants?: (operand: Literal) => string | undefined;
  matches(change: Change, operand: Literal | undefined): boolean;
}
