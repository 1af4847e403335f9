import { mkdir, writeFile } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { loadTests } from "@backstitch/project";
import { mutateRules, runRuleTests } from "@backstitch/rules/rule-test";
import { watchProject } from "../dev/watch.ts";
import { describeProblems } from "../open-project.ts";
import { Quit, quitOf } from "../quit.ts";
import { stopOnSignals } from "../stop-on-signals.ts";
import { tables } from "../tables.ts";
import { githubReport } from "../test-report/github.ts";
import { junitReport } from "../test-report/junit.ts";
import { prettyReport } from "../test-report/pretty.ts";
import { isFailed, type Ran } from "../test-report/words.ts";

export interface TestOptions {
  readonly project: string;
  readonly reporter: keyof typeof REPORTERS;
  /** Where the report is written; standard output then has one for people. */
  readonly output?: string;
  /** Also change the rules in small ways, and tell which changes no test notices. */
  readonly mutate: boolean;
  /** Go on, and run the tests again when files are saved. */
  readonly watch: boolean;
}

/** `folder` is the project's, absolute. */
const REPORTERS = {
  pretty: (ran: Ran) => prettyReport(ran),
  junit: (ran: Ran) => junitReport(ran),
  github: (ran: Ran, folder: string) => githubReport(ran, fromRepository(folder)),
};

/** `backstitch test`: runs the tests beside the rules. Exit code 1 where one fails, or where the project has problems. */
export async function test({ project, watch, ...options }: TestOptions): Promise<void> {
  const folder = resolve(project);
  if (!watch) {
    if (!(await runOnce(folder, options))) throw new Quit("");
    return;
  }
  const stop = stopOnSignals({ info: () => undefined });
  const again = async (): Promise<void> => {
    await runOnce(folder, options).catch(tell);
    console.log("Waiting for files to be saved.");
  };
  let last = again();
  const saved = (): void => {
    last = last.then(again);
  };
  watchProject(folder, saved, stop.signal);
  await last;
}

/** What a person can mend, a report that cannot be written, does not end the watch. */
function tell(error: unknown): void {
  const quit = quitOf(error);
  if (quit === undefined) throw error;
  console.error(quit.message);
}

/** Whether every test passed. */
async function runOnce(folder: string, { reporter, output, mutate }: Omit<TestOptions, "project" | "watch">): Promise<boolean> {
  const { tested, problems } = await loadTests(folder, tables, process.env);
  if (problems.length > 0) console.error(describeProblems(problems));
  if (tested === undefined) return false;
  const report = await runRuleTests(tested);
  const passed = !report.results.some(isFailed);
  const ran: Ran = { ...report, mutation: mutate && passed ? await mutateRules(tested) : undefined };
  const text = REPORTERS[reporter](ran, folder);
  if (output !== undefined) await writeReport(output, text);
  console.log(output === undefined ? text : prettyReport(ran));
  if (mutate && !passed) console.error("Rules are mutated once their tests pass.");
  return passed;
}

async function writeReport(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${text}\n`);
  } catch (error) {
    throw new Quit(`The report cannot be written to ${JSON.stringify(path)} (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** GitHub checks the repository out to `GITHUB_WORKSPACE`, and names its files from there. */
function fromRepository(folder: string): string {
  return relative(process.env["GITHUB_WORKSPACE"] ?? process.cwd(), folder).replaceAll(sep, "/");
}
