import type { AnyConnector } from "@backstitch/core/connector";
import { formatProblem, type RuleSet } from "@backstitch/core/rules";
import { openService, type Service, type Services } from "@backstitch/core/runtime";
import { openWithSecrets } from "./secrets/open-with.ts";
import type { SecretsOptions } from "./secrets/store.ts";

export interface OpenProjectOptions {
  /** The connectors that service files may name, each loaded when one does. */
  readonly connectors: { readonly [type: string]: () => Promise<AnyConnector> };
  /** What `$env` and `$secret` name. @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where what `$secret` names is kept, but for what the environment gives. @default the environment alone */
  readonly secrets?: SecretsOptions;
  /** There is a journal, as for `receiptsHandler`: what rules ask of one is no problem. @default false */
  readonly journal?: boolean;
}

/** A project's folder, read once at cold start. */
export interface OpenProject {
  readonly rules: RuleSet;
  /** Nothing is connected until a delivery needs it. */
  readonly services: Services;
  /** Problems that keep nothing from working, each a line. */
  readonly warnings: readonly string[];
}

/** What `backstitch build` makes of a project: opens it with an environment. */
export type BuiltOpen = ((environment?: Readonly<Record<string, string | undefined>>) => OpenProject) & {
  /** What its services give by `$secret`. */
  readonly secretNames: readonly string[];
};

/**
 * Reads a project's folder: `backstitch.json` gives each source the type `dynamodb-stream`, `kinesis-stream`, `sqs-queue` or `eventbridge-rule`; services, rules and the rest are as anywhere.
 * @throws Error with every problem on a line of its own, and where rules have limits that a journal is asked of.
 * @throws SecretsMissing (an Error) with a line for each secret that is not to be had from where `secrets` says.
 */
export async function openProject(folder: string, options: OpenProjectOptions): Promise<OpenProject> {
  const { environment = process.env, secrets } = options;
  const open = (given: typeof environment): Promise<OpenProject> => openFolder(folder, options, given);
  if (secrets === undefined) return open(environment);
  const { secretNames } = await import("@backstitch/project");
  return openWithSecrets({ options: secrets, environment, names: await secretNames(folder), open });
}

async function openFolder(
  folder: string,
  { connectors, journal = false }: OpenProjectOptions,
  environment: NonNullable<OpenProjectOptions["environment"]>,
): Promise<OpenProject> {
  // The parsers of rule files come with it, which a built project never needs.
  const { lambdaSources, loadProject, validateRendered, withoutJournal } = await import("@backstitch/project");
  const { project, problems } = await loadProject(folder, { connectors, sources: lambdaSources }, environment, {
    tests: "warning",
  });
  const lines = problems.map(formatProblem);
  if (project === undefined) throw new Error(`The project in ${folder} has problems.\n${lines.join("\n")}`);
  const { refused, ignored } = journal ? { refused: [], ignored: [] } : withoutJournal(project.ruleSet.rules, project.services);
  if (refused.length > 0) throw new Error(`The project in ${folder} asks for what Lambda cannot do.\n${refused.join("\n")}`);
  const services = project.services.map((definition): [string, Service] => [definition.name, openService(definition, validateRendered)]);
  return { rules: project.ruleSet, services: new Map(services), warnings: [...lines, ...ignored] };
}
