import type { ChangeEvent } from "@backstitch/core/source";
import type { Value } from "@backstitch/core/values";
import { describe, expect, test } from "vitest";
import { compileRules, type CompiledRuleSet, type ExplainedCondition, type Explanation } from "../src/index.ts";
import { eventOf } from "./cases.ts";
import { catalogue } from "./catalogue.ts";
import { randomFrom, type Random } from "./random-rules.ts";
import { runs } from "./runs.ts";

type Verdict = ExplainedCondition["verdict"];

/** A test that an event can bring to any verdict without touching another: its field alone decides it. */
interface Switch {
  readonly field: string;
  readonly values: Readonly<Partial<Record<Verdict, Value>>>;
  /** In the dialect of expressions, or of json-rules-engine. */
  readonly test: object;
}

const field = (name: string, test: unknown, on: Value, off: Value): Switch => ({
  field: name,
  values: { true: on, false: off },
  test: { [`after.${name}`]: test },
});
const EXPRESSIONS: readonly [Switch, ...Switch[]] = [
  field("f0", 1, 1, 0),
  field("f1", { $ne: 1 }, 0, 1),
  field("f2", { $exists: false, $not: { $exists: true } }, null, 0),
  field("f3", { $elemMatch: { a: 1, b: 2 } }, [{ a: 1, b: 2 }], [{ a: 1 }, { b: 2 }]),
];
/** json-rules-engine rejects the run where there is no list. */
const LIBRARY: readonly [Switch, ...Switch[]] = ["g0", "g1", "g2"].map((name) => ({
  field: name,
  values: { true: ["update"], false: [], rejected: 7 },
  test: { fact: "operation", operator: "in", value: { fact: "after", path: `$.${name}` } },
})) as unknown as readonly [Switch, ...Switch[]];
const SWITCHES = [...EXPRESSIONS, ...LIBRARY];
const NAMED = ["n0", "n1", "n2"] as const;

type State = Readonly<Record<string, Verdict>>;

function eventAt(state: State): ChangeEvent {
  const after: Record<string, Value> = {};
  const unsent: string[] = [];
  for (const { field, values } of SWITCHES) {
    const verdict = state[field] ?? "false";
    const value = values[verdict];
    if (verdict === "undecided") unsent.push(field);
    // `$exists: false` is true where there is nothing.
    else if (value !== undefined && !(field === "f2" && verdict === "true")) after[field] = value;
  }
  return eventOf({ after, unsent });
}

function expression(random: Random, depth = 3): object {
  if (depth === 0 || random.below(4) === 0) return random.below(3) === 0 ? { $condition: random.one(NAMED) } : random.one(EXPRESSIONS).test;
  if (random.below(6) === 0) return { $not: expression(random, depth - 1) };
  const parts = [expression(random, depth - 1), ...random.several(2, () => expression(random, depth - 1))];
  return { [random.one(["$and", "$or", "$nor"])]: parts };
}

function engineCondition(random: Random, depth = 3): object {
  const priority = random.below(2) === 0 ? { priority: random.below(3) + 1 } : {};
  if (depth === 0 || (depth < 3 && random.below(3) === 0)) return { ...random.one(LIBRARY).test, ...priority };
  const group =
    random.below(6) === 0
      ? { not: engineCondition(random, depth - 1) }
      : { [random.one(["all", "any"])]: random.several(3, () => engineCondition(random, depth - 1)) };
  return depth === 3 ? group : { ...group, ...priority };
}

function compile(when: object, named: readonly object[]): CompiledRuleSet {
  const text = JSON.stringify({
    on: { source: "shop", collection: "orders" },
    when,
    then: [{ service: "sms", action: "send", with: { to: "t", body: "b" } }],
  });
  const conditions = named.map((condition, index) => ({ path: `conditions/n${index}.json`, text: JSON.stringify(condition) }));
  const { ruleSet, problems } = compileRules({ rules: [{ path: "rules/r.json", text }], conditions, templates: [], values: [] }, catalogue);
  if (ruleSet === undefined) throw new Error(JSON.stringify(problems));
  return ruleSet;
}

function explain(ruleSet: CompiledRuleSet, event: ChangeEvent): Explanation {
  const explanation = ruleSet.explain("r", event);
  if (explanation === undefined || explanation instanceof Promise) throw new Error("not explained");
  return explanation;
}

function matches(ruleSet: CompiledRuleSet, state: State): boolean {
  const matched = ruleSet.match([eventAt(state)]);
  if (matched instanceof Promise) throw new Error("it waits");
  return matched.deliveries.length === 1;
}

