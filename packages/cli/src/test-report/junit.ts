import type { MutationReport, TestResult } from "@backstitch/rules/rule-test";
import { explanationOf, isFailed, placeText, survivorLines, type Ran } from "./words.ts";

/** JUnit's XML as CI servers read it: a suite for each file. Tests take no time worth telling. */
export function junitReport({ results, mutation }: Ran): string {
  const files = Map.groupBy(results, ({ place }) => place.file);
  const suites = [...files].flatMap(([file, ofFile]) => [
    `  <testsuite name="${escaped(file)}" ${countsOf(ofFile)}>`,
    ...ofFile.flatMap(testCase),
    "  </testsuite>",
  ]);
  const mutants = mutation === undefined ? [] : mutantSuite(mutation);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="backstitch" ${countsOf(results, mutation?.survivors.length)}>`,
    ...suites,
    ...mutants,
    "</testsuites>",
  ].join("\n");
}

function countsOf(results: readonly TestResult[], skipped = 0): string {
  return `tests="${results.length + skipped}" failures="${results.filter(isFailed).length}" errors="0" skipped="${skipped}" time="0"`;
}

/** What no test noticed is skipped: it fails nothing, and is seen. */
function mutantSuite(mutation: MutationReport): readonly string[] {
  const lines = survivorLines(mutation);
  return [
    `  <testsuite name="mutants" ${countsOf([], lines.length)}>`,
    ...lines.map(
      (line) => `    <testcase classname="mutants" name="${escaped(line)}" time="0"><skipped message="no test noticed it"/></testcase>`,
    ),
    "  </testsuite>",
  ];
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
