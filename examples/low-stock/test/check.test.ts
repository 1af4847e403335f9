import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tables } from "@backstitch/cli";
import { loadProject, loadTests } from "@backstitch/project";
import { mutateRules, runRuleTests } from "@backstitch/rules/rule-test";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "..");
const environment = {
  DATABASE_URL: "postgres://shop@localhost/shop",
  TWILIO_ACCOUNT_SID: "AC1",
  TWILIO_AUTH_TOKEN: "a-token",
  AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "a-secret",
};

test("backstitch check has nothing to say of the example", async () => {
  const { project, problems } = await loadProject(folder, tables, environment, { analysis: {} });
  expect(problems).toEqual([]);
  expect(project?.ruleSet.rules.map(({ name }) => name)).toEqual(["big-order", "low-stock", "order-paid"]);
  expect(project?.services.map(({ name }) => name)).toEqual(["archive", "bus", "mail", "sms"]);
});

test("without its secrets every one is named at once", async () => {
  const { project, problems } = await loadProject(folder, tables, {});
  expect(project).toBeUndefined();
  expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(["SECRET_MISSING", "ENV_MISSING"]));
  expect(problems).toHaveLength(9);
});

test("the schema that each file names is where it says", () => {
  const files = globSync(["backstitch.json", "rules/*.json", "services/*.json"], { cwd: folder });
  expect(files).toHaveLength(11);
  for (const file of files) {
    const { $schema } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { $schema: string };
    expect([file, existsSync(join(folder, dirname(file), $schema))]).toEqual([file, true]);
  }
});

test("its rules have tests, which pass, decide every condition and notice every mutant", async () => {
  const { tested } = await loadTests(folder, tables, {});
  if (tested === undefined) throw new Error("it has problems");
  const { results, untested, uncovered } = await runRuleTests(tested);
  expect(results.filter(({ differences }) => differences.length > 0)).toEqual([]);
  expect(results).toHaveLength(11);
  expect({ untested, uncovered }).toEqual({ untested: [], uncovered: [] });
  expect(await mutateRules(tested)).toEqual({ mutants: 54, survivors: [], cut: [] });
});
