import type { Validate } from "@backstitch/core/connector";
import type { Guard, Problem } from "@backstitch/core/rules";
import type { Row } from "@backstitch/core/values";
import { compileCondition, type CompiledCondition } from "../condition/compile.ts";
import type { RuleFile } from "../files.ts";
import { guardFacts } from "../facts/facts.ts";
import { didYouMean, listOf, schemaProblems, valueAt, type Located, type LocatedPath } from "../json/index.ts";
import { hasErrors, newReport, type Report } from "../problems/report.ts";
import { readConditions, readValues } from "../surroundings.ts";
import { lowerGuards, type LoweredGuard } from "./lower-guards.ts";
import { guardsSchema } from "./schema.ts";

export interface GuardOptions {
  readonly conditions: readonly RuleFile[];
  readonly values: readonly RuleFile[];
  /** Names of the service's actions. */
  readonly actions: readonly string[];
  readonly validate: Validate;
}

export interface CompiledGuards {
  /** Undefined where one of the problems is an error. */
  readonly guard: Guard | undefined;
  readonly problems: readonly Problem[];
}

interface CompiledGuard {
  readonly name: string;
  readonly actions: readonly string[];
  readonly condition: CompiledCondition;
}

/**
 * Compiles the `guards` of a service file into one guard: an action is permitted where at least one of them lists it and
 * its condition is true. A list without a guard denies everything.
 */
export function compileGuards(located: Located, path: LocatedPath, options: GuardOptions): CompiledGuards {
  const report = newReport();
  report.add(...schemaProblems(located, options.validate(guardsSchema)(valueAt(located, path)), { code: "GUARD", at: path }));
  const values = readValues(options.values, report);
  const named = readConditions(options.conditions, report);
  const lowered = lowerGuards({ located, report, named, values: Object.keys(values) }, path);
  for (const guard of lowered) checkActions(guard, options.actions, report);
  const guards = lowered.map(({ condition, ...guard }): CompiledGuard => ({ ...guard, condition: compileCondition(condition) }));
  return { guard: hasErrors(report.problems) ? undefined : guardOf(guards, values), problems: report.problems };
}

function guardOf(guards: readonly CompiledGuard[], values: Row): Guard {
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

function checkActions({ located, at, actions: listed }: LoweredGuard, actions: readonly string[], report: Report): void {
  for (const [index, action] of listed.entries()) {
    if (actions.includes(action)) continue;
    report.in(located, {
      code: "GUARD_ACTION_UNKNOWN",
      path: [...at, "actions", index],
      message: `There is no action ${JSON.stringify(action)}; the actions are ${listOf(actions)}.`,
      remedy: didYouMean(action, actions),
    });
  }
}
