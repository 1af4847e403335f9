export type { Difference } from "./differences.ts";
export { mutateRules, type MutationReport, type Survivor } from "./mutate-rules.ts";
export { readRuleTests, type ReadTests, type ReadTestsOptions } from "./read-tests.ts";
export { runRuleTests, type TestedRules, type TestReport, type TestResult, type UncoveredLeaf } from "./run-tests.ts";
export { ruleTestSchema } from "./schema.ts";
export type { RuleTest, RuleTestFile } from "./test-file.ts";
