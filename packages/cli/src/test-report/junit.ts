import type { TestReport, TestResult } from "@backstitch/rules/rule-test";
import { explanationOf, isFailed, placeText } from "./words.ts";

/** JUnit's XML as CI servers read it: a suite for each file. Tests take no time worth telling. */
export function junitReport({ results }: TestReport): string {
  const files = Map.groupBy(results, ({ place }) => place.file);
  const suites = [...files].flatMap(([file, ofFile]) => [
    `  <testsuite name="${escaped(file)}" ${countsOf(ofFile)}>`,
    ...ofFile.flatMap(testCase),
    "  </testsuite>",
  ]);
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="backstitch" ${countsOf(results)}>`, ...suites, "</testsuites>"].join(
    "\n",
  );
}

function countsOf(results: readonly TestResult[]): string {
  return `tests="${results.length}" failures="${results.filter(isFailed).length}" errors="0" skipped="0" time="0"`;
}

function testCase(result: TestResult): readonly string[] {
  const { place, rule, name, differences } = result;
  const open = `    <testcase classname="${escaped(rule)}" name="${escaped(name)}" file="${escaped(place.file)}" line="${place.line}" time="0"`;
  if (!isFailed(result)) return [`${open}/>`];
  const where = differences[0]?.place ?? place;
  const message = differences.map(({ path }) => path.join(".")).join(", ");
  return [
    `${open}>`,
    `      <failure type="difference" message="${escaped(message)}">${escaped([placeText(where), ...explanationOf(result)].join("\n"))}</failure>`,
    "    </testcase>",
  ];
}

const NAMED: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;" };

/** XML 1.0 has no characters for most controls and for halves of surrogate pairs, not even escaped. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu, "\uFFFD")
    .replaceAll(/[&<>"\n]/g, (character) => NAMED[character] ?? character);
}
