import type { AnyConnector } from "@backstitch/core/connector";
import { formatProblem, type RuleSet } from "@backstitch/core/rules";
import { openService, type Service, type ServiceDefinition, type Services } from "@backstitch/core/runtime";
import { loadProject, validateRendered } from "@backstitch/project";
import { lambdaSources } from "./sources.ts";

export interface OpenProjectOptions {
  /** The connectors that service files may name, each loaded when one does. */
  readonly connectors: { readonly [type: string]: () => Promise<AnyConnector> };
  /** What `$env` and `$secret` name. @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A project's folder, read once at cold start. */
export interface OpenProject {
  readonly rules: RuleSet;
  /** Nothing is connected until a delivery needs it. */
  readonly services: Services;
  /** Problems that keep nothing from working, each a line. */
  readonly warnings: readonly string[];
}

/**
 * Reads a project's folder: `backstitch.json` gives each source the type `dynamodb-stream`, `kinesis-stream`, `sqs-queue` or `eventbridge-rule`; services, rules and the rest are as anywhere.
 * @throws Error with every problem on a line of its own, and where rules have limits that a journal is asked of.
 */
export async function openProject(folder: string, { connectors, environment = process.env }: OpenProjectOptions): Promise<OpenProject> {
  const { project, problems } = await loadProject(folder, { connectors, sources: lambdaSources }, environment, {
    tests: "warning",
  });
  const lines = problems.map(formatProblem);
  if (project === undefined) throw new Error(`The project in ${folder} has problems.\n${lines.join("\n")}`);
  const limited = project.ruleSet.rules.filter(({ enabled, limited }) => enabled && limited).map(({ name }) => notCounted(name));
  if (limited.length > 0) throw new Error(`The project in ${folder} asks for what Lambda cannot do.\n${limited.join("\n")}`);
  const services = project.services.map((definition): [string, Service] => [definition.name, openService(definition, validateRendered)]);
  return { rules: project.ruleSet, services: new Map(services), warnings: [...lines, ...project.services.flatMap(limitsNotKept)] };
}

/** Every invocation may be a process of its own: none knows what the others send. */
function limitsNotKept({ name, limits }: ServiceDefinition): readonly string[] {
  if (limits === undefined) return [];
  return [`services/${name}.json: "limits" are not kept by Lambda; bound the function's concurrency, and the service's.`];
}

/** More than the rule says would be sent: no invocation knows what the others send. */
function notCounted(rule: string): string {
  return `rules/${rule}.json: "limits" of a rule are counted in a journal, and Lambda has none. Remove all but "hops", or run the rule with "backstitch run".`;
}
