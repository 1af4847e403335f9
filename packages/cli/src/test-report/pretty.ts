import type { TestResult } from "@backstitch/rules/rule-test";
import { colours as pc } from "../colours.ts";
import { count } from "../words.ts";
import { explanationOf, isFailed, placeText, summaryOf, survivorLines, type Ran } from "./words.ts";

/** For people: every test by its file, what differs, and what no test is about. */
export function prettyReport(ran: Ran): string {
  const files = Map.groupBy(ran.results, ({ place }) => place.file);
  const sections = [...files].map(([file, results]) => [pc.bold(file), ...results.flatMap(linesOf), ""].join("\n"));
  const failed = ran.results.some(isFailed);
  return [...sections, ...untestedLines(ran), ...mutationLines(ran), (failed ? pc.red : pc.green)(summaryOf(ran))].join("\n");
}

function linesOf(result: TestResult): readonly string[] {
  if (!isFailed(result)) return [`  ${pc.green("✓")} ${result.name}`];
  return [`  ${pc.red("✗")} ${result.name}  ${pc.dim(placeText(result.place))}`, ...explanationOf(result).map((line) => `      ${line}`)];
}

function untestedLines({ untested, uncovered }: Ran): readonly string[] {
  const rules = untested.length === 0 ? [] : [`${count(untested.length, "rule")} without a test: ${untested.join(", ")}`, ""];
  if (uncovered.length === 0) return rules;
  const leaves = uncovered.map(({ place, text }) => `  ${placeText(place)} ${text}`);
  return [...rules, `${count(uncovered.length, "condition")} that no test decides:`, ...leaves, ""];
}

function mutationLines({ mutation }: Ran): readonly string[] {
  if (mutation === undefined) return [];
  const cut = mutation.cut.map(({ of, tried, made }) => `Of ${made} mutants of ${of} ${tried} were tried.`);
  const lines =
    mutation.survivors.length === 0 ? [] : ["Mutants that no test noticed:", ...survivorLines(mutation).map((line) => `  ${line}`)];
  return [...lines, ...cut, ...(lines.length + cut.length > 0 ? [""] : [])];
}
