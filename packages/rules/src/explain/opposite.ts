import type { Condition } from "../condition/form.ts";
import { NEGATIONS, SUMMARIES } from "../condition/operators/index.ts";

/** The operator that says `not` of a test, with its sentence: `$ne` of `$eq`, `$nin` of `$in`, `$exists` of `$exists`. */
export function oppositeOf(condition: Condition): { readonly operator: string; readonly summary: string } | undefined {
  if (condition.kind !== "test") return undefined;
  const [operator] = [...NEGATIONS].find(([, { negates }]) => negates === condition.operator) ?? [];
  const found = condition.operator === "$exists" ? "$exists" : operator;
  return found === undefined ? undefined : { operator: found, summary: SUMMARIES.get(found) ?? "" };
}
