import { compileWith, type CompiledCondition } from "../condition/compiled-condition.ts";
import { NO_EXTENSIONS } from "../condition/extensions.ts";
import type { Condition } from "../condition/form.ts";
import { withKnownSides } from "../condition/known-sides.ts";
import { lowerCondition, lowerNamed } from "../condition/lower.ts";
import { lowerExpression } from "../condition/lower-expression.ts";
import type { Lowering, NamedConditions } from "../condition/lowering.ts";
import { OPERATORS } from "../condition/operators/index.ts";
import type { Located, LocatedPath } from "../json/index.ts";
import type { Root } from "../path/resolve-path.ts";
import type { Report } from "../problems/report.ts";

/** Where conditions of a file are lowered. */
export interface RoleLowering {
  readonly located: Located;
  readonly report: Report;
  readonly named: NamedConditions;
  /** Names of the files in `values/`. */
  readonly values: readonly string[];
}

/** A condition over `roots`; undefined where nothing is written. */
export function compileIn(
  { values, ...given }: RoleLowering,
  value: unknown,
  at: LocatedPath,
  roots: readonly Root[],
): CompiledCondition | undefined {
  if (value === undefined) return undefined;
  const lowering: Lowering = { ...given, scope: { roots, values }, trail: [], inElement: false, extensions: NO_EXTENSIONS };
  return compiled(lowerCondition({ ...lowering, named: apart(given.named) }, value, at));
}

/** An expression over a document whose fields stand without a root; `roots` are what its right sides may read. */
export function compileQuery(
  { values, ...given }: RoleLowering,
  value: unknown,
  at: LocatedPath,
  roots: readonly Root[],
): CompiledCondition {
  const scope = { roots, values };
  const lowering = { ...given, scope, trail: [], inElement: true, extensions: NO_EXTENSIONS, lowerNamed, lowerExpression };
  return compiled(value === undefined ? { kind: "const", value: true } : lowerExpression(lowering, value, at));
}

function compiled(form: Condition): CompiledCondition {
  return compileWith(OPERATORS, withKnownSides(form));
}

/** What a named condition may read depends on where it is named. */
function apart(named: NamedConditions): NamedConditions {
  return { ...named, lowered: new Map() };
}
