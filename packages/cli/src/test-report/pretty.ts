import type { TestReport, TestResult } from "@backstitch/rules/rule-test";
import { colours as pc } from "../colours.ts";
import { count } from "../open-project.ts";
import { explanationOf, isFailed, placeText, summaryOf } from "./words.ts";

/** For people: every test by its file, what differs, and what no test is about. */
export function prettyReport(report: TestReport): string {
  const files = Map.groupBy(report.results, ({ place }) => place.file);
  const sections = [...files].map(([file, results]) => [pc.bold(file), ...results.flatMap(linesOf), ""].join("\n"));
  const failed = report.results.some(isFailed);
  return [...sections, ...untestedLines(report), (failed ? pc.red : pc.green)(summaryOf(report))].join("\n");
}

function linesOf(result: TestResult): readonly string[] {
  if (!isFailed(result)) return [`  ${pc.green("✓")} ${result.name}`];
  return [`  ${pc.red("✗")} ${result.name}  ${pc.dim(placeText(result.place))}`, ...explanationOf(result).map((line) => `      ${line}`)];
}

function untestedLines({ untested, uncovered }: TestReport): readonly string[] {
  const rules = untested.length === 0 ? [] : [`${count(untested.length, "rule")} without a test: ${untested.join(", ")}`, ""];
  if (uncovered.length === 0) return rules;
  const leaves = uncovered.map(({ place, text }) => `  ${placeText(place)} ${text}`);
  return [...rules, `${count(uncovered.length, "condition")} that no test decides:`, ...leaves, ""];
}
