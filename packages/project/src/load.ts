import type { Problem } from "@backstitch/core/rules";
import type { ServiceDefinition } from "@backstitch/core/runtime";
import { compileRules, type Catalogue, type CompiledRuleSet } from "@backstitch/rules";
import { readJson } from "@backstitch/rules/json";
import { resolve } from "node:path";
import { openConnectors } from "./connectors.ts";
import { environmentOf, type Unset } from "./environment.ts";
import { readFolder, type Folder } from "./folder/read-folder.ts";
import { readJournal, type JournalSettings } from "./journal.ts";
import { readManifest } from "./manifest.ts";
import { fileProblem, inOrder } from "./problem.ts";
import { validate } from "./schema/validate.ts";
import { readService, type ReadService } from "./services.ts";
import { readSources, type ConfiguredSource } from "./sources.ts";
import type { Tables } from "./tables.ts";

/** A project, read and valid: everything that a run needs, and nothing opened yet. */
export interface Project {
  /** Absolute. */
  readonly folder: string;
  readonly ruleSet: CompiledRuleSet;
  readonly services: readonly ServiceDefinition[];
  readonly sources: readonly ConfiguredSource[];
  readonly journal: JournalSettings;
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

/**
 * Reads a project's folder. Nothing that a person wrote makes it throw.
 * @param environment What `$env` and `$secret` name, over the folder's `.env`; usually `process.env`.
 * @param options.unset `leave-out`: names that are not set are no problem, and what they would give is absent. @default "problem"
 */
export async function loadProject(
  folder: string,
  tables: Tables,
  environment: Readonly<Record<string, string | undefined>>,
  { unset = "problem" }: { readonly unset?: Unset } = {},
): Promise<LoadedProject> {
  const path = resolve(folder);
  const read = await readFolder(path);
  const variables = environmentOf(environment, read.environment, unset);
  const manifest = readManifest(read.manifest);
  const { located, defaults } = manifest;
  const connectors = await openConnectors(located, path, tables);
  const services: ReadService[] = [];
  for (const file of read.services) services.push(await readService(file, { ...read, connectors, defaults, variables }));
  const sources = readSources(located, { folder: path, tables, variables });
  const journal = readJournal(located, path, variables);
  const rules = compileRules(read, { sources: sources.names, services: catalogueOf(services), validate });

  const parts = [read, manifest, connectors, ...services, sources, journal];
  const inParts = parts.flatMap(({ problems }) => problems);
  const problems = inOrder([...inParts, ...rulesProblems(rules.problems, sources.names), ...noRules(read), ...testProblems(read)]);
  const { ruleSet } = rules;
  const isValid = ruleSet !== undefined && !problems.some(({ severity }) => severity === "error");
  return { project: isValid ? projectOf({ path, ruleSet, services, sources, journal }) : undefined, problems, files: read.files };
}

interface Parts {
  readonly path: string;
  readonly ruleSet: CompiledRuleSet;
  readonly services: readonly ReadService[];
  readonly sources: { readonly sources: readonly ConfiguredSource[] };
  readonly journal: { readonly journal: JournalSettings };
}

function projectOf({ path: folder, ruleSet, services, sources: { sources }, journal: { journal } }: Parts): Project {
  const definitions = services.map(({ definition }) => definition).filter((definition) => definition !== undefined);
  return { folder, ruleSet, services: definitions, sources, journal };
}

/** Where there are no sources at all, that is said once, and not of every rule. */
function rulesProblems(problems: readonly Problem[], sources: readonly string[]): readonly Problem[] {
  return sources.length > 0 ? problems : problems.filter(({ code }) => code !== "RULE_SOURCE_UNKNOWN");
}

function catalogueOf(services: readonly ReadService[]): Catalogue["services"] {
  return new Map(services.map(({ name, connector }) => [name, connector && new Map(Object.entries(connector.actions))]));
}

/** Rule tests are told from rules and must be JSON; what they say is not read here. */
function testProblems({ tests }: Folder): readonly Problem[] {
  return tests.flatMap(({ path, text }) => readJson(path, text).problems);
}

function noRules({ manifest, rules, problems }: Folder): readonly Problem[] {
  if (manifest === undefined || rules.length > 0 || problems.some(({ place }) => place.file.startsWith("rules"))) return [];
  return [fileProblem("rules", "RULES_MISSING", "There are no rules.", 'Write one into the folder "rules": rules/NAME.json')];
}
