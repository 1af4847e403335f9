import type { Problem } from "@backstitch/core/rules";
import { compileRules, isTurnPath, type Catalogue, type CompiledRules, type CompiledRuleSet } from "@backstitch/rules";
import { valueAt, type Located } from "@backstitch/rules/json";
import { readRuleTests, type RuleTestFile } from "@backstitch/rules/rule-test";
import { resolve } from "node:path";
import { openConnectors } from "./connectors.ts";
import { environmentOf, type Unset } from "./environment.ts";
import { readFolder, type Folder } from "./folder/read-folder.ts";
import { readGateway } from "./gateway.ts";
import { readJournal } from "./journal.ts";
import { readManifest } from "./manifest.ts";
import { asWarning, fileProblem, inOrder } from "./problem.ts";
import { validate } from "./schema/validate.ts";
import { readReceipts } from "./receipts.ts";
import { readService, type ReadService } from "./services.ts";
import { readSources } from "./sources.ts";
import type { Tables } from "./tables.ts";
import { readWebhooks } from "./webhooks.ts";

export interface ReadProjectOptions {
  readonly folder: string;
  readonly tables: Tables;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly unset: Unset;
  readonly tests: TestMistakes;
  /** What may be taken over where it did not change. */
  readonly previous: CompiledRuleSet | undefined;
}

/** What a mistake in a rule's test is: nothing that runs needs the tests. */
export type TestMistakes = "problem" | "warning";

/** Everything that a project's folder says, and all that is wrong with it. */
export interface ReadProject {
  /** Absolute. */
  readonly path: string;
  readonly read: Folder;
  readonly catalogue: Catalogue;
  readonly rules: CompiledRules;
  readonly tests: readonly RuleTestFile[];
  readonly services: readonly ReadService[];
  readonly sources: ReturnType<typeof readSources>;
  readonly journal: ReturnType<typeof readJournal>;
  readonly receipts: ReturnType<typeof readReceipts>;
  readonly gateway: ReturnType<typeof readGateway>;
  readonly webhooks: ReturnType<typeof readWebhooks>;
  readonly problems: readonly Problem[];
}

export async function readProject(options: ReadProjectOptions): Promise<ReadProject> {
  const { folder, tables, environment, unset, tests: mistakes, previous } = options;
  const path = resolve(folder);
  const read = await readFolder(path);
  const variables = environmentOf(environment, read.environment, unset);
  const manifest = readManifest(read.manifest, read.webhooks.length > 0);
  const { located, defaults } = manifest;
  const connectors = await openConnectors(located, path, tables);
  const receipts = readReceipts(located, variables);
  const services: ReadService[] = [];
  for (const file of read.services)
    services.push(await readService(file, { ...read, connectors, defaults, variables, receipts: receipts.receipts }));
  const sources = readSources(located, { folder: path, tables, variables });
  const journal = readJournal(located, path, variables);
  const catalogueServices = catalogueOf(services);
  const gateway = readGateway(located, { ...read, sources: sources.sources, services: catalogueServices }, variables);
  const webhooks = webhooksOf(read, { located, sources: sources.names, gateway: gateway.gateway, environment: variables });
  const names = [...sources.names, ...webhooks.names];
  const catalogue: Catalogue = {
    sources: names,
    services: catalogueServices,
    links: linksOf(services),
    turns: turnsOf(services),
    validate,
  };
  const rules = compileRules(read, catalogue, previous);
  const tests = readRuleTests(read.tests, { rules: summariesOf(read, rules.ruleSet), validate });
  const parts = [read, manifest, connectors, ...services, sources, journal, receipts, gateway, webhooks];
  const inTests = mistakes === "warning" ? tests.problems.map(asWarning) : tests.problems;
  const inParts = [...parts.flatMap(({ problems }) => problems), ...inTests];
  const problems = inOrder([...inParts, ...rulesProblems(rules.problems, names), ...noRules(read)]);
  return { path, read, catalogue, rules, tests: tests.tests, services, sources, journal, receipts, gateway, webhooks, problems };
}

interface WebhooksAmid extends Pick<Parameters<typeof readWebhooks>[1], "sources" | "gateway" | "environment"> {
  readonly located: Located | undefined;
}

/** Of a folder without a readable `backstitch.json` nobody can say what it lacks. */
function webhooksOf({ webhooks }: Folder, { located, ...amid }: WebhooksAmid): ReturnType<typeof readWebhooks> {
  const hasGateway = located === undefined || valueAt(located, ["gateway"]) !== undefined;
  return readWebhooks(webhooks, { ...amid, hasGateway });
}

/** Every rule that has a file; what it says is known where all of them are right. */
function summariesOf({ rules }: Folder, ruleSet: CompiledRuleSet | undefined): Parameters<typeof readRuleTests>[1]["rules"] {
  const known = new Map(ruleSet?.rules.map((rule) => [rule.name, rule]));
  const names = rules.map(({ path }) => path.slice("rules/".length, -".json".length));
  return new Map(names.map((name) => [name, known.get(name)]));
}

/** Where there are no sources at all, that is said once, and not of every rule. */
function rulesProblems(problems: readonly Problem[], sources: readonly string[]): readonly Problem[] {
  return sources.length > 0 ? problems : problems.filter(({ code }) => code !== "RULE_SOURCE_UNKNOWN");
}

function catalogueOf(services: readonly ReadService[]): Catalogue["services"] {
  return new Map(services.map(({ name, connector }) => [name, connector && new Map(Object.entries(connector.actions))]));
}

function linksOf(services: readonly ReadService[]): NonNullable<Catalogue["links"]> {
  return new Map(services.flatMap(({ name, connector }) => (connector?.link === undefined ? [] : [[name, connector.link] as const])));
}

/** Where deliveries take turns by what their event holds: that is read as they are made. */
function turnsOf(services: readonly ReadService[]): NonNullable<Catalogue["turns"]> {
  const paths = services.map(({ name, definition }) => [name, definition?.limits?.per] as const);
  return new Map(paths.flatMap(([name, per]) => (per !== undefined && isTurnPath(per) ? [[name, per] as const] : [])));
}

/** A project may be there for its collections alone. */
function noRules({ manifest, rules, collections, problems }: Folder): readonly Problem[] {
  if (manifest === undefined || rules.length > 0 || collections.length > 0 || problems.some(({ place }) => place.file.startsWith("rules")))
    return [];
  return [fileProblem("rules", "RULES_MISSING", "There are no rules.", 'Write one into the folder "rules": rules/NAME.json')];
}
