import { describe, expect, test } from "vitest";
import { compileRules, type CompiledRuleSet, type CustomFact, type Explanation } from "../src/index.ts";
import { eventOf } from "./cases.ts";
import { catalogue, surroundings } from "./catalogue.ts";
import { compile, explain, outline } from "./explaining.ts";

describe("around the condition", () => {
  test("says what of the event is not for the rule", () => {
    const rule = { enabled: false, on: { source: "other", collection: ["a", "b"], operations: ["insert"], origins: ["snapshot"] } };
    const { on, matches, when } = explain(rule, {});
    expect(on).toEqual([
      { what: "enabled", fits: false, expected: ["true"], actual: "false" },
      { what: "source", fits: false, expected: ["other"], actual: "shop" },
      { what: "collection", fits: false, expected: ["a", "b"], actual: "orders" },
      { what: "operation", fits: false, expected: ["insert"], actual: "update" },
      { what: "origin", fits: false, expected: ["snapshot"], actual: "log" },
    ]);
    expect([when.verdict, matches]).toEqual(["true", false]);
  });

  test("renders the arguments of every entry, or says why not", () => {
    const entry = (name: string, body: unknown): object => ({ name, service: "sms", action: "send", with: { to: "t", body } });
    const { then } = explain({ then: [entry("good", "{{ after.n }}"), entry("bad", { $path: "after.gone" })] }, { after: { n: 3 } });
    expect(then).toEqual([
      {
        name: "good",
        service: "sms",
        action: "send",
        parts: [{ index: undefined, when: undefined, args: { to: "t", body: "3" }, fault: undefined }],
        more: 0,
        fault: undefined,
      },
      {
        name: "bad",
        service: "sms",
        action: "send",
        parts: [
          {
            index: undefined,
            when: undefined,
            args: undefined,
            fault: { code: "ARGUMENT_MISSING", reason: 'Argument "body": after.gone is missing.' },
          },
        ],
        more: 0,
        fault: undefined,
      },
    ]);
  });

  test("an entry that cannot be put in order says so, as one without arguments does", () => {
    const entry = { service: "sms", action: "send", order: { by: "after.customer" }, with: { to: "t", body: "b" } };
    const [unsent] = explain({ then: [entry] }, { after: {}, unsent: ["customer"] }).then;
    const reason = '"order": the source did not send after.customer.';
    expect(unsent?.parts).toMatchObject([{ args: undefined, fault: { code: "ARGUMENT_UNSENT", reason } }]);
    const [missing] = explain({ then: [entry] }, { after: {} }).then;
    expect(missing?.parts).toMatchObject([{ args: { to: "t", body: "b" } }]);
  });

  test("an entry for each element says of each what it would send, and whether its own condition lets it", () => {
    const entry = {
      service: "sms",
      action: "send",
      each: "after.items",
      when: { "item.n": { $gt: 1 } },
      with: { to: "t", body: "{{ index }}: {{ item.n }}" },
    };
    const items = [{ n: 1 }, { n: 2 }, {}, ...Array.from({ length: 20 }, () => ({ n: 3 }))];
    const [explained] = explain({ then: [entry] }, { after: { items } }).then;
    expect(explained).toMatchObject({ name: "sms.send", more: 13, fault: undefined });
    expect(
      explained?.parts.slice(0, 3).map(({ index, when, args, fault }) => [index, when && outline(when), args?.["body"], fault?.code]),
    ).toEqual([
      [0, ["! false $gt item.n is 1, wants  1"], "0: 1", undefined],
      [1, ["! true $gt item.n is 2, wants  1"], "1: 2", undefined],
      [2, ["! false $gt item.n is undefined, wants  1"], undefined, "TEMPLATE_FAILED"],
    ]);
    expect(explain({ then: [entry] }, { after: { items: 5 } }).then[0]).toMatchObject({ parts: [], fault: { code: "EACH_INVALID" } });
  });

  test("there is nothing to say of a rule that is not there", () => {
    expect(compile({}).explain("other", eventOf({}))).toBeUndefined();
  });
});

