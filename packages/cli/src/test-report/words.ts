import type { Place } from "@backstitch/core/rules";
import { Decimal, isList, isRow, rowFrom, type Value } from "@backstitch/core/values";
import type { Difference, MutationReport, TestReport, TestResult } from "@backstitch/rules/rule-test";
import { count } from "../words.ts";

/** What a run of tests gave. */
export interface Ran extends TestReport {
  /** Undefined: nobody asked for it, or a test failed. */
  readonly mutation: MutationReport | undefined;
}

export function isFailed({ differences }: TestResult): boolean {
  return differences.length > 0;
}

export function placeText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/** `3 tests passed. They noticed 40 of 41 mutants.` */
export function summaryOf({ results, mutation }: Ran): string {
  const failed = results.filter(isFailed).length;
  const ended = failed === 0 ? `${count(results.length, "test")} passed.` : `${failed} of ${count(results.length, "test")} failed.`;
  if (mutation === undefined) return ended;
  return `${ended} They noticed ${mutation.mutants - mutation.survivors.length} of ${count(mutation.mutants, "mutant")}.`;
}

/** `rules/a.json:3:9 $lt → $lte` */
export function survivorLines({ survivors }: MutationReport): readonly string[] {
  return survivors.map(({ place, change }) => `${placeText(place)} ${change}`);
}

/** What differs, and by which conditions the rule came out as it did. */
export function explanationOf({ differences, decidedBy }: TestResult): readonly string[] {
  const reasons = decidedBy.map(({ place, text, truth }) => `${placeText(place)} ${text} is ${String(truth)}`);
  return [...differences.flatMap(differenceLines), ...(reasons.length > 0 ? ["decided by", ...reasons.map((line) => `  ${line}`)] : [])];
}

function differenceLines({ path, expected, actual }: Difference): readonly string[] {
  return [path.join("."), `  expected ${valueText(expected)}`, `  actual   ${valueText(actual)}`];
}

/** JSON as a test would write it; what is not there is nothing. */
function valueText(value: Value | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(written(value));
}

function written(value: Value): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return { $numberDouble: String(value) };
  if (typeof value === "bigint") return { $numberLong: String(value) };
  if (value instanceof Decimal) return { $numberDecimal: value.text };
  if (isList(value)) return value.map(written);
  return isRow(value) ? rowFrom(Object.entries(value).map(([name, item]) => [name, written(item)])) : value;
}
