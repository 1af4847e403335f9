import type { Row, Value } from "@backstitch/core/values";
import { compileRules, type CompiledRuleSet } from "../src/index.ts";
import { eventOf } from "./cases.ts";
import { catalogue, surroundings } from "./catalogue.ts";

const on = { source: "shop", collection: "orders" };
const then = [{ service: "sms", action: "send", with: { to: "t", body: "b" } }];

export type Rules = Readonly<Record<string, Row>>;

/** Each rule begins with a test that holds and that no index knows: a field of the rule's own is read where the rule is decided. */
function witnessed(name: string, when: Row): Row {
  if ("all" in when || "any" in when)
    return { all: [{ fact: "after", path: `$.by-${name}`, operator: "notEqual", value: 0, priority: 2 }, when] };
  return { [`after.by-${name}`]: { $ne: 0 }, ...when };
}

export function compileWitnessed(rules: Rules, previous?: CompiledRuleSet): CompiledRuleSet {
  const files = Object.entries(rules).map(([name, when]) => ({
    path: `rules/${name}.json`,
    text: JSON.stringify({ on, when: witnessed(name, when), then }),
  }));
  const { ruleSet, problems } = compileRules({ ...surroundings, rules: files }, catalogue, previous);
  if (ruleSet === undefined) throw new Error(JSON.stringify(problems));
  return ruleSet;
}

/** The rules that were decided for the event, by rising name. */
export function decided(ruleSet: CompiledRuleSet, after: Row, event: Row = {}): readonly string[] {
  const names = new Set<string>();
  const shown: Row = { ...after };
  for (const { name } of ruleSet.rules) {
    Object.defineProperty(shown, `by-${name}`, { enumerable: true, get: () => (names.add(name), 1) });
  }
  const matched = ruleSet.match([{ ...eventOf(event), after: shown }]);
  if (matched instanceof Promise) throw new Error("it waited");
  return [...names].sort((one, other) => Number(one.slice(1)) - Number(other.slice(1)));
}

export const rulesOf = (whens: readonly Row[], from = 0): Rules =>
  Object.fromEntries(whens.map((when, index) => [`r${from + index}`, when]));
export const many = <Made>(count: number, make: (index: number) => Made): Made[] =>
  Array.from({ length: count }, (_, index) => make(index));

export const range = (low: Value, high: Value): Row => ({ $gte: low, $lt: high });
