import { describe, expect, test } from "vitest";
import { mutateRules, type MutationReport } from "../../src/rule-test/index.ts";
import { fixed, mutantsOf, mutate, none } from "./mutating.ts";
import { on, ruleWith, tested } from "./support.ts";

const leaf = (path: string, operator: string, value: unknown): object => ({ fact: "after", path, operator, value });

test("the own condition of an entry is mutated, too", async () => {
  const entry = { ...fixed.then[0], each: "after.l", when: { "item.q": { $lt: 5 } } };
  expect(await mutantsOf(undefined, { then: [entry] })).toEqual(["$lt → $lte", "5 → 6", "5 → 4", "5 → 10"]);
});

describe("mutants of a condition", () => {
  test.each<readonly [string, unknown, readonly string[]]>([
    ["a threshold and its operator", { "after.q": { $lt: 5 } }, ["after.q → before.q", "$lt → $lte", "5 → 6", "5 → 4", "5 → 10"]],
    ["nothing at nought", { "key.q": { $gte: 0 } }, ["$gte → $gt", "0 → 1", "0 → -1"]],
    ["a value to be equal to", { operation: "insert" }, ["not equal"]],
    [
      "numbers that keep their digits",
      { "key.q": { $gt: { $numberDecimal: "9.90" } } },
      ["$gt → $gte", "9.90 → 10.90", "9.90 → 8.90", "9.90 → 19.80"],
    ],
    ["negative ones", { "key.q": { $lte: { $numberDecimal: "-0.5" } } }, ["$lte → $lt", "-0.5 → 0.5", "-0.5 → -1.5", "-0.5 → -1.0"]],
    [
      "large ones",
      { "key.q": { $gt: { $numberLong: "9007199254740993" } } },
      ["$gt → $gte", "9007199254740993 → 9007199254740994", "9007199254740993 → 9007199254740992", "9007199254740993 → 18014398509481986"],
    ],
    [
      "what stands side by side",
      { "key.a": { $exists: true }, "key.b": "x" },
      ["left out key.a", "left out key.b", "all → any", "true → false", "not equal"],
    ],
    [
      "operators side by side",
      { "after.q": { $gt: 1, $changed: true } },
      ["after.q → before.q", "left out $gt", "left out $changed", "all → any", "$gt → $gte", "1 → 2", "1 → 0", "true → false"],
    ],
    [
      "a pattern keeps its options",
      { "key.q": { $regex: "a", $options: "i", $ne: "A" } },
      ["left out $regex", "left out $ne", "all → any", "$ne → $eq"],
    ],
    [
      "how a field changed: the other side is the same",
      { "after.q": { $changedTo: "a" } },
      ["$changedTo → $changedFrom", "$changedTo → $eq"],
    ],
    [
      "lists of alternatives",
      { $or: [{ "key.q": "a" }, { "key.q": "b" }] },
      ["$or → $and", "left out", "left out", "not equal", "not equal"],
    ],
    ["a list of values", { "key.q": { $in: ["a", "b"] } }, ["$in → $nin", "left out", "left out"]],
    ["a negation", { $not: { "key.q": "a" } }, ["without $not", "not equal"]],
    [
      "a negation beside something",
      { $not: { "key.q": "a" }, "key.b": { $exists: true } },
      ["left out $not", "left out key.b", "all → any", "without $not", "key.q → key.b", "not equal", "key.b → key.q", "true → false"],
    ],
    [
      "fields of the key that are called before and after",
      { "key.after": "a", "key.before": { $exists: true } },
      ["left out key.after", "left out key.before", "all → any", "not equal", "true → false"],
    ],
    ["a negation under a path", { "key.q": { $not: { $in: ["a"] } } }, ["without $not", "$in → $nin"]],
    [
      "logic under a path",
      { "key.q": { $or: [{ $eq: "a" }, { $eq: "b" }] } },
      ["$or → $and", "left out", "left out", "$eq → $ne", "$eq → $ne"],
    ],
    [
      "a conjunction under a path",
      { "key.q": { $and: [{ $gt: "a" }, { $lt: "b" }] } },
      ["$and → $or", "left out", "left out", "$gt → $gte", "$lt → $lte"],
    ],
    ["numbers that are none to add to", { "key.q": { $gt: { $numberDouble: "NaN" } } }, ["$gt → $gte"]],
    ["what is written as no number stays", { "key.q": { $in: [{ $literal: "5" }, "6"] } }, ["$in → $nin", "left out", "left out"]],
    ["inside an element", { "key.l": { $elemMatch: { a: { $gt: "x" } } } }, ["$gt → $gte"]],
    ["the element itself", { "key.l": { $elemMatch: { $gt: "x" } } }, ["$gt → $gte"]],
    ["what is literal stays", { "key.q": { $literal: { $a: 5 } } }, ["not equal"]],
    [
      "json-rules-engine's",
      { all: [leaf("$.q", "someFact:lessThan", 5), { not: leaf("$.r", "equal", "a") }] },
      [
        "all → any",
        "left out",
        "left out",
        "after → before",
        "$.q → $.r",
        "someFact:lessThan → someFact:lessThanInclusive",
        "5 → 6",
        "5 → 4",
        "5 → 10",
        "without not",
        "after → before",
        "$.r → $.q",
        "equal → notEqual",
      ],
    ],
    [
      "json-rules-engine's value by fact",
      { any: [leaf("$.a.q", "equal", { fact: "before", path: "$.a.q" })] },
      ["after → before", "equal → notEqual", "before → after"],
    ],
    ["no condition", true, []],
  ])("%s", async (_, when, expected) => {
    expect(await mutantsOf(when)).toEqual(expected);
  });

  test("another path: of what the events have beside it, those of the same kind first, two at most", async () => {
    const event = { before: { q: 1, kind: "x", rest: 2, unit: "y", least: 3 } };
    expect(await mutantsOf({ "before.q": { $size: 1 } }, fixed, event)).toEqual([
      "before.q → after.q",
      "before.q → before.least",
      "before.q → before.rest",
      "1 → 2",
      "1 → 0",
    ]);
    expect(await mutantsOf({ "key.q": { $gt: { $path: "before.kind" } } }, fixed, event)).toEqual([
      "$gt → $gte",
      "before.kind → before.unit",
      "before.kind → before.least",
    ]);
  });

  test("names that json-rules-engine writes in brackets", async () => {
    const event = { before: { q: 1, "a-b": 2, a1: 3 } };
    const mutants = await mutantsOf(
      { any: [{ fact: "before", path: "$.q", operator: "lessThan", value: { fact: "after", path: "$.q" } }] },
      fixed,
      event,
    );
    expect(mutants).toEqual(["before → after", "$.q → $['a-b']", "$.q → $.a1", "lessThan → lessThanInclusive", "after → before"]);
  });

  test("numbers keep the digits that the file gives them", async () => {
    const when = '{ "key.q": { "$gt": 9007199254740993 }, "key.r": { "$lt": 12345678901234567.10 } }';
    const rule = `{ "on": ${JSON.stringify(on)}, "when": ${when}, "then": ${JSON.stringify(fixed.then)} }`;
    const test = { name: "a", event: { operation: "delete", key: null }, none };
    const { survivors } = await mutateRules(tested({ rules: { r: rule }, tests: { r: { tests: [test] } } }));
    expect(survivors.map(({ change }) => change).filter((change) => /^\d/.test(change))).toEqual([
      "9007199254740993 → 9007199254740994",
      "9007199254740993 → 9007199254740992",
      "9007199254740993 → 18014398509481986",
      "12345678901234567.10 → 12345678901234568.10",
      "12345678901234567.10 → 12345678901234566.10",
      "12345678901234567.10 → 24691357802469134.20",
    ]);
  });

  test("beside the condition: operations, entries and the paths of arguments", async () => {
    const then = (name: string): object => ({
      name,
      service: "sms",
      action: "send",
      with: { to: "t", body: [{ $path: "key.a" }, { $literal: { $path: "key.a" } }] },
    });
    const more = { on: { ...on, operations: ["insert", "update"] }, then: [then("x"), then("y")] };
    expect(await mutantsOf({ "key.b": "q" }, more)).toEqual([
      "left out",
      "left out",
      "key.b → key.a",
      "not equal",
      "left out",
      "left out",
      "key.a → key.b",
      "key.a → key.b",
    ]);
  });
});

