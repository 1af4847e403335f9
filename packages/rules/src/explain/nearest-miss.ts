import type { Examined } from "./examine.ts";
import type { NearestMiss } from "./explanation.ts";
import { concluded, groupOf } from "./group.ts";
import { oppositeOf } from "./opposite.ts";
import { plan, type Costs } from "./plan.ts";
import { negated, VERDICTS, type Verdict } from "./verdict.ts";

/** Nodes that are looked at before the search for a smaller set is given up. */
const MOST_LOOKS = 500_000;
/** Sums of fractions are not exact. */
const CLOSE = 1e-6;

/** A test, wherever it stands. */
interface Test {
  readonly number: number;
  readonly from: Verdict;
  readonly places: number;
  /** json-rules-engine is asked before anything else: what it rejects rejects the whole, needed or not. */
  readonly mustNotReject: boolean;
  /** The first of its places is shown as its opposite: `$ne` for `$eq`. */
  readonly shownOpposite: boolean;
}

/** What tests must be. */
type Settings = ReadonlyMap<number, Verdict>;

/**
 * The smallest set of tests whose change makes the condition true. Where every test stands at one place, the plan over the tree is exact.
 * A test that stands at several must be the same at all of them: then branch and bound. A plan in which each place of a test pays
 * its share is never dearer than the truth, so what costs more than the best set so far is not looked into.
 */
export function findNearestMiss(root: Examined): NearestMiss {
  const tests = testsOf(root);
  const size = sizeOf(root);
  let best: Settings | undefined;
  let looks = 0;
  let gaveUp = false;

  const offer = (settings: Settings): void => {
    if (settings.size < (best?.size ?? Infinity)) best = settings;
  };
  const search = (fixed: Settings): void => {
    looks += size;
    if (looks > MOST_LOOKS && looks > size) gaveUp = true;
    if (gaveUp) return;
    const { costs, tell } = plan(root, ({ number = 0 }) => costsOf(tests.get(number), fixed.get(number)));
    const spent = changed(tests, fixed).size;
    if (Math.ceil(spent + costs.true - CLOSE) >= (best?.size ?? Infinity)) return;
    const wanted = new Map<number, Set<Verdict>>();
    tell("true", ({ number = 0 }, verdict) => wanted.set(number, (wanted.get(number) ?? new Set()).add(verdict)));
    const torn = [...wanted].find(([number, verdicts]) => verdicts.size > 1 && !fixed.has(number));
    const settings = changed(tests, new Map([...settled(tests, wanted), ...fixed]));
    if (torn === undefined || holds(root, tests, settings)) offer(settings);
    if (torn !== undefined) for (const verdict of choices(tests.get(torn[0]))) search(new Map([...fixed, [torn[0], verdict]]));
  };
  search(new Map());
  return { changes: changesOf(tests, best ?? new Map()), smallest: !gaveUp };
}

function testsOf(examined: Examined, tests = new Map<number, Test>(), inNegation = false): ReadonlyMap<number, Test> {
  const { number, verdict: from, condition, parts } = examined;
  if (number !== undefined) {
    const known = tests.get(number);
    const shownOpposite = known?.shownOpposite ?? (inNegation && oppositeOf(condition) !== undefined);
    tests.set(number, { number, from, places: (known?.places ?? 0) + 1, mustNotReject: condition.kind === "engine", shownOpposite });
  }
  for (const part of parts) testsOf(part, tests, condition.kind === "not");
  return tests;
}

function sizeOf({ parts }: Examined): number {
  return parts.reduce((sum, part) => sum + sizeOf(part), 1);
}

/** A change costs one, shared by the places where the test stands; nothing once it is fixed. */
function costsOf(test: Test | undefined, fixed: Verdict | undefined): Costs {
  const costs: Record<Verdict, number> = { true: Infinity, false: Infinity, undecided: Infinity, rejected: Infinity };
  if (test === undefined) return costs;
  if (fixed !== undefined) return { ...costs, [fixed]: 0 };
  costs.true = costs.false = 1 / test.places;
  costs[test.from] = test.mustNotReject && test.from === "rejected" ? Infinity : 0;
  return costs;
}

function choices(test: Test | undefined): readonly Verdict[] {
  if (test === undefined) return [];
  const changes: readonly Verdict[] = VERDICTS.filter((verdict) => verdict !== test.from && (verdict === "true" || verdict === "false"));
  return test.mustNotReject && test.from === "rejected" ? changes : [...changes, test.from];
}

/** Where the places of a test want different things, the change wins. */
function settled(tests: ReadonlyMap<number, Test>, wanted: ReadonlyMap<number, ReadonlySet<Verdict>>): Settings {
  return new Map(
    [...wanted].map(([number, verdicts]) => {
      const { from = "true" } = tests.get(number) ?? {};
      return [number, [...verdicts].find((verdict) => verdict !== from) ?? from] as const;
    }),
  );
}

function changed(tests: ReadonlyMap<number, Test>, settings: Settings): Settings {
  return new Map([...settings].filter(([number, verdict]) => tests.get(number)?.from !== verdict));
}

/** Whether the condition is true with these changes. */
function holds(root: Examined, tests: ReadonlyMap<number, Test>, settings: Settings): boolean {
  const rejects = [...tests.values()].some(
    ({ number, from, mustNotReject }) => mustNotReject && from === "rejected" && !settings.has(number),
  );
  return !rejects && decided(root, settings) === "true";
}

function decided({ condition, verdict, number, parts }: Examined, settings: Settings): Verdict {
  if (number !== undefined) return settings.get(number) ?? verdict;
  const verdicts = parts.map((part) => decided(part, settings));
  if (condition.kind === "not") return negated(verdicts[0] ?? verdict);
  return condition.kind === "and" || condition.kind === "or" || condition.kind === "staged"
    ? concluded(groupOf(condition), verdicts)
    : verdict;
}

function changesOf(tests: ReadonlyMap<number, Test>, settings: Settings): NearestMiss["changes"] {
  return [...settings]
    .sort(([one], [other]) => one - other)
    .flatMap(([number, wanted]) => {
      const test = tests.get(number);
      if (test === undefined) return [];
      const [from, to] = test.shownOpposite ? [negated(test.from), negated(wanted)] : [test.from, wanted];
      return to === "true" || to === "false" ? [{ test: number, from, to }] : [];
    });
}
