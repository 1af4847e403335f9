import type { Problem } from "@backstitch/core/rules";
import { isRow, type Row } from "@backstitch/core/values";
import { compileRules, type AnalysisInput, type SourceFacts } from "@backstitch/rules";
import type { ReadProject } from "./read-project.ts";

/** What the caller knows of the data. */
export type KnownData = Pick<AnalysisInput, "columns">;

/** What is probably not meant in the rules and guards of a project without errors: warnings. */
export async function analyse(project: ReadProject, { columns }: KnownData): Promise<readonly Problem[]> {
  const { read, catalogue, services } = project;
  const analysis: AnalysisInput = {
    sources: await sourceFacts(project),
    rows: rowsOf(project),
    services: read.services,
    limits: new Map(services.flatMap(({ name, definition }) => (definition?.limits ? [[name, definition.limits.rates] as const] : []))),
    ...(columns && { columns }),
  };
  return compileRules(read, { ...catalogue, analysis }).problems;
}

/** Every request is an insert. */
const REQUESTS: SourceFacts = { operations: ["insert"], before: false };

async function sourceFacts({ sources: { sources }, webhooks }: ReadProject): Promise<ReadonlyMap<string, SourceFacts>> {
  const all = await Promise.all(sources.map(async ({ name, sends }) => [name, await sends()] as const));
  const posted = webhooks.names.map((name) => [name, REQUESTS] as const);
  return new Map([...all.flatMap(([name, facts]) => (facts === undefined ? [] : [[name, facts] as const])), ...posted]);
}

/** The rows of the rules' tests show what rows may be. */
function rowsOf({ tests, rules: { ruleSet } }: ReadProject): NonNullable<AnalysisInput["rows"]> {
  const rows = new Map<string, Map<string, Row[]>>();
  const add = (source: string, collection: string, row: Row): void => {
    const ofSource = rows.get(source) ?? new Map<string, Row[]>();
    rows.set(source, ofSource);
    ofSource.set(collection, [...(ofSource.get(collection) ?? []), row]);
  };
  for (const { rule, tests: ofRule } of tests) {
    const on = ruleSet?.rules.find(({ name }) => name === rule);
    for (const event of ofRule.flatMap(({ events }) => events)) {
      const { source = on?.source, collection = on?.collections[0] } = event;
      const parts = [event["after"], event["before"], event["was"]].filter((part) => isRow(part));
      if (typeof source === "string" && typeof collection === "string") for (const row of parts) add(source, collection, row);
    }
  }
  return rows;
}
