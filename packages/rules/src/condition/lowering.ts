import type { EngineExtensions } from "./extensions.ts";
import type { Located, LocatedPath } from "../json/index.ts";
import type { Scope } from "../path/resolve-path.ts";
import type { Finding, Report } from "../problems/report.ts";
import type { Condition } from "./form.ts";

/** What lowering a condition needs to know of where it stands. */
export interface Lowering {
  readonly located: Located;
  readonly scope: Scope;
  readonly report: Report;
  readonly named: NamedConditions;
  /** Names of the conditions that led here: one of them again is a cycle. */
  readonly trail: readonly string[];
  /** Inside `$elemMatch`: paths are relative to the element. */
  readonly inElement: boolean;
  readonly extensions: EngineExtensions;
}

/** Lowers a named condition; given from outside, since named conditions may be of either dialect. */
export interface NamedLowering extends Lowering {
  lowerNamed(lowering: Lowering, name: string, at: At): Condition;
}

/** The files of `conditions/`, by name. */
export interface NamedConditions {
  readonly names: readonly string[];
  /** Undefined where there is no such file or it cannot be read. */
  file(name: string): Located | undefined;
  /** What was lowered for a name in this scope, once. */
  readonly lowered: Map<string, Condition>;
}

/** A condition that takes longer than this to decide is a mistake. */
export const MOST_NODES = 10_000;
/** Longer chains of named conditions are mistakes, and would overflow the stack. */
export const LONGEST_TRAIL = 50;

/** Stands for what could not be lowered: a problem was reported. */
export const NEVER: Condition = { kind: "const", value: false };

export function complain(lowering: Lowering, finding: Finding): Condition {
  lowering.report.in(lowering.located, finding);
  return NEVER;
}

export function conjunction(all: readonly Condition[]): Condition {
  const [only] = all;
  if (all.length === 0) return { kind: "const", value: true };
  return all.length === 1 && only !== undefined ? only : { kind: "and", all };
}

export function disjunction(any: readonly Condition[]): Condition {
  const [only] = any;
  return any.length === 1 && only !== undefined ? only : { kind: "or", any };
}

export function negation(condition: Condition): Condition {
  return { kind: "not", condition };
}

export type At = LocatedPath;
