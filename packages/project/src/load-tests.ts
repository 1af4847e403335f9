import type { Problem } from "@backstitch/core/rules";
import type { TestedRules } from "@backstitch/rules/rule-test";
import { hasErrors } from "./problem.ts";
import { readProject } from "./read-project.ts";
import type { Tables } from "./tables.ts";

/** A project's rules with their tests, or what keeps them from being run. */
export interface LoadedTests {
  /** Undefined where a problem is an error. */
  readonly tested: TestedRules | undefined;
  readonly problems: readonly Problem[];
}

/** Reads a project's folder for its tests: nothing that a secret or a variable would give is needed. Nothing that a person wrote makes it throw. */
export async function loadTests(
  folder: string,
  tables: Tables,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<LoadedTests> {
  const {
    read: files,
    catalogue,
    tests,
    problems,
  } = await readProject({ folder, tables, environment, unset: "leave-out", tests: "problem", previous: undefined });
  return { tested: hasErrors(problems) ? undefined : { files, catalogue, tests }, problems };
}
