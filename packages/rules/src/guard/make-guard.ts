import type { Guard } from "@backstitch/core/rules";
import type { Row } from "@backstitch/core/values";
import { compileWith, type CompiledCondition } from "../condition/compiled-condition.ts";
import type { Condition } from "../condition/form.ts";
import type { Operators } from "../condition/operators/operator.ts";
import { guardFacts } from "../facts/facts.ts";
import { listOf } from "../json/did-you-mean.ts";

/** The intermediate form of a guard. */
export interface GuardForm {
  readonly name: string;
  /** Those that it permits. */
  readonly actions: readonly string[];
  readonly condition: Condition;
}

/** Makes one guard of those of a service. @param values The files of `values/`. */
export function makeGuard(operators: Operators, forms: readonly GuardForm[], values: Row): Guard {
  const guards = forms.map(({ condition, ...guard }) => ({ ...guard, condition: compileWith(operators, condition) }));
  return {
    permits(action, args) {
      const candidates = guards.filter(({ actions }) => actions.includes(action));
      const facts = guardFacts(action, args, values);
      const permitting = candidates.find(({ condition }) => holds(condition, facts));
      if (permitting !== undefined) return { by: permitting.name };
      if (candidates.length === 0) return { deniedBecause: `No guard lists the action ${JSON.stringify(action)}.` };
      return {
        deniedBecause: `None of the guards that list ${JSON.stringify(action)} permits these arguments: ${listOf(candidates.map(({ name }) => name))}.`,
      };
    },
  };
}

/** A condition that fails permits nothing. */
function holds(condition: CompiledCondition, facts: ReturnType<typeof guardFacts>): boolean {
  try {
    return condition.decide(facts) === true;
  } catch {
    return false;
  }
}
