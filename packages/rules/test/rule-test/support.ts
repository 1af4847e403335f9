import { formatProblem } from "@backstitch/core/rules";
import { compileRules, type Catalogue, type RuleFile, type RuleFiles } from "../../src/index.ts";
import { readRuleTests, runRuleTests, type TestedRules, type TestReport } from "../../src/rule-test/index.ts";
import { catalogue as plain, surroundings } from "../catalogue.ts";

export const on = { source: "shop", collection: "orders" };

/** A rule that texts when `when` holds. */
export function ruleWith(when: unknown, more: object = {}): object {
  return { on, when, then: [{ service: "sms", action: "send", with: { to: "t", body: { $path: "after" } } }], ...more };
}

export type Json = Readonly<Record<string, unknown>>;

/** The files `rules/r.json` and `rules/r.test.json`, unless they have other names. */
export interface Given {
  readonly rules: Readonly<Record<string, unknown>>;
  readonly tests: Readonly<Record<string, unknown>>;
  readonly around?: Partial<RuleFiles>;
  readonly catalogue?: Catalogue;
}

export function filesOf(contents: Readonly<Record<string, unknown>>, ending: string): readonly RuleFile[] {
  return Object.entries(contents).map(([name, content]) => ({
    path: `rules/${name}${ending}`,
    text: typeof content === "string" ? content : JSON.stringify(content, null, 2),
  }));
}

/** @throws where there is any problem */
export function tested({ rules, tests, around = {}, catalogue = plain }: Given): TestedRules {
  const files = { ...surroundings, ...around, rules: filesOf(rules, ".json") };
  const compiled = compileRules(files, catalogue);
  const summaries = new Map(compiled.ruleSet?.rules.map((rule) => [rule.name, rule]));
  const read = readRuleTests(filesOf(tests, ".test.json"), { rules: summaries, validate: catalogue.validate });
  const problems = [...compiled.problems, ...read.problems];
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join("\n"));
  return { files, catalogue, tests: read.tests };
}

/** Runs these tests of one rule. */
export function run(rule: object, ...tests: readonly Json[]): Promise<TestReport> {
  const named = tests.map((test, index) => ({ name: `test ${index}`, ...test }));
  return runRuleTests(tested({ rules: { r: rule }, tests: { r: { tests: named } } }));
}

/** What differs in each test, as `path: expected → actual`. */
export function differencesIn({ results }: TestReport): readonly (readonly string[])[] {
  return results.map(({ differences }) =>
    differences.map(({ path, expected, actual }) => `${path.join(".")}: ${JSON.stringify(expected)} → ${JSON.stringify(actual)}`),
  );
}

/** The texts of the leaves that no test decides. */
export function uncoveredIn({ uncovered }: TestReport): readonly string[] {
  return uncovered.map(({ text }) => text);
}
