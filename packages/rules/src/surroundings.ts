import { rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { Condition } from "./condition/form.ts";
import type { NamedConditions } from "./condition/lowering.ts";
import { nameOfFile, type RuleFile } from "./files.ts";
import { readJson, type Located } from "./json/index.ts";
import type { Report } from "./problems/report.ts";

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
