export { compileRules, type Catalogue, type CompiledRules, type CompiledRuleSet } from "./compile-rules.ts";
export type { CustomFact, CustomOperator, EngineExtensions } from "./condition/extensions.ts";
export type { RuleFile, RuleFiles } from "./files.ts";
export { compileGuards, type CompiledGuards, type GuardOptions } from "./guard/compile-guards.ts";
export { guardsSchema } from "./guard/schema.ts";
export { parseDuration } from "./rule/duration.ts";
export type { CatalogueAction } from "./rule/compile-then.ts";
export type { RuleSummary } from "./rule/compiled-rule.ts";
export { ruleSchema } from "./rule/schema.ts";
