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
    ["a negation under a path", { "key.q": { $not: { $in: ["a"] } } }, ["without $not", "$in → $nin"]],
    [
      "logic under a path",
      { "key.q": { $or: [{ $eq: "a" }, { $eq: "b" }] } },
      ["$or → $and", "left out", "left out", "$eq → $ne", "$eq → $ne"],
    ],
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

test("of very many mutants some are tried, always the same, and it says so", async () => {
  const when = { $or: Array.from({ length: 150 }, (_, index) => ({ "key.q": `v${index}` })) };
  const run = (): Promise<MutationReport> => mutate(ruleWith(when, fixed), { event: { operation: "delete", key: null }, none });
  const [one, other] = [await run(), await run()];
  expect(one).toEqual(other);
  expect(one.mutants).toBe(200);
  expect(one.cut).toEqual([{ of: "r", tried: 200, made: 301 }]);
  expect(new Set(one.survivors.map(({ change }) => change))).toEqual(new Set(["$or → $and", "left out", "not equal"]));
});
