import { formatProblem } from "@backstitch/core/rules";
import { openBuilt, secretNamesOf, type BuiltProject } from "@backstitch/project/built";
import type { BuiltOpen } from "../open-project.ts";

/**
 * What a module that `backstitch build` wrote exports: it opens the project with an environment, by default `process.env`. Nothing is connected.
 * @throws Error with every problem of the environment on a line of its own.
 */
export function builtProject(built: BuiltProject): BuiltOpen {
  const open = (environment: Readonly<Record<string, string | undefined>> = process.env) => {
    const { opened, problems } = openBuilt(built, environment);
    if (opened === undefined) throw new Error(`The project has problems.\n${problems.map(formatProblem).join("\n")}`);
    return { ...opened, warnings: built.warnings };
  };
  return Object.assign(open, { secretNames: secretNamesOf(built) });
}
