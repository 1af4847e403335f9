import { resolve } from "node:path";
import { formatProblem, type Problem } from "@backstitch/core/rules";
import { openService, type Service, type Services } from "@backstitch/core/runtime";
import { loadProject, validateRendered, type Project, type Tables } from "@backstitch/project";
import { Quit } from "./quit.ts";
import { count } from "./words.ts";

/** Reads and checks a project's folder. Warnings are printed, among them the mistakes of tests. @throws Quit with all problems at once, each on its own line. */
export async function openProject(
  folder: string,
  tables: Tables,
  environment: NodeJS.ProcessEnv,
  options: Parameters<typeof loadProject>[3] = {},
): Promise<Project> {
  const { project, problems } = await loadProject(resolve(folder), tables, environment, { tests: "warning", ...options });
  if (project === undefined) throw new Quit(describeProblems(problems));
  if (problems.length > 0) console.error(describeProblems(problems));
  return project;
}

/** Every problem on a line of its own, then how many there are. */
export function describeProblems(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  const counted = [...(errors > 0 ? [count(errors, "problem")] : []), ...(warnings > 0 ? [count(warnings, "warning")] : [])];
  return `${problems.map(formatProblem).join("\n")}\n${counted.join(", ")}.`;
}

/** Opens the project's services; nothing is connected until a delivery needs it. */
export function openServices(project: Project): Services {
  const opened = project.services.map((definition): [string, Service] => [definition.name, openService(definition, validateRendered)]);
  return new Map(opened);
}