function testsOf(node: ExplainedCondition): ExplainedCondition[] {
  return node.test === undefined ? node.parts.flatMap(testsOf) : [node];
}

const fieldOf = ({ test }: ExplainedCondition): string =>
  ((test?.path === "operation" ? test.expectedPath : test?.path) ?? "").slice("after.".length);

/** The state in which the changed tests say what the nearest miss wants of them. */
function changedBy({ when, nearestMiss }: Explanation, state: State): State {
  const changes = (nearestMiss?.changes ?? []).map(({ test: number, from, to }) => {
    const first = testsOf(when).find(({ test }) => test?.number === number);
    if (first === undefined) throw new Error(`There is no test ${number}.`);
    expect(first.verdict).toBe(from);
    const isOpposite = fieldOf(first) === "f0" && first.operator === "$ne";
    return [fieldOf(first), isOpposite ? (to === "true" ? "false" : "true") : to] as const;
  });
  return { ...state, ...Object.fromEntries(changes) };
}

/** The fewest switches that must be turned for the rule to match, by trying them all. */
function fewest(ruleSet: CompiledRuleSet, state: State, fields: readonly string[], from = 0): number {
  if (matches(ruleSet, state)) return 0;
  let best = Infinity;
  for (let index = from; index < fields.length; index++) {
    const name = fields[index] ?? "";
    for (const verdict of ["true", "false"] as const) {
      if (state[name] !== verdict) best = Math.min(best, 1 + fewest(ruleSet, { ...state, [name]: verdict }, fields, index + 1));
    }
  }
  return best;
}

const TREES = runs(400);

describe("the nearest miss", () => {
  test.each([
    { dialect: "expressions", make: (random: Random) => expression(random) },
    { dialect: "conditions of json-rules-engine", make: (random: Random) => engineCondition(random) },
  ])("makes the rule match, and no smaller set does: $dialect", ({ make }) => {
    const random = randomFrom(11);
    const found = { impossible: 0, one: 0, more: 0, repeated: 0 };
    for (let tree = 0; tree < TREES; tree++) {
      const ruleSet = compile(
        make(random),
        NAMED.map(() => engineCondition(random, 2)).map((named) => ("fact" in named ? { all: [named] } : named)),
      );
      const state: State = Object.fromEntries(
        SWITCHES.map(({ field, values }) => [
          field,
          random.one<Verdict>("rejected" in values ? ["true", "false", "undecided", "rejected"] : ["true", "false", "undecided"]),
        ]),
      );
      const explanation = explain(ruleSet, eventAt(state));
      const { when, nearestMiss } = explanation;
      const fields = testsOf(when).map(fieldOf);
      const size = fewest(ruleSet, state, [...new Set(fields)]);
      expect(nearestMiss === undefined).toBe(size === 0);
      if (nearestMiss === undefined) continue;
      expect(nearestMiss.smallest).toBe(true);
      expect(nearestMiss.changes.length).toBe(size === Infinity ? 0 : size);
      if (size < Infinity) expect(matches(ruleSet, changedBy(explanation, state))).toBe(true);
      found[size === Infinity ? "impossible" : size === 1 ? "one" : "more"] += 1;
      if (new Set(fields).size < fields.length) found.repeated += 1;
    }
    for (const count of Object.values(found)) expect(count).toBeGreaterThan(TREES / 80);
  });

  test("a verdict of true or false stands on the tests that are marked: whatever the others are, it is the same", () => {
    const random = randomFrom(5);
    for (let tree = 0; tree < TREES; tree++) {
      const ruleSet = compile(
        expression(random),
        NAMED.map(() => ({ any: [random.one(LIBRARY).test, random.one(LIBRARY).test] })),
      );
      const state: State = Object.fromEntries(SWITCHES.map(({ field }) => [field, random.one<Verdict>(["true", "false", "undecided"])]));
      const { when } = explain(ruleSet, eventAt(state));
      if (when.verdict === "undecided") continue;
      const deciding = new Set(
        testsOf(when)
          .filter(({ decided }) => decided)
          .map(fieldOf),
      );
      const others = Object.fromEntries(
        SWITCHES.filter(({ field }) => !deciding.has(field)).map(({ field }) => [
          field,
          random.one<Verdict>(["true", "false", "undecided"]),
        ]),
      );
      expect(explain(ruleSet, eventAt({ ...state, ...others })).when.verdict).toBe(when.verdict);
    }
  });
});
