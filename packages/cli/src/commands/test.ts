import { resolve } from "node:path";
import { loadTests } from "@backstitch/project";
import { runRuleTests } from "@backstitch/rules/rule-test";
import { describeProblems } from "../open-project.ts";
import { Quit } from "../quit.ts";
import { tables } from "../tables.ts";
import { prettyReport } from "../test-report/pretty.ts";
import { isFailed } from "../test-report/words.ts";

export interface TestOptions {
  readonly project: string;
}

/** `backstitch test`: runs the tests beside the rules. Exit code 1 where one fails, or where the project has problems. */
export async function test({ project: folder }: TestOptions): Promise<void> {
  const { tested, problems } = await loadTests(resolve(folder), tables, process.env);
  if (problems.length > 0) console.error(describeProblems(problems));
  if (tested === undefined) throw new Quit("");
  const report = await runRuleTests(tested);
  console.log(prettyReport(report));
  if (report.results.some(isFailed)) throw new Quit("");
}
