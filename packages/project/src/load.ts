import type { Problem } from "@backstitch/core/rules";
import type { ServiceDefinition } from "@backstitch/core/runtime";
import type { CompiledRuleSet } from "@backstitch/rules";
import { analyse, type KnownData } from "./analyse.ts";
import type { Unset } from "./environment.ts";
import type { GatewaySettings } from "./gateway.ts";
import type { JournalSettings } from "./journal.ts";
import type { ReceiptsSettings } from "./receipts.ts";
import { hasErrors, inOrder } from "./problem.ts";
import { readProject, type TestMistakes } from "./read-project.ts";
import type { ReadService } from "./services.ts";
import type { ConfiguredSource } from "./sources.ts";
import type { Tables } from "./tables.ts";
import type { WebhookDefinition } from "./webhooks.ts";

/** A project, read and valid: everything that a run needs, and nothing opened yet. */
export interface Project {
  /** Absolute. */
  readonly folder: string;
  readonly ruleSet: CompiledRuleSet;
  readonly services: readonly ServiceDefinition[];
  readonly sources: readonly ConfiguredSource[];
  readonly journal: JournalSettings;
  /** Undefined: far sides have nowhere to tell. */
  readonly receipts: ReceiptsSettings | undefined;
  /** Undefined: it has none. */
  readonly gateway: GatewaySettings | undefined;
  /** Sources that the gateway feeds. */
  readonly webhooks: readonly WebhookDefinition[];
}

/** A project, or what keeps it from being one. */
export interface LoadedProject {
  /** Undefined where a problem is an error. */
  readonly project: Project | undefined;
  /** All that is wrong at once, by file, line and column; no text of it holds a secret. */
  readonly problems: readonly Problem[];
  /** Absolute paths of the files that were read and the folders that were listed: what a reload watches. */
  readonly files: readonly string[];
}

interface LoadOptions {
  readonly unset?: Unset;
  readonly tests?: TestMistakes;
  readonly analysis?: KnownData;
  readonly previous?: Project;
}

/**
 * Reads a project's folder. Nothing that a person wrote makes it throw.
 * @param environment What `$env` and `$secret` name, over the folder's `.env`; usually `process.env`.
 * @param options.unset `leave-out`: names that are not set are no problem, and what they would give is absent. @default "problem"
 * @param options.tests `warning`: a mistake in a rule's test keeps nothing from running. @default "problem"
 * @param options.analysis Where nothing is wrong, also looks for what is probably not meant, and warns of it. @default not looked for
 * @param options.previous The project as it was read before: rules that did not change are taken from it. @default none
 */
export async function loadProject(
  folder: string,
  tables: Tables,
  environment: Readonly<Record<string, string | undefined>>,
  { unset = "problem", tests = "problem", analysis, previous }: LoadOptions = {},
): Promise<LoadedProject> {
  const all = await readProject({ folder, tables, environment, unset, tests, previous: previous?.ruleSet });
  const { path, read, rules, services, sources, journal, receipts, gateway, webhooks } = all;
  const { ruleSet } = rules;
  const isValid = ruleSet !== undefined && !hasErrors(all.problems);
  const problems = isValid && analysis !== undefined ? inOrder([...all.problems, ...(await analyse(all, analysis))]) : all.problems;
  return {
    project: isValid ? projectOf({ path, ruleSet, services, sources, journal, receipts, gateway, webhooks }) : undefined,
    problems,
    files: read.files,
  };
}

interface Parts {
  readonly path: string;
  readonly ruleSet: CompiledRuleSet;
  readonly services: readonly ReadService[];
  readonly sources: { readonly sources: readonly ConfiguredSource[] };
  readonly journal: { readonly journal: JournalSettings };
  readonly receipts: { readonly receipts: ReceiptsSettings | undefined };
  readonly gateway: { readonly gateway: GatewaySettings | undefined };
  readonly webhooks: { readonly webhooks: readonly WebhookDefinition[] };
}

function projectOf({
  path: folder,
  ruleSet,
  services,
  sources: { sources },
  journal: { journal },
  receipts: { receipts },
  gateway: { gateway },
  webhooks: { webhooks },
}: Parts): Project {
  const definitions = services.map(({ definition }) => definition).filter((definition) => definition !== undefined);
  return { folder, ruleSet, services: definitions, sources, journal, receipts, gateway, webhooks };
}
