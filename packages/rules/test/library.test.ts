import type { Matched } from "@backstitch/core/rules";
import type { Row } from "@backstitch/core/values";
import { formatProblem } from "@backstitch/core/rules";
import { describe, expect, test } from "vitest";
import { compileRules, type CompiledRuleSet, type CustomFact, type EngineExtensions } from "../src/index.ts";
import { eventOf } from "./cases.ts";
import { catalogue, surroundings } from "./catalogue.ts";

const on = { source: "shop", collection: "orders" };
const then = [{ service: "sms", action: "send", with: { to: "t", body: "b" } }];
const isOne = { all: [{ fact: "after", path: "$.q", operator: "equal", value: 1 }] };

function compile(whens: Readonly<Record<string, object>>, extensions?: EngineExtensions): CompiledRuleSet {
  const rules = Object.entries(whens).map(([name, when]) => ({ path: `rules/${name}.json`, text: JSON.stringify({ on, when, then }) }));
  const { ruleSet, problems } = compileRules({ ...surroundings, rules }, { ...catalogue, ...(extensions && { extensions }) });
  if (ruleSet === undefined) throw new Error(JSON.stringify(problems));
  return ruleSet;
}

function now(whens: Readonly<Record<string, object>>, event: Row): Matched {
  const matched = compile(whens).match([eventOf(event)]);
  if (matched instanceof Promise) throw new Error("it waited");
  return matched;
}

const matching = ({ deliveries }: Matched): string[] => deliveries.map(({ rule }) => rule);

describe("conditions of json-rules-engine", () => {
  test("nothing waits", () => {
    expect(matching(now({ isOne }, { after: { q: 1 } }))).toEqual(["isOne"]);
  });

  test("a run that is rejected fails its rule alone", () => {
    const bad = { all: [{ fact: "after", path: "$.q", operator: "in", value: null }] };
    const matched = now({ bad, isOne }, { after: { q: 1 } });
    expect(matching(matched)).toEqual(["isOne"]);
    expect(matched.failures).toEqual([
      {
        key: "e1/bad/(when)",
        eventId: "e1",
        rule: "bad",
        then: undefined,
        service: undefined,
        action: undefined,
        code: "CONDITION_FAILED",
        reason: 'json-rules-engine rejects the run: "in" and "notIn" need a list or a text to look in.',
      },
    ]);
  });
});

describe("facts and operators of a developer's own", () => {
  const weather: EngineExtensions = {
    facts: new Map<string, CustomFact>([
      ["weather", async ({ city }) => (city === "Bern" ? "rain" : "sun")],
      ["double", async (_, read) => 2 * ((await read("after")) as { q: number }).q],
      ["never", () => new Promise(() => undefined)],
    ]),
    operators: new Map([["startsWith", (fact, value) => String(fact).startsWith(String(value))]]),
    limitMs: 20,
  };
  const rainsIn = (city: string): object => ({ all: [{ fact: "weather", params: { city }, operator: "equal", value: "rain" }] });
  const never = { all: [{ fact: "never", operator: "equal", value: 1 }] };

  test.each([
    ["a fact with params", rainsIn("Bern"), ["rule"]],
    ["a fact with other params", rainsIn("Aarau"), []],
    ["a fact that reads another", { all: [{ fact: "double", operator: "equal", value: 4 }] }, ["rule"]],
    ["a fact on the right", { all: [{ fact: "after", path: "$.q", operator: "lessThan", value: { fact: "double" } }] }, ["rule"]],
    ["an operator", { all: [{ fact: "after", path: "$.name", operator: "startsWith", value: "Th" }] }, ["rule"]],
    ["an operator with a decorator", { all: [{ fact: "after", path: "$.name", operator: "not:startsWith", value: "Th" }] }, []],
  ])("%s", async (_, rule, expected) => {
    const waited = compile({ rule }, weather).match([eventOf({ after: { q: 2, name: "Thread" } })]);
    expect(waited).toBeInstanceOf(Promise);
    expect(matching(await waited)).toEqual(expected);
  });

  test("who does not register them is told", () => {
    const text = JSON.stringify({ on, when: rainsIn("Bern"), then });
    const { problems } = compileRules({ ...surroundings, rules: [{ path: "rules/r.json", text }] }, catalogue);
    expect(problems.map(formatProblem).join("\n")).toContain('RULE_PATH_UNKNOWN There is no "weather" to read');
  });

  test("named conditions count wherever they are used, up to 10,000 tests", () => {
    const doubled = Array.from({ length: 14 }, (_, index) => ({
      path: `conditions/c${index}.json`,
      text: JSON.stringify(index === 0 ? isOne : { any: [{ condition: `c${index - 1}` }, { condition: `c${index - 1}` }] }),
    }));
    const problemsOf = (name: string): string[] => {
      const when = { all: [{ fact: "double", operator: "equal", value: 4 }, { not: { condition: name } }] };
      const rules = [{ path: "rules/r.json", text: JSON.stringify({ on, when, then }) }];
      const { problems } = compileRules({ ...surroundings, conditions: doubled, rules }, { ...catalogue, extensions: weather });
      return problems.filter(({ place }) => place.file === "rules/r.json").map(({ code, message }) => `${code} ${message}`);
    };
    expect(problemsOf("c10")).toEqual([]);
    expect(problemsOf("c13")).toEqual([
      "RULE_CONDITION_TOO_LARGE This condition has more than 10000 tests once its named conditions are put in.",
    ]);
  });

  test("only rules that ask them wait for them, and runs at the same time do not disturb each other", async () => {
    const when = { all: [{ fact: "double", operator: "equal", value: 2 }] };
    const ruleSet = compile({ when }, weather);
    expect(ruleSet.match([eventOf({ collection: "other" })])).not.toBeInstanceOf(Promise);
    const batches = Array.from({ length: 50 }, async (_, index) => {
      for (let turns = 0; turns < index; turns++) await Promise.resolve();
      return ruleSet.match([eventOf({ id: `e${index}`, after: { q: index % 2 } })]);
    });
    const counts = (await Promise.all(batches)).map(({ deliveries }) => deliveries.length);
    expect(counts).toEqual(Array.from({ length: 50 }, (_, index) => index % 2));
  });

  test("verdicts of one rule and one event do not reach the next", async () => {
    const when = (value: number): object => ({ all: [{ fact: "double", operator: "equal", value }] });
    const events = [1, 2, 1].map((q, index) => eventOf({ id: `e${index}`, after: { q } }));
    const { deliveries } = await compile({ a: when(2), b: when(4) }, weather).match(events);
    expect(deliveries.map(({ rule, eventId }) => `${rule} ${eventId}`)).toEqual(["a e0", "b e1", "a e2"]);
  });

  test("a fact that takes too long fails its rule alone, again and again", async () => {
    const ruleSet = compile({ never, isOne }, weather);
    for (const id of ["e1", "e2"]) {
      const matched = await ruleSet.match([eventOf({ id, after: { q: 1 } })]);
      expect(matching(matched)).toEqual(["isOne"]);
      expect(matched.failures).toMatchObject([
        { rule: "never", code: "CONDITION_FAILED", reason: "json-rules-engine could not decide the condition (TookTooLong)." },
      ]);
    }
  });
});
