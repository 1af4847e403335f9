import type { Place } from "@backstitch/core/rules";
import { isRow, type Value } from "@backstitch/core/values";
import type { Located } from "../json/index.ts";
import { changed } from "./mutate/change.ts";
import { ruleChanges } from "./mutate/rule.ts";
import { sharedFiles, type SharedFile } from "./mutate/shared.ts";
import { siblingsIn } from "./mutate/siblings.ts";
import { openWorkbench, type PreparedRule, type Workbench } from "./prepare.ts";
import { eventsOf, tryTest, type TestedRules } from "./run-tests.ts";
import type { RuleTest } from "./test-file.ts";

export interface MutationReport {
  /** How many mutants the tests were tried on. */
  readonly mutants: number;
  /** Those that passed every test of the rules that they touch: of rules first, then of `conditions/` and `templates/`. */
  readonly survivors: readonly Survivor[];
  /** Rules and files that can be changed in more ways than are tried. */
  readonly cut: readonly { readonly of: string; readonly tried: number; readonly made: number }[];
}

/** A project that differs from the one in the files, and no test tells it from that. */
export interface Survivor {
  readonly place: Place;
  /** What was changed there: `$lt → $lte`. */
  readonly change: string;
}

/** At most so many mutants of one rule or file are tried, spread over all of them. */
const MOST = 200;

/**
 * Changes each rule that has tests in many small ways, and the conditions and templates that such rules use, and tells which changes no
 * test notices. The tests must pass: a rule with one that fails is left out.
 */
export async function mutateRules({ files, catalogue, tests }: TestedRules): Promise<MutationReport> {
  const bench = openWorkbench(files, catalogue);
  const tested: Tested[] = [];
  for (const { rule: name, tests: own } of tests) {
    const located = bench.rules.get(name);
    const rule = located && bench.prepare(name, located);
    if (located !== undefined && rule !== undefined && (await passes(rule, { rule, tests: own })))
      tested.push({ located, rule, tests: own });
  }
  const reports: MutationReport[] = [];
  for (const one of tested) reports.push(await tryAll(one.rule.summary.name, rulesMutants(bench, one)));
  for (const file of sharedFiles(files, bench.around)) {
    // Whoever uses it, itself or through other files, could not be compiled with it.
    const users = tested.filter(({ rule, located }) => bench.prepare(rule.summary.name, located, file.broken()) === undefined);
    if (users.length > 0) reports.push(await tryAll(file.path, filesMutants(bench, file, users)));
  }
  return {
    mutants: reports.reduce((sum, { mutants }) => sum + mutants, 0),
    survivors: reports.flatMap(({ survivors }) => survivors),
    cut: reports.flatMap(({ cut }) => cut),
  };
}

/** A rule whose tests pass. */
interface Tested {
  readonly located: Located;
  readonly rule: PreparedRule;
  readonly tests: readonly RuleTest[];
}

/** A change that was not made yet: most of those of a large rule are not tried. */
interface Mutant {
  readonly says: string;
  place(): Place;
  /** The rules that it touches, each beside what it was; undefined where the rule then has problems. */
  made(): readonly (readonly [PreparedRule | undefined, Tested])[];
}

function rulesMutants(bench: Workbench, one: Tested): readonly Mutant[] {
  const { located } = one;
  const { name, reads } = one.rule.summary;
  const value = located.value as Value;
  const events = one.tests.flatMap((test) => eventsOf(test, one.rule));
  const changes = isRow(value) ? [...ruleChanges(value, (each) => siblingsIn(events, reads, each))] : [];
  return changes.map(({ says, shownAt, what, at, to }) => ({
    says,
    place: () => located.placeOf(shownAt, what),
    made: () => [[bench.prepare(name, located.withValue(changed(value, at, to()))), one]],
  }));
}

function filesMutants(bench: Workbench, file: SharedFile, users: readonly Tested[]): readonly Mutant[] {
  const events = users.flatMap(({ rule, tests }) => tests.flatMap((test) => eventsOf(test, rule)));
  const siblings = siblingsIn(
    events,
    users.flatMap(({ rule }) => rule.summary.reads),
  );
  return [...file.changes(siblings)].map(({ says, place, around }) => ({
    says,
    place,
    made() {
      const changedAround = around();
      return users.map((user) => [bench.prepare(user.rule.summary.name, user.located, changedAround), user]);
    },
  }));
}

async function tryAll(of: string, mutants: readonly Mutant[]): Promise<MutationReport> {
  const tried = spread(mutants);
  const survivors: Survivor[] = [];
  let count = 0;
  for (const { says, place, made } of tried) {
    const all = made();
    // A change that nobody could run, since a rule then has problems.
    if (all.some(([mutant]) => mutant === undefined)) continue;
    count++;
    if (await survives(all)) survivors.push({ place: place(), change: says });
  }
  return { mutants: count, survivors, cut: tried.length < mutants.length ? [{ of, tried: tried.length, made: mutants.length }] : [] };
}

async function survives(all: readonly (readonly [PreparedRule | undefined, Tested])[]): Promise<boolean> {
  for (const [mutant, tested] of all) if (mutant !== undefined && !(await passes(mutant, tested))) return false;
  return true;
}

/** The events are those of the rule as it is: a mutant that looks at less must not get others. */
async function passes(rule: PreparedRule, { rule: original, tests }: Pick<Tested, "rule" | "tests">): Promise<boolean> {
  for (const test of tests) if ((await tryTest(rule, test, original)).length > 0) return false;
  return true;
}

/** The same ones each time. */
function spread<Item>(all: readonly Item[]): readonly Item[] {
  if (all.length <= MOST) return all;
  return Array.from({ length: MOST }, (_, index) => all[Math.floor((index * all.length) / MOST)]).filter((one) => one !== undefined);
}
