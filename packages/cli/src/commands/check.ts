import { resolve } from "node:path";
import { loadProject, type KnownData } from "@backstitch/project";
import { describeProblems } from "../open-project.ts";
import { Quit } from "../quit.ts";
import { repeatLines } from "../repeats.ts";
import { postgresSources } from "../postgres-sources.ts";
import { tables } from "../tables.ts";
import { count } from "../words.ts";

export interface CheckOptions {
  readonly project: string;
  /** Also asks the databases whether they are set up. */
  readonly connect: boolean;
  /** Fails where there is a warning, too. */
  readonly strict: boolean;
}

/** `backstitch check`: says beforehand everything that is wrong, and what is probably not meant. Exit code 1 where anything is wrong. */
export async function check({ project: folder, connect, strict }: CheckOptions): Promise<void> {
  const path = resolve(folder);
  const columns = connect ? await columnsOf(path) : undefined;
  const { project, problems } = await loadProject(path, tables, process.env, { analysis: { ...(columns && { columns }) } });
  if (problems.length > 0) console.log(describeProblems(problems));
  if (project === undefined) throw new Quit("");
  const { rules } = project.ruleSet;
  console.log(
    `${count(rules.length, "rule")}, ${count(project.services.length, "service")} and ${count(project.sources.length, "source")} are right.`,
  );
  const lines = repeatLines(project);
  if (lines.length > 0) console.log(`Where the answer to an attempt is lost, it is:\n${lines.join("\n")}`);
  if (connect) await checkDatabases(postgresSources(project));
  if (strict && problems.length > 0) throw new Quit("");
}

/** What cannot be asked is said by the check of the databases. */
async function columnsOf(path: string): Promise<NonNullable<KnownData["columns"]>> {
  const { project } = await loadProject(path, tables, process.env);
  const { columnsOfPostgres } = await import("@backstitch/sources/postgres");
  const asked = (project === undefined ? [] : postgresSources(project)).map(async ({ options }) => {
    const columns = await columnsOfPostgres(options).catch(() => new Map());
    return [options.name, columns] as const;
  });
  return new Map(await Promise.all(asked));
}

async function checkDatabases(sources: ReturnType<typeof postgresSources>): Promise<void> {
  const { verifyPostgres } = await import("@backstitch/sources/postgres");
  let errors = 0;
  for (const { options, needs } of sources) {
    const findings = await verifyPostgres(options, needs);
    for (const { severity, code, message, remedy } of findings) {
      console.log(
        `${options.name} ${code}${severity === "warning" ? " (warning)" : ""} ${message}${remedy === undefined ? "" : `\n  ${remedy}`}`,
      );
    }
    errors += findings.filter(({ severity }) => severity === "error").length;
    if (findings.length === 0) console.log(`Source "${options.name}" is set up for its rules.`);
  }
  if (errors > 0) throw new Quit(`${count(errors, "problem")}.`);
}
