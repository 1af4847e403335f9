import { Engine, type RuleProperties } from "json-rules-engine";
import { Query } from "mingo";
import { expression, libraryCondition, type Test } from "./sets.ts";

/** What else decides the same rules, each as it is fastest: json-rules-engine over facts without paths, mingo over the row itself. */
export interface Peer {
  readonly name: "json-rules-engine" | "mingo";
  /** Larger sets would take it minutes. */
  readonly mostRules: number;
  open(tests: readonly Test[]): (row: Readonly<Record<string, unknown>>) => Promise<readonly string[]>;
}

const jsonRulesEngine: Peer = {
  name: "json-rules-engine",
  mostRules: 1_000,
  open(tests) {
    const rules = tests.map((test, index): RuleProperties => {
      const conditions = libraryCondition("all" in test || "any" in test || "not" in test ? test : { all: [test] });
      return { conditions: conditions as RuleProperties["conditions"], event: { type: `r${index}` } };
    });
    const engine = new Engine(rules);
    return async (row) => (await engine.run(row)).events.map(({ type }) => type);
  },
};

const mingo: Peer = {
  name: "mingo",
  mostRules: 10_000,
  open(tests) {
    const queries = tests.map((test, index) => ({ name: `r${index}`, query: new Query(expression(test) as Record<string, unknown>) }));
    return (row) => Promise.resolve(queries.filter(({ query }) => query.test(row)).map(({ name }) => name));
  },
};

export const PEERS: readonly Peer[] = [jsonRulesEngine, mingo];
