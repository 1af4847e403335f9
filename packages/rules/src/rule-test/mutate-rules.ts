import type { Place } from "@backstitch/core/rules";
import { isRow, type Value } from "@backstitch/core/values";
import type { Located } from "../json/index.ts";
import { changed } from "./mutate/change.ts";
import { ruleChanges } from "./mutate/rule.ts";
import { siblingsIn } from "./mutate/siblings.ts";
import { openWorkbench, type PreparedRule, type Workbench } from "./prepare.ts";
import { eventsOf, tryTest, type TestedRules } from "./run-tests.ts";
import type { RuleTest } from "./test-file.ts";

export interface MutationReport {
  /** How many mutants the tests were tried on. */
  readonly mutants: number;
  /** Those that passed every test of their rule, by rule. */
  readonly survivors: readonly Survivor[];
  /** Rules that can be changed in more ways than are tried. */
  readonly cut: readonly { readonly rule: string; readonly tried: number; readonly made: number }[];
}

/** A rule that differs from the one in the file, and no test tells it from that. */
export interface Survivor {
  readonly rule: string;
  readonly place: Place;
  /** What was changed there: `$lt → $lte`. */
  readonly change: string;
}

/** At most so many mutants of one rule are tried, spread over all of them. */
const MOST = 200;

/** Changes each rule that has tests in many small ways, and tells which changes no test notices. The tests must pass: a rule with one that fails is left out. */
export async function mutateRules({ files, catalogue, tests }: TestedRules): Promise<MutationReport> {
  const bench = openWorkbench(files, catalogue);
  const reports: MutationReport[] = [];
  for (const { rule: name, tests: own } of tests) {
    const located = bench.rules.get(name);
    const rule = located && bench.prepare(name, located);
    if (located !== undefined && rule !== undefined && (await passes(rule, own)))
      reports.push(await mutateRule({ bench, located, rule, tests: own }));
  }
  return {
    mutants: reports.reduce((sum, { mutants }) => sum + mutants, 0),
    survivors: reports.flatMap(({ survivors }) => survivors),
    cut: reports.flatMap(({ cut }) => cut),
  };
}

interface Mutated {
  readonly bench: Workbench;
  readonly located: Located;
  readonly rule: PreparedRule;
  readonly tests: readonly RuleTest[];
}

async function mutateRule({ bench, located, rule, tests }: Mutated): Promise<MutationReport> {
  const { name, reads } = rule.summary;
  const value = located.value as Value;
  const events = tests.flatMap((test) => eventsOf(test, rule));
  const changes = isRow(value) ? [...ruleChanges(value, siblingsIn(events, reads))] : [];
  const tried = spread(changes);
  const survivors: Survivor[] = [];
  let mutants = 0;
  for (const { shownAt, what, says, at, to } of tried) {
    const mutant = bench.prepare(name, { ...located, value: changed(value, at, to()) });
    // A change that nobody could run, since the rule then has problems.
    if (mutant === undefined) continue;
    mutants++;
    if (await passes(mutant, tests, rule)) survivors.push({ rule: name, place: located.placeOf(shownAt, what), change: says });
  }
  const cut = tried.length < changes.length ? [{ rule: name, tried: tried.length, made: changes.length }] : [];
  return { mutants, survivors, cut };
}

/** The events are those of the rule as it is: a mutant that looks at less must not get others. */
async function passes(rule: PreparedRule, tests: readonly RuleTest[], original: PreparedRule = rule): Promise<boolean> {
  for (const test of tests) if ((await tryTest(rule, test, original)).length > 0) return false;
  return true;
}

/** The same ones each time. */
function spread<Item>(all: readonly Item[]): readonly Item[] {
  if (all.length <= MOST) return all;
  return Array.from({ length: MOST }, (_, index) => all[Math.floor((index * all.length) / MOST)]).filter((one) => one !== undefined);
}
