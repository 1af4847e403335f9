import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { tables } from "@backstitch/cli";
import { loadProject, loadTests } from "@backstitch/project";
import { runRuleTests } from "@backstitch/rules/rule-test";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "..");

test("what the README shows arrives, and nothing else", async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(folder, "run.ts")]);
  expect({ stderr, lines: stdout.trim().split("\n") }).toEqual({
    stderr: "",
    lines: ["slack: Order 41 of Ada: 1250 EUR", "slack: Order 43 of &lt;!channel&gt;: 9000 EUR"],
  });
});

test("backstitch check has nothing to say of it", async () => {
  const environment = { SLACK_WEBHOOK_URL: "https://hooks.slack.com/services/T1/B1/x", JOURNAL_PATH: ".backstitch/journal.db" };
  const { problems } = await loadProject(folder, tables, environment, { analysis: {} });
  expect(problems).toEqual([]);
});

test("its rule has tests, which pass and decide every condition", async () => {
  const { tested } = await loadTests(folder, tables, {});
  if (tested === undefined) throw new Error("it has problems");
  const { results, untested, uncovered } = await runRuleTests(tested);
  expect(results.filter(({ differences }) => differences.length > 0)).toEqual([]);
  expect({ tests: results.length, untested, uncovered }).toEqual({ tests: 2, untested: [], uncovered: [] });
});
