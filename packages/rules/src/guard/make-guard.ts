import type { Guard } from "@backstitch/core/rules";
import type { Row } from "@backstitch/core/values";
import { compileWith, type CompiledCondition } from "../condition/compiled-condition.ts";
import type { Condition } from "../condition/form.ts";
import type { Operators } from "../condition/operators/operator.ts";
import { callFacts } from "../facts/facts.ts";
import { whyDenied } from "./why-denied.ts";

/** Who asks for an action: `rules`, by what they send, or a user who is logged in. */
export type Caller = "rules" | "users";

/** The intermediate form of a guard. */
export interface GuardForm {
  readonly name: string;
  /** Those that it permits. */
  readonly actions: readonly string[];
  /** Whose calls of them. */
  readonly callers: readonly Caller[];
  readonly condition: Condition;
}

/** Makes one guard of those of a service. @param values The files of `values/`. */
export function makeGuard(operators: Operators, forms: readonly GuardForm[], values: Row): Guard {
  const compiled = new Map<Condition, CompiledCondition>();
  const conditionOf = (form: Condition): CompiledCondition => {
    const condition = compiled.get(form) ?? compileWith(operators, form);
    compiled.set(form, condition);
    return condition;
  };
  const guards = forms.map(({ condition, ...guard }) => ({ ...guard, condition: conditionOf(condition) }));
  return {
    permits(action, args, user) {
      const caller: Caller = user === undefined ? "rules" : "users";
      const listing = guards.filter(({ actions }) => actions.includes(action));
      const candidates = listing.filter(({ callers }) => callers.includes(caller));
      const facts = callFacts(action, args, values, user);
      const permitting = candidates.find(({ condition }) => holds(condition, facts));
      if (permitting !== undefined) return { by: permitting.name };
      if (listing.length === 0) return { deniedBecause: `No guard lists the action ${JSON.stringify(action)}.` };
      if (candidates.length === 0)
        return { deniedBecause: `No guard that lists ${JSON.stringify(action)} has ${JSON.stringify(caller)} among its callers.` };
      const isTrue = (part: Condition): boolean => holds(conditionOf(part), facts);
      const whys = candidates.map(({ name, condition }) => `${JSON.stringify(name)} (${whyDenied(condition.form, isTrue)})`);
      return {
        deniedBecause: `None of the guards that list ${JSON.stringify(action)} permits these arguments: ${whys.join("; ")}.`,
      };
    },
  };
}

/** A condition that fails permits nothing. */
function holds(condition: CompiledCondition, facts: ReturnType<typeof callFacts>): boolean {
  try {
    return condition.decide(facts) === true;
  } catch {
    return false;
  }
}
