import type { EngineExtensions } from "./extensions.ts";
import type { Value } from "@backstitch/core/values";
import type { Located, LocatedPath } from "../json/index.ts";
import type { Scope } from "../path/resolve-path.ts";
import type { Finding, Report } from "../problems/report.ts";
import type { Condition } from "./form.ts";
import type { Marks } from "./marks.ts";

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
  /** Gathers where everything stands. Undefined: nobody will ask, and rules are many. */
  readonly marks?: Marks | undefined;
}

/** Lowers what leads back to the beginning; given from outside: named conditions may be of either dialect, and elements of fields have expressions. */
export interface NamedLowering extends Lowering {
  lowerNamed(lowering: Lowering, name: string, at: At): Condition;
  lowerExpression(lowering: NamedLowering, value: Value, at: At): Condition;
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
const LONGEST_TRAIL = 50;

/** Why a condition cannot be named here: it led here itself, or too many did. */
export function endlessTrail({ trail }: Lowering, name: string): Omit<Finding, "path"> | undefined {
  if (trail.includes(name)) {
    const circle = [...trail.slice(trail.indexOf(name)), name].map((step) => JSON.stringify(step)).join(" → ");
    return { code: "RULE_CONDITION_CYCLE", message: `The condition refers to itself: ${circle}.` };
  }
  if (trail.length < LONGEST_TRAIL) return undefined;
  return { code: "RULE_CONDITION_TOO_LARGE", message: `Conditions name each other more than ${LONGEST_TRAIL} deep.` };
}

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
