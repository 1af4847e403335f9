import type { Validate } from "@backstitch/core/connector";
import type { Guard, Problem } from "@backstitch/core/rules";
import { isRow, type Row, type Value } from "@backstitch/core/values";
import { compileCondition, type CompiledCondition } from "../condition/compile.ts";
import { NO_EXTENSIONS } from "../condition/extensions.ts";
import { lowerCondition } from "../condition/lower.ts";
import type { RuleFile } from "../files.ts";
import { guardFacts } from "../facts/facts.ts";
import { didYouMean, listOf, schemaProblems, valueAt, type Located, type LocatedPath } from "../json/index.ts";
import { GUARD_ROOTS, type Scope } from "../path/resolve-path.ts";
import { hasErrors, newReport, type Report } from "../problems/report.ts";
import { readConditions, readValues } from "../surroundings.ts";
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
  const given = valueAt(located, path);
  report.add(...schemaProblems(located, options.validate(guardsSchema)(given), { code: "GUARD", at: path }));
  const values = readValues(options.values, report);
  const scope: Scope = { roots: GUARD_ROOTS, values: Object.keys(values) };
  const named = readConditions(options.conditions, report);
  const entries = Array.isArray(given) ? (given as readonly Value[]) : [];
  const guards = entries.flatMap((entry, index): CompiledGuard[] => {
    if (!isRow(entry)) return [];
    const at = [...path, index];
    checkActions({ located, report, actions: options.actions }, entry, at);
    const { name, actions, when = true } = entry;
    const condition = lowerCondition({ located, scope, report, named, trail: [], inElement: false, extensions: NO_EXTENSIONS }, when, [
      ...at,
      "when",
    ]);
    return [{ name: typeof name === "string" ? name : "", actions: texts(actions), condition: compileCondition(condition) }];
  });
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

function checkActions(
  { located, report, actions }: { located: Located; report: Report; actions: readonly string[] },
  entry: Row,
  at: LocatedPath,
): void {
  for (const [index, action] of texts(entry["actions"]).entries()) {
    if (actions.includes(action)) continue;
    report.in(located, {
      code: "GUARD_ACTION_UNKNOWN",
      path: [...at, "actions", index],
      message: `There is no action ${JSON.stringify(action)}; the actions are ${listOf(actions)}.`,
      remedy: didYouMean(action, actions),
    });
  }
}

function texts(value: Value | undefined): string[] {
  return Array.isArray(value) ? (value as readonly Value[]).filter((item) => typeof item === "string") : [];
}
