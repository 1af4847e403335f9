import type { Project } from "@backstitch/project";
import type { PostgresSourceOptions, TableNeed } from "@backstitch/sources/postgres";
import { type PostgresConfig, postgresOptions } from "./sources/postgres.ts";

/** A postgres source of a project, and what its rules need of the database. */
export interface PostgresUse {
  readonly options: PostgresSourceOptions;
  readonly needs: readonly TableNeed[];
}

/** Which tables the rules read, and which of the gateway's collections are live, and of which they need the row as it was before. */
export function postgresSources(project: Project): readonly PostgresUse[] {
  return project.sources
    .filter(({ type }) => type === "postgres")
    .map(({ name, config }) => ({ options: postgresOptions(name, config as PostgresConfig), needs: needsOf(project, name) }));
}

function needsOf(project: Project, source: string): readonly TableNeed[] {
  const needsBefore = new Map<string, boolean>();
  for (const rule of project.ruleSet.rules.filter((one) => one.source === source && one.enabled)) {
    for (const collection of rule.collections) {
      needsBefore.set(collection, (needsBefore.get(collection) ?? false) || rule.readsBefore);
    }
  }
  // Of a document that is gone, the row as it was tells who may know.
  if (project.gateway?.source === source)
    for (const { table } of project.gateway.collections.filter(({ live }) => live)) needsBefore.set(table, true);
  return [...needsBefore].map(([collection, before]) => ({ collection, needsBefore: before }));
}