describe("which mutants are noticed", () => {
  const rule = ruleWith({ "key.q": { $lt: 5 }, operation: "insert" }, fixed);
  const far = [
    { event: { key: { q: 1 } }, deliveries: [{ then: "sms.send" }] },
    { event: { key: { q: 100 } }, none },
  ];
  const near = [
    { event: { key: { q: 4 } }, deliveries: [{ then: "sms.send" }] },
    { event: { key: { q: 5 } }, none },
  ];

  test("a test far from the threshold leaves it open, one beside it closes it; what is open has its place", async () => {
    const { survivors } = await mutate(rule, ...far);
    expect(survivors.map(({ place, change }) => `${place.file}:${place.line}:${place.column} ${change}`)).toEqual([
      "rules/r.json:10:5 left out operation",
      "rules/r.json:8:7 $lt → $lte",
      "rules/r.json:8:14 5 → 6",
      "rules/r.json:8:14 5 → 4",
      "rules/r.json:8:14 5 → 10",
    ]);
    const closed = await mutate(rule, ...near, { event: { operation: "update", key: { q: 4 } }, none });
    expect(closed.survivors).toEqual([]);
    expect(closed.mutants).toBeGreaterThan(7);
    expect(closed.cut).toEqual([]);
  });

  test("what is inside a negation is changed there, and what stands beside it stays", async () => {
    const is = (path: string): object => ({ fact: "key", path, operator: "equal", value: 1 });
    const cases = [{ $not: { "key.q": 1 }, "key.r": 1 }, { all: [{ not: is("$.q") }, is("$.r")] }];
    for (const when of cases) {
      const tests = [
        { event: { key: { q: 2, r: 1 } }, deliveries: [{ then: "sms.send" }] },
        { event: { key: { q: 1, r: 1 } }, none },
        { event: { key: { q: 2, r: 2 } }, none },
      ];
      expect((await mutate(ruleWith(when, fixed), ...tests)).survivors.map(({ change }) => change)).toEqual([]);
      const [, ...rest] = tests;
      expect((await mutate(ruleWith(when, fixed), ...rest)).survivors.length).toBeGreaterThan(0);
    }
  });

  test("a test gets the same event whatever a mutant looks at", async () => {
    const two = ruleWith(true, { ...fixed, on: { ...on, operations: ["insert", "update"] } });
    const { survivors, mutants } = await mutate(two, { event: {}, deliveries: [{ then: "sms.send" }] });
    expect({ mutants, left: survivors.map(({ change }) => change) }).toEqual({ mutants: 2, left: ["left out"] });
  });

  test("a rule whose tests fail without any mutant is left out, and so is one without tests", async () => {
    const failing = { tests: [{ name: "a", event: { key: { q: 1 } }, none }] };
    const report = await mutateRules(tested({ rules: { r: rule, s: rule }, tests: { r: failing } }));
    expect(report).toEqual({ mutants: 0, survivors: [], cut: [] });
  });

  test("a mutant that is no rule is none", async () => {
    const tests = await mutantsOf({ "key.q": { $size: 0 } });
    expect(tests).toEqual(["0 → 1"]);
  });
});

test("of very many mutants some are tried, always the same, spread over all, and it says so", async () => {
  const body = Array.from({ length: 100 }, (_, index) => 1000 * (index + 1));
  const rule = ruleWith(undefined, { then: [{ service: "sms", action: "send", with: { to: "t", body } }] });
  const run = (): Promise<MutationReport> => mutate(rule, { event: { operation: "delete", key: null }, none });
  const [one, other] = [await run(), await run()];
  expect(one).toEqual(other);
  expect(one.mutants).toBe(200);
  expect(one.cut).toEqual([{ of: "r", tried: 200, made: 300 }]);
  const changes = one.survivors.map(({ change }) => change);
  expect(changes.slice(0, 4)).toEqual(["1000 → 1001", "1000 → 999", "2000 → 2001", "2000 → 1999"]);
  expect(changes.slice(-2)).toEqual(["100000 → 100001", "100000 → 99999"]);
});
