import { BEGINNING, conclusion, groupOf, step, type Group, type GroupCondition, type State } from "./group.ts";
import type { Examined } from "./examine.ts";
import { negated, VERDICTS, type Verdict } from "./verdict.ts";

/** What it costs to bring a condition to each verdict, in tests that change; Infinity: it cannot be brought there. */
export type Costs = Readonly<Record<Verdict, number>>;

/** The cheapest ways to bring a condition to each verdict. */
export interface Plan {
  readonly costs: Costs;
  /** Tells of every test what it must be for the verdict, as far as one of the cheapest ways goes. */
  tell(verdict: Verdict, say: (test: Examined, verdict: Verdict) => void): void;
}

/**
 * Dynamic programming over the tree: a group's cheapest way to a verdict is found from its parts' cheapest ways to theirs,
 * which is exact as long as no test stands at two places.
 */
export function plan(examined: Examined, costsOf: (test: Examined) => Costs): Plan {
  const { condition, parts, verdict } = examined;
  switch (condition.kind) {
    case "and":
    case "or":
    case "staged":
      return planGroup(
        condition,
        parts.map((part) => plan(part, costsOf)),
      );
    case "not":
      return parts[0] === undefined ? fixedAt(verdict) : planNot(plan(parts[0], costsOf));
    case "const":
      return fixedAt(verdict);
    case "test":
    case "element":
    case "change":
    case "library":
    case "engine":
      return { costs: costsOf(examined), tell: (wanted, say) => say(examined, wanted) };
  }
}

function fixedAt(verdict: Verdict): Plan {
  return { costs: { true: Infinity, false: Infinity, undecided: Infinity, rejected: Infinity, [verdict]: 0 }, tell: () => undefined };
}

function planNot({ costs, tell }: Plan): Plan {
  return { costs: { ...costs, true: costs.false, false: costs.true }, tell: (verdict, say) => tell(negated(verdict), say) };
}

/** The cheapest way to a state: from which state before, by which verdict of the part. */
interface Way {
  readonly cost: number;
  readonly from: State;
  readonly by: Verdict;
}

function planGroup(condition: GroupCondition, parts: readonly Plan[]): Plan {
  const group = groupOf(condition);
  const ways: ReadonlyMap<State, Way>[] = [new Map([[BEGINNING, { cost: 0, from: BEGINNING, by: "true" }]])];
  for (const [index, part] of parts.entries()) ways.push(waysOn(group, ways[index] ?? new Map(), part, group.endsStage(index)));
  const ends = new Map<Verdict, { readonly state: State; readonly cost: number }>();
  for (const [state, { cost }] of ways.at(-1) ?? []) {
    const verdict = conclusion(group, state);
    if (cost < (ends.get(verdict)?.cost ?? Infinity)) ends.set(verdict, { state, cost });
  }
  const costTo = (verdict: Verdict): number => ends.get(verdict)?.cost ?? Infinity;
  return {
    costs: { true: costTo("true"), false: costTo("false"), undecided: costTo("undecided"), rejected: costTo("rejected") },
    tell(verdict, say) {
      let state = ends.get(verdict)?.state;
      for (let index = parts.length; index > 0 && state !== undefined; index--) {
        const way = ways[index]?.get(state);
        if (way !== undefined) parts[index - 1]?.tell(way.by, say);
        state = way?.from;
      }
    },
  };
}

function waysOn(group: Group, before: ReadonlyMap<State, Way>, { costs }: Plan, endsStage: boolean): ReadonlyMap<State, Way> {
  const after = new Map<State, Way>();
  for (const [from, { cost: spent }] of before) {
    for (const by of VERDICTS) {
      const cost = spent + costs[by];
      const state = step(group, from, by, endsStage);
      if (cost < (after.get(state)?.cost ?? Infinity)) after.set(state, { cost, from, by });
    }
  }
  return after;
}
