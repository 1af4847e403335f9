import type { Validate } from "@backstitch/core/connector";
import type { Guard, Problem } from "@backstitch/core/rules";
import { withKnownSides } from "../condition/known-sides.ts";
import { OPERATORS } from "../condition/operators/index.ts";
import type { RuleFile } from "../files.ts";
import { didYouMean, listOf, schemaProblems, valueAt, type Located, type LocatedPath } from "../json/index.ts";
import { hasErrors, newReport, type Report } from "../problems/report.ts";
import { readConditions, readValues } from "../surroundings.ts";
import { lowerGuards, type LoweredGuard } from "./lower-guards.ts";
import { makeGuard, type GuardForm } from "./make-guard.ts";
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
  /** What they were lowered to. */
  readonly forms: readonly GuardForm[];
  readonly problems: readonly Problem[];
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
  const forms = lowered.map(formOf);
  const { problems } = report;
  return { guard: hasErrors(problems) ? undefined : makeGuard(OPERATORS, forms, values), forms, problems };
}

/** Of users, one whom nothing is known of must not pass for what is missing in the arguments; of what rules send nobody asks. */
function formOf({ name, actions, callers, condition }: LoweredGuard): GuardForm {
  return { name, actions, callers, condition: callers.includes("users") ? withKnownSides(condition) : condition };
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
