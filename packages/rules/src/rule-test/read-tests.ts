import type { Validate } from "@backstitch/core/connector";
import type { Problem } from "@backstitch/core/rules";
import { isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { nameOfFile, type RuleFile } from "../files.ts";
import { didYouMean, listOf, schemaProblems, type Located, type LocatedPath } from "../json/index.ts";
import { hasErrors, newReport, type Finding, type Report } from "../problems/report.ts";
import type { RuleSummary } from "../rule/compiled-rule.ts";
import { durationText, parseDuration } from "../rule/duration.ts";
import { readFile } from "../surroundings.ts";
import { plainValue } from "../condition/plain-value.ts";
import { EXPECTATIONS, ruleTestSchema } from "./schema.ts";
import type { Expected, ExpectedDelivery, ExpectedFailure, RuleTest, RuleTestFile } from "./test-file.ts";

export interface ReadTestsOptions {
  /** The rules that there are, by name; undefined: it is there, but has problems of its own. */
  readonly rules: ReadonlyMap<string, RuleSummary | undefined>;
  readonly validate: Validate;
}

export interface ReadTests {
  /** Those without problems. */
  readonly tests: readonly RuleTestFile[];
  readonly problems: readonly Problem[];
}

/** Reads files of tests (`rules/NAME.test.json`), and reports every problem in any of them. Never throws, whatever the files hold. */
export function readRuleTests(files: readonly RuleFile[], options: ReadTestsOptions): ReadTests {
  const read = files.map((file) => {
    const report = newReport();
    return { test: readTestFile(file, options, report), problems: report.problems };
  });
  return {
    tests: read.flatMap(({ test, problems }) => (test === undefined || hasErrors(problems) ? [] : [test])),
    problems: read.flatMap(({ problems }) => problems),
  };
}

/** What reading one file needs to know. */
interface Reading extends Pick<ReadTestsOptions, "validate"> {
  readonly located: Located;
  readonly report: Report;
  readonly rule: RuleSummary | undefined;
}

function readTestFile(file: RuleFile, { rules, validate }: ReadTestsOptions, report: Report): RuleTestFile | undefined {
  const located = readFile(file, report);
  if (located === undefined) return undefined;
  const name = nameOfFile(file, "rules", ".test.json");
  if (!rules.has(name)) {
    const names = [...rules.keys()];
    report.in(located, {
      code: "TEST_RULE_MISSING",
      path: [],
      message: `These are the tests of the rule ${JSON.stringify(name)}, which is not there; the rules are ${listOf(names)}.`,
      remedy: didYouMean(name, names) ?? `Name the file as its rule: rules/NAME.test.json stands beside rules/NAME.json.`,
    });
  }
  const reading: Reading = { located, report, rule: rules.get(name), validate };
  report.add(...schemaProblems(located, validate(ruleTestSchema)(located.value), { code: "TEST" }));
  const written = isRow(located.value as Value) ? (located.value as Row)["tests"] : undefined;
  if (!Array.isArray(written)) return undefined;
  const items = (written as readonly Value[]).map((test, index) => ({ test, at: ["tests", index] }));
  const tests = items.flatMap(({ test, at }) => (isRow(test) ? [readTest(reading, test, at)] : []));
  reportNamesakes(reading, items);
  return { path: file.path, rule: name, tests };
}

function readTest(reading: Reading, test: Row, at: LocatedPath): RuleTest {
  const { located } = reading;
  checkChoices(reading, test, at);
  const { name, event, events } = test;
  checkBefore(reading, event, [...at, "event"]);
  if (Array.isArray(events)) events.forEach((one: Value, index) => checkBefore(reading, one, [...at, "events", index]));
  const several = Array.isArray(events) ? rowsOf(reading, events, [...at, "events"]) : [];
  return {
    name: typeof name === "string" ? name : "",
    events: isRow(event) ? [rowAt(reading, event, [...at, "event"])] : several,
    expected: readExpected(reading, test, at),
    placeOf: (path) => located.placeOf([...at, ...path]),
  };
}

/** What the schema of the published file says by `oneOf`, in words. */
function checkChoices(reading: Reading, test: Row, at: LocatedPath): void {
  const has = (key: string): boolean => Object.hasOwn(test, key);
  if (has("event") === has("events")) {
    complain(reading, at, "TEST_EVENT_MISSING", has("event") ? 'A test has "event" or "events", not both.' : 'The test has no "event".');
  }
  const said = EXPECTATIONS.filter(has);
  if (said.length === 0) {
    complain(
      reading,
      at,
      "TEST_EXPECTATION_MISSING",
      "The test does not say what must happen.",
      `It needs one of ${listOf(EXPECTATIONS)}.`,
    );
  }
  if (said.length > 1 && (has("none") || (has("deliveries") && has("deliveriesContain")))) {
    complain(reading, at, "TEST_EXPECTATION_EXCLUDED", `A test cannot say both ${said.map((key) => JSON.stringify(key)).join(" and ")}.`);
  }
}

function checkBefore(reading: Reading, event: Value | undefined, at: LocatedPath): void {
  if (!isRow(event) || !Object.hasOwn(event, "was") || !Object.hasOwn(event, "before")) return;
  complain(reading, [...at, "was"], "TEST_EVENT_INVALID", 'An event has "before" or "was", not both.');
}

function reportNamesakes(reading: Reading, items: readonly { readonly test: Value; readonly at: LocatedPath }[]): void {
  const known = new Set<Value>();
  for (const { test, at } of items) {
    const name = isRow(test) ? test["name"] : undefined;
    if (typeof name !== "string") continue;
    if (known.has(name)) complain(reading, [...at, "name"], "TEST_NAME_DUPLICATE", `Two tests are called ${JSON.stringify(name)}.`);
    known.add(name);
  }
}

function readExpected(reading: Reading, test: Row, at: LocatedPath): Expected {
  const { undecided } = test;
  const by = Object.hasOwn(test, "deliveriesContain") ? "deliveriesContain" : "deliveries";
  const deliveries = (rowsOf(reading, test[by], [...at, by]) as readonly ExpectedDelivery[]).map(withDuration);
  const failures = rowsOf(reading, test["failures"], [...at, "failures"]) as unknown as readonly ExpectedFailure[];
  deliveries.forEach((delivery, index) => checkThen(reading, delivery, [...at, by, index]));
  failures.forEach((failure, index) => checkThen(reading, failure, [...at, "failures", index]));
  return { by, deliveries, failures, undecided: Array.isArray(undecided) ? (undecided as readonly string[]) : [] };
}

/** `900s` and `15m` are one. */
function withDuration(delivery: ExpectedDelivery): ExpectedDelivery {
  const ms = typeof delivery.expires === "string" ? parseDuration(delivery.expires) : undefined;
  return ms === undefined ? delivery : { ...delivery, expires: durationText(ms) };
}

function checkThen(reading: Reading, { then }: { readonly then?: string }, at: LocatedPath): void {
  const { rule } = reading;
  if (rule === undefined || typeof then !== "string") return;
  const names = rule.actions.map(({ name }) => name);
  if (names.includes(then)) return;
  const message = `Rule ${JSON.stringify(rule.name)} has no entry ${JSON.stringify(then)}; its entries are ${listOf(names)}.`;
  complain(reading, [...at, "then"], "TEST_THEN_UNKNOWN", message, didYouMean(then, names));
}

function rowsOf(reading: Reading, value: Value | undefined, at: LocatedPath): readonly Row[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly Value[]).flatMap((item, index) => (isRow(item) ? [rowAt(reading, item, [...at, index])] : []));
}

/** The values inside it read, itself not: a test has no `{"$oid": …}` for an event. */
function rowAt(reading: Reading, row: Row, at: LocatedPath): Row {
  const faulty = (path: LocatedPath, message: string): void => complain(reading, path, "TEST_VALUE_INVALID", message);
  return rowFrom(Object.entries(row).map(([name, item]) => [name, plainValue(item, [...at, name], faulty)]));
}

// oxlint-disable-next-line max-params -- a complaint is these five words
function complain({ located, report }: Reading, path: LocatedPath, code: string, message: string, remedy?: string): void {
  const finding: Finding = { code, path, message, remedy };
  report.in(located, finding);
}
