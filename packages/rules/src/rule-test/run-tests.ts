import type { Place } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { newMarks, type Marks } from "../condition/marks.ts";
import type { RuleFiles } from "../files.ts";
import type { Catalogue } from "../rule/rule-context.ts";
import { differencesOf } from "./compare.ts";
import { decidingIn } from "./deciding.ts";
import type { Difference } from "./differences.ts";
import { eventOf } from "./event.ts";
import { leavesOf, writtenLeaf, type Leaf } from "./leaves.ts";
import { openWorkbench, type PreparedRule } from "./prepare.ts";
import type { RuleTest, RuleTestFile } from "./test-file.ts";

/** Everything that tests run against: files without problems. */
export interface TestedRules {
  readonly files: RuleFiles;
  readonly catalogue: Catalogue;
  readonly tests: readonly RuleTestFile[];
}

export interface TestReport {
  /** In the order of the files, and of the tests in them. */
  readonly results: readonly TestResult[];
  /** Names of the rules that have no test. */
  readonly untested: readonly string[];
  /** Of the rules that have tests: the leaves of their conditions, and of their entries' own, that decide none of them. */
  readonly uncovered: readonly UncoveredLeaf[];
}

export interface TestResult {
  readonly rule: string;
  readonly name: string;
  readonly place: Place;
  /** None: the test passed. */
  readonly differences: readonly Difference[];
  /** The leaves that decided, and what each came to: were one of them the opposite, the rule or one of its entries would have come out otherwise. */
  readonly decidedBy: readonly (Leaf & { readonly truth: boolean })[];
}

/** A leaf that could be the opposite in every event of every test, and neither the rule nor an entry would come out otherwise. */
export interface UncoveredLeaf extends Leaf {
  readonly rule: string;
}

/** Runs every test against its rule alone, as if the rule were enabled. */
export async function runRuleTests({ files, catalogue, tests }: TestedRules): Promise<TestReport> {
  const marks = newMarks();
  const bench = openWorkbench(files, catalogue, marks);
  const results: TestResult[] = [];
  const uncovered: UncoveredLeaf[] = [];
  for (const file of tests) {
    const located = bench.rules.get(file.rule);
    const rule = located && bench.prepare(file.rule, located);
    if (rule === undefined) continue;
    const ran = await runFile(marks, rule, file);
    results.push(...ran.results);
    uncovered.push(...ran.uncovered);
  }
  const tested = new Set(tests.map(({ rule }) => rule));
  return { results, untested: [...bench.rules.keys()].filter((name) => !tested.has(name)).sort(), uncovered };
}

async function runFile(marks: Marks, rule: PreparedRule, { tests }: RuleTestFile): Promise<Pick<TestReport, "results" | "uncovered">> {
  const name = rule.summary.name;
  const open = new Set(leavesOf(rule));
  const results: TestResult[] = [];
  for (const test of tests) {
    const deciding = await decidingIn(rule, eventsOf(test, rule));
    for (const { leaf } of deciding) open.delete(leaf);
    results.push({
      rule: name,
      name: test.name,
      place: test.placeOf(["name"]),
      differences: await tryTest(rule, test),
      decidedBy: deciding.flatMap(({ leaf, truth }) => withLeaf(writtenLeaf(marks, leaf), { truth })),
    });
  }
  return { results, uncovered: [...open].flatMap((leaf) => withLeaf(writtenLeaf(marks, leaf), { rule: name })) };
}

function withLeaf<More>(leaf: Leaf | undefined, more: More): readonly (Leaf & More)[] {
  return leaf === undefined ? [] : [{ ...leaf, ...more }];
}

/** Where what a rule does with a test's events differs from what the test says. The events are filled in as the original rule has them. */
export async function tryTest(rule: PreparedRule, test: RuleTest, original = rule): Promise<readonly Difference[]> {
  const events = eventsOf(test, original);
  return differencesOf(test, events, await rule.match(events));
}

export function eventsOf({ events }: RuleTest, { summary }: PreparedRule): readonly ChangeEvent[] {
  return events.map((event, index) => eventOf(event, summary, index + 1));
}
