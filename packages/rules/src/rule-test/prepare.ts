import type { Matched } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import type { Row } from "@backstitch/core/values";
import type { Marks } from "../condition/marks.ts";
import { nameOfFile, type RuleFiles } from "../files.ts";
import type { Located } from "../json/index.ts";
import { fileRules } from "../match/filing.ts";
import { asksLibrary, matcher } from "../match/match-waiting.ts";
import { hasErrors, newReport } from "../problems/report.ts";
import { compileRule } from "../rule/compile-rule.ts";
import type { CompiledRule } from "../rule/compiled-rule.ts";
import { contextOf, type Catalogue } from "../rule/rule-context.ts";
import { readFile, readSurroundings, type Surroundings } from "../surroundings.ts";

/** One rule, alone and switched on. */
export interface PreparedRule extends CompiledRule {
  readonly values: Row;
  match(events: readonly ChangeEvent[]): Matched | Promise<Matched>;
}

/** The rule files, read, of which rules are compiled one by one. */
export interface Workbench {
  /** By name. */
  readonly rules: ReadonlyMap<string, Located>;
  /** What is around the rules: conditions, templates, values. */
  readonly around: Surroundings;
  /** Undefined where it has problems. @param changed in place of what is around it */
  prepare(name: string, located: Located, changed?: Surroundings): PreparedRule | undefined;
}

/** @param marks Gathers where the conditions of what is prepared stand. */
export function openWorkbench(files: RuleFiles, catalogue: Catalogue, marks?: Marks): Workbench {
  const around = readSurroundings(files, newReport());
  const read = files.rules.map((file) => [nameOfFile(file, "rules", ".json"), readFile(file, newReport())] as const);
  return {
    rules: new Map(read.filter((one): one is readonly [string, Located] => one[1] !== undefined)),
    around,
    prepare(name, located, changed = around) {
      const report = newReport();
      const rule = compileRule({ ...contextOf(changed, catalogue, report), marks }, name, located);
      if (rule === undefined || hasErrors(report.problems)) return undefined;
      const on = { ...rule, summary: { ...rule.summary, enabled: true } };
      return {
        ...on,
        values: around.values,
        match: matcher({ filing: fileRules([on]), values: around.values, entriesWait: asksLibrary(on) }),
      };
    },
  };
}