describe("facts of a developer's own", () => {
  const asks = (fact: string, value: string): object => ({
    any: [
      { fact, params: { city: "Bern" }, operator: "equal", value },
      { fact: "after", path: "$.a", operator: "lessThan", value: 3 },
    ],
  });

  test("the library's own account is given, and it counts as one test", async () => {
    const waited = compile({ when: asks("weather", "snow") }).explain("r", eventOf({ after: { a: 5 } }));
    expect(waited).toBeInstanceOf(Promise);
    const { when, nearestMiss } = (await waited) as Explanation;
    expect(outline(when)).toEqual([
      "! false json-rules-engine  is undefined, wants  undefined",
      "  ! false any",
      '    ! false equal weather is "rain", wants  "snow"',
      "    ! false lessThan after.a is 5, wants  3",
    ]);
    expect(nearestMiss).toEqual({ changes: [{ test: 1, from: "false", to: "true" }], smallest: true });
  });

  test("one that fails rejects the whole, whatever stands beside it", async () => {
    const ruleSet = compileWith({ broken: asks("broken", "x") }, { $or: [{ "after.a": 5 }, { $condition: "broken" }] });
    const { when, nearestMiss } = (await ruleSet.explain("r", eventOf({ after: { a: 5 } }))) as Explanation;
    expect(when.verdict).toBe("rejected");
    expect(when.parts[1]).toMatchObject({
      decided: true,
      test: { reason: "json-rules-engine could not decide the condition (TypeError)." },
    });
    expect(nearestMiss?.changes).toHaveLength(1);
  });

  test("one that fails and stands at two places, wanted and not wanted, is changed once", async () => {
    const [wanted, unwanted] = [{ $condition: "broken" }, { $not: { $condition: "broken" } }];
    const when = { $and: [{ $or: [wanted, { "after.a": 1 }] }, { $or: [unwanted, { "after.b": 1 }] }] };
    const ruleSet = compileWith({ broken: asks("broken", "x") }, when);
    const { nearestMiss } = (await ruleSet.explain("r", eventOf({ after: { a: 5 } }))) as Explanation;
    expect(nearestMiss).toMatchObject({
      changes: [
        { test: 1, from: "rejected" },
        { from: "false", to: "true" },
      ],
      smallest: true,
    });
  });

  test("an entry's own condition may ask them, for each element", async () => {
    const own = {
      all: [
        { fact: "weather", params: { city: "Bern" }, operator: "equal", value: "rain" },
        { fact: "item", operator: "greaterThan", value: 1 },
      ],
    };
    const then = [{ service: "sms", action: "send", each: "after.items", when: own, with: { to: "t", body: "b" } }];
    const explanation = await compile({ then }).explain("r", eventOf({ after: { items: [1, 2] } }));
    expect(explanation?.then[0]?.parts.map(({ when }) => when?.verdict)).toEqual(["false", "true"]);
    expect(explanation?.when.verdict).toBe("true");
  });

  test("one that reads what was not sent is undecided, and says so", async () => {
    const when = {
      all: [
        { fact: "weather", params: {}, operator: "equal", value: "sun" },
        { fact: "before", path: "$.a", operator: "equal", value: 1 },
      ],
    };
    const explanation = await compile({ when }).explain("r", eventOf({}));
    expect(explanation?.when).toMatchObject({ verdict: "undecided", test: { unsent: ["before.a"] } });
  });

  function compileWith(conditions: Readonly<Record<string, object>>, when: object): CompiledRuleSet {
    const files = Object.entries(conditions).map(([name, value]) => ({ path: `conditions/${name}.json`, text: JSON.stringify(value) }));
    const rule = {
      on: { source: "shop", collection: "orders" },
      when,
      then: [{ service: "sms", action: "send", with: { to: "t", body: "b" } }],
    };
    const facts = new Map<string, CustomFact>([["broken", () => Promise.reject(new TypeError("no"))]]);
    const { ruleSet, problems } = compileRules(
      { ...surroundings, conditions: files, rules: [{ path: "rules/r.json", text: JSON.stringify(rule) }] },
      { ...catalogue, extensions: { facts, operators: new Map() } },
    );
    if (ruleSet === undefined) throw new Error(JSON.stringify(problems));
    return ruleSet;
  }
});
