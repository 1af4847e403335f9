export type { AnalysisInput, ByCollection, ColumnType, ServiceLimit, SourceFacts } from "./analysis/input.ts";
export { compileRules, type CompiledRules, type CompiledRuleSet } from "./compile-rules.ts";
export type { CustomFact, CustomOperator, EngineExtensions } from "./condition/extensions.ts";
export type {
  Addressed,
  ExplainedCondition,
  ExplainedPart,
  ExplainedTest,
  ExplainedThen,
  Explanation,
  Looked,
  NearestMiss,
  TestChange,
} from "./explain/explanation.ts";
export { readEvent, type ReadEvent } from "./explain/read-event.ts";
export type { Verdict } from "./explain/verdict.ts";
export type { RuleFile, RuleFiles } from "./files.ts";
export { compileGuards, type CompiledGuards, type GuardOptions } from "./guard/compile-guards.ts";
export { guardsSchema } from "./guard/schema.ts";
export { parsePath } from "./path/parse-path.ts";
export { durationRemedy, durationText, meantBy, parseDuration, parseRate } from "./rule/duration.ts";
export type { CatalogueAction } from "./rule/then-context.ts";
export type { Catalogue } from "./rule/rule-context.ts";
export type { RuleSummary } from "./rule/compiled-rule.ts";
export { ruleSchema } from "./rule/schema.ts";
export { isTurnPath, TURN_EVENT_ROOTS } from "./rule/turn.ts";
