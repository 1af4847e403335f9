import { createHash } from "node:crypto";
import { analyse } from "./analysis/analyse.ts";
import type { Problem, RuleSet } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { lowerNamed } from "./condition/lower.ts";
import type { NamedConditions } from "./condition/lowering.ts";
import { explain } from "./explain/explain.ts";
import type { Explanation } from "./explain/explanation.ts";
import { nameOfFile, type RuleFiles } from "./files.ts";
import { fileRules } from "./match/filing.ts";
import { matcher } from "./match/match.ts";
import { asksLibrary } from "./match/fulfil.ts";
import { GUARD_ROOTS, ITEM_ROOTS, type Scope } from "./path/resolve-path.ts";
import { hasErrors, newReport } from "./problems/report.ts";
import { compileRule, type RuleContext } from "./rule/compile-rule.ts";
import type { CompiledRule, RuleSummary } from "./rule/compiled-rule.ts";
import { contextOf, type Catalogue } from "./rule/rule-context.ts";
import { readFile, readSurroundings } from "./surroundings.ts";
import { checkSyntax } from "./template/parse-template.ts";

/** A rule set, and what its rules are. */
export interface CompiledRuleSet extends RuleSet {
  readonly rules: readonly RuleSummary[];
  /**
   * Says why a rule matches an event, or why not; undefined where there is no such rule.
   * A promise only where facts or operators of a developer's own take part. Never throws.
   */
  explain(rule: string, event: ChangeEvent): Explanation | Promise<Explanation> | undefined;
}

export interface CompiledRules {
  /** Undefined where one of the problems is an error. */
  readonly ruleSet: CompiledRuleSet | undefined;
  readonly problems: readonly Problem[];
}

/** Compiles all files of a rule set, and reports every problem in any of them. Never throws, whatever the files hold. */
export function compileRules(files: RuleFiles, catalogue: Catalogue): CompiledRules {
  const report = newReport();
  const around = readSurroundings(files, report);
  const context = contextOf(around, catalogue, report);
  const compiled: CompiledRule[] = [];
  for (const file of files.rules) {
    const located = readFile(file, report);
    const rule = located && compileRule(context, nameOfFile(file, "rules", ".json"), located);
    if (rule !== undefined) compiled.push(rule);
  }
  for (const [name, text] of around.templates) checkSyntax({ ...around, report }, name, text);
  checkUnused(context);
  const { marks, written } = context;
  if (catalogue.analysis !== undefined && marks !== undefined && written !== undefined && !hasErrors(report.problems))
    report.add(...analyse({ ...context, files, marks, rules: written, input: catalogue.analysis }));
  const problems = sorted(report.problems);
  if (hasErrors(problems)) return { ruleSet: undefined, problems };
  const rules = compiled.map(({ summary }) => summary);
  const { values } = around;
  const byName = new Map(compiled.map((rule) => [rule.summary.name, rule]));
  const ruleSet: CompiledRuleSet = {
    hash: hashOf(files),
    rules,
    match: matcher(fileRules(compiled), { values, entriesWait: compiled.some(asksLibrary) }),
    explain(name, event) {
      const rule = byName.get(name);
      return rule && explain(rule, event, values);
    },
  };
  return { ruleSet, problems };
}

/** A condition that no rule names may be meant for guards: it may read what either may read. */
function checkUnused({ named, namedInEach, scope, report, extensions }: RuleContext): void {
  const unused = named.names.filter((name) => !named.lowered.has(name) && !namedInEach.lowered.has(name));
  const everything: Scope = { roots: [...new Set([...scope.roots, ...ITEM_ROOTS, ...GUARD_ROOTS])], values: scope.values };
  const apart: NamedConditions = { ...named, lowered: new Map() };
  for (const name of unused) {
    const located = named.file(name);
    const lowering = { scope: everything, report, named: apart, trail: [], inElement: false, extensions };
    if (located !== undefined) lowerNamed({ ...lowering, located }, name, []);
  }
}

function sorted(problems: readonly Problem[]): Problem[] {
  const order = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
  return [...problems].sort(
    ({ place: one }, { place: other }) => order(one.file, other.file) || one.line - other.line || one.column - other.column,
  );
}

/** Says which files decided: the same for the same files in whatever order they were found. */
function hashOf({ rules, conditions, templates, values }: RuleFiles): string {
  const all = [...rules, ...conditions, ...templates, ...values].map(({ path, text }) => JSON.stringify([path, text]));
  return createHash("sha256").update(all.sort().join("\n")).digest("hex");
}
