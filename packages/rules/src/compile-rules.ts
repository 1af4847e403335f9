import { createHash, hash } from "node:crypto";
import { analyse } from "./analysis/analyse.ts";
import type { Problem, RuleSet } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { lowerNamed } from "./condition/lower.ts";
import type { NamedConditions } from "./condition/lowering.ts";
import { explain } from "./explain/explain.ts";
import type { Explanation } from "./explain/explanation.ts";
import { nameOfFile, type RuleFile, type RuleFiles } from "./files.ts";
import { fileRules, type Filing } from "./match/filing.ts";
import { asksLibrary, matcher } from "./match/match-waiting.ts";
import { GUARD_ROOTS, ITEM_ROOTS, ROLE_ROOTS, type Scope } from "./path/resolve-path.ts";
import { hasErrors, newReport } from "./problems/report.ts";
import { compileRule } from "./rule/compile-rule.ts";
import type { RuleContext } from "./rule/lower-rule.ts";
import type { CompiledRule, RuleSummary } from "./rule/compiled-rule.ts";
import type { RuleForm } from "./rule/form.ts";
import { contextOf, type Catalogue } from "./rule/rule-context.ts";
import { sameSurroundings, type CompiledWith } from "./same-surroundings.ts";
import { readFile, readSurroundings, type Surroundings } from "./surroundings.ts";
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

/**
 * Compiles all files of a rule set, and reports every problem in any of them. Never throws, whatever the files hold.
 * @param previous Compiled from the same folder before: what did not change is taken from it. It stays as it is.
 */
export function compileRules(files: RuleFiles, catalogue: Catalogue, previous?: CompiledRuleSet): CompiledRules {
  const kept = previous && memory.get(previous);
  // What is analysed must be lowered anew: analysis looks at what lowering notes on its way.
  const usable = kept && catalogue.analysis === undefined && sameSurroundings(kept, { files, catalogue }) ? kept : undefined;
  const { compiled, around, problems } = compileFiles(files, catalogue, { previous: usable });
  if (hasErrors(problems)) return { ruleSet: undefined, problems };
  const { values } = around;
  const rules = compiled.map(({ rule }) => rule);
  const filing = usable === undefined ? fileRules(rules) : usable.filing.revise(rules);
  const byName = new Map(rules.map((rule) => [rule.summary.name, rule]));
  const ruleSet: CompiledRuleSet = {
    hash: hashOf(compiled, files),
    rules: rules.map(({ summary }) => summary),
    match: matcher({ filing, values, entriesWait: rules.some(asksLibrary) }),
    entry: (rule, then) => byName.get(rule)?.then.find(({ name }) => name === then),
    explain(name, event) {
      const file = compiled.find(({ rule }) => rule.summary.name === name);
      return file && explain(file.rule, event, values);
    },
  };
  const { conditions, templates, values: constants } = files;
  memory.set(ruleSet, { files: { conditions, templates, values: constants }, catalogue, compiled, around, filing });
  return { ruleSet, problems };
}

/** What a rule set was compiled from, for the next that is. */
interface Kept extends CompiledWith, CompiledFiles {
  readonly filing: Filing;
}

interface CompiledFiles {
  readonly compiled: readonly CompiledFile[];
  readonly around: Surroundings;
}

const memory = new WeakMap<CompiledRuleSet, Kept>();

interface CompiledFile {
  readonly path: string;
  /** Of its text. */
  readonly digest: string;
  readonly rule: CompiledRule;
}

interface CompileFilesOptions {
  /** Compiled in the same surroundings. @default none */
  readonly previous?: CompiledFiles | undefined;
  /** Gathers what the rules were lowered to. @default nobody will look at it */
  readonly forms?: RuleForm[];
}

/** Everything but the index. */
export function compileFiles(
  files: RuleFiles,
  catalogue: Catalogue,
  { previous, forms }: CompileFilesOptions = {},
): CompiledFiles & { readonly problems: readonly Problem[] } {
  const report = newReport();
  const around = previous === undefined ? readSurroundings(files, report) : anew(previous.around);
  const context = { ...contextOf(around, catalogue, report), forms };
  const known = new Map(previous?.compiled.map((file) => [file.path, file]));
  const compiled: CompiledFile[] = [];
  for (const { path, text } of files.rules) {
    const digest = digestOf(text);
    const same = known.get(path);
    const rule = same?.digest === digest ? same.rule : compileFile(context, { path, text });
    if (rule !== undefined) compiled.push(rule === same?.rule ? same : { path, digest, rule });
  }
  for (const [name, text] of around.templates) checkSyntax({ ...around, report }, name, text);
  checkUnused(context);
  const { marks, written } = context;
  if (catalogue.analysis !== undefined && marks !== undefined && written !== undefined && !hasErrors(report.problems))
    report.add(...analyse({ ...context, values: around.values, files, marks, rules: written, input: catalogue.analysis }));
  return { compiled: compiled.slice(), around, problems: sorted(report.problems) };
}

/** The same surroundings, without what compiling gathered in them: over many reloads it would become much. */
function anew({ named, scope, ...others }: Surroundings): Surroundings {
  return { ...others, named: { ...named, lowered: new Map() }, scope: { ...scope } };
}

function compileFile(context: RuleContext, file: RuleFile): CompiledRule | undefined {
  const located = readFile(file, context.report);
  return located && compileRule(context, nameOfFile(file, "rules", ".json"), located);
}

/** A condition that no rule names may be meant for guards or roles: it may read what any of them may read. */
function checkUnused({ named, namedInEach, scope, report, extensions }: RuleContext): void {
  const unused = named.names.filter((name) => !named.lowered.has(name) && !namedInEach.lowered.has(name));
  const everything: Scope = { roots: [...new Set([...scope.roots, ...ITEM_ROOTS, ...GUARD_ROOTS, ...ROLE_ROOTS])], values: scope.values };
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
export function hashOf(rules: readonly CompiledFile[], { conditions, templates, values }: RuleFiles): string {
  const others = [...conditions, ...templates, ...values].map(({ path, text }) => ({ path, digest: digestOf(text) }));
  const lines = [...rules, ...others].map(({ path, digest }) => `${path}\0${digest}`);
  return createHash("sha256").update(lines.sort().join("\n"), "utf8").digest("hex");
}

function digestOf(text: string): string {
  return hash("sha256", text, "binary");
}
