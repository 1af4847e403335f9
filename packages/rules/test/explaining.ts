import type { Row } from "@backstitch/core/values";
import { compileRules, type CompiledRuleSet, type CustomFact, type ExplainedCondition, type Explanation } from "../src/index.ts";
import { eventOf } from "./cases.ts";
import { catalogue, surroundings } from "./catalogue.ts";

export function compile(rule: object): CompiledRuleSet {
  const whole = {
    on: { source: "shop", collection: "orders" },
    then: [{ service: "sms", action: "send", with: { to: "t", body: "b" } }],
    ...rule,
  };
  const extensions = {
    facts: new Map<string, CustomFact>([
      ["weather", async ({ city }) => (city === "Bern" ? "rain" : "sun")],
      ["broken", () => Promise.reject(new TypeError("no"))],
    ]),
    operators: new Map(),
  };
  const { ruleSet, problems } = compileRules(
    { ...surroundings, rules: [{ path: "rules/r.json", text: JSON.stringify(whole) }] },
    { ...catalogue, extensions },
  );
  if (ruleSet === undefined) throw new Error(JSON.stringify(problems));
  return ruleSet;
}

export function explain(rule: object, event: Row): Explanation {
  const explanation = compile(rule).explain("r", eventOf(event));
  if (explanation === undefined || explanation instanceof Promise) throw new Error("not explained at once");
  return explanation;
}

/** `true and`, with `!` where the verdict stands on it; tests with what they read. */
export function outline({ operator, verdict, decided, test, parts }: ExplainedCondition, depth = 0): string[] {
  const read =
    test === undefined
      ? ""
      : ` ${test.path} is ${JSON.stringify(test.actual)}, wants ${test.expectedPath ?? ""} ${JSON.stringify(test.expected)}`;
  return [
    `${"  ".repeat(depth)}${decided ? "!" : "-"} ${verdict} ${operator}${read}`,
    ...parts.flatMap((part) => outline(part, depth + 1)),
  ];
}
