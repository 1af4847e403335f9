import { rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { Condition } from "./condition/form.ts";
import type { NamedConditions } from "./condition/lowering.ts";
import { nameOfFile, type RuleFile, type RuleFiles } from "./files.ts";
import { readJson, type Located } from "./json/index.ts";
import { EVENT_ROOTS, type Scope } from "./path/resolve-path.ts";
import type { Report } from "./problems/report.ts";
import { liquids, type Liquids } from "./template/liquid.ts";

/** What is around rules and the same for all of them, read. */
export interface Surroundings {
  readonly values: Row;
  readonly named: NamedConditions;
  readonly scope: Scope;
  /** Text of the files in `templates/`. */
  readonly templates: ReadonlyMap<string, string>;
  readonly liquids: Liquids;
}

export function readSurroundings(files: Omit<RuleFiles, "rules">, report: Report): Surroundings {
  const values = readValues(files.values, report);
  const named = readConditions(files.conditions, report);
  const templates = new Map(files.templates.map((file) => [nameOfFile(file, "templates", ""), file.text]));
  return { values, named, scope: { roots: EVENT_ROOTS, values: Object.keys(values) }, templates, liquids: liquids(templates) };
}

/** Reads the files of `values/` into one row, by name. */
export function readValues(files: readonly RuleFile[], report: Report): Row {
  return rowFrom(files.map((file) => [nameOfFile(file, "values", ".json"), (readFile(file, report)?.value ?? null) as Value] as const));
}

/** Reads the files of `conditions/`; they are lowered where they are used. */
export function readConditions(files: readonly RuleFile[], report: Report): NamedConditions {
  const located = new Map(files.map((file) => [nameOfFile(file, "conditions", ".json"), readFile(file, report)]));
  return { names: [...located.keys()], file: (name) => located.get(name), lowered: new Map<string, Condition>() };
}

export function readFile({ path, text }: RuleFile, report: Report): Located | undefined {
  const { located, problems } = readJson(path, text);
  report.add(...problems);
  return located;
}
