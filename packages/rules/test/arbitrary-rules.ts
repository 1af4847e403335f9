import type { Row, Value } from "@backstitch/core/values";
import fc from "fast-check";
import { names, numbers, plain, texts, written } from "./arbitrary-values.ts";

const inner = ["sku", "n", "l", "0"];
const field = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...names).map((name) => [name]) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...names), fc.constantFrom("b", "sku", "n", "0")) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...names), fc.constantFrom("b", "0", "l"), fc.constantFrom("c", "sku")) },
);
const side = fc.constantFrom("after", "after", "after", "before");
const path = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(side, field).map(([root, segments]) => [root, ...segments].join(".")) },
  { weight: 1, arbitrary: fc.constantFrom("key.id", "changed", "changed.0", "operation", "after", "before", "collection") },
);

const literal = fc.constantFrom(...written);
const ordered = fc.constantFrom<Value>(
  ...texts,
  ...numbers,
  { $numberDecimal: "5.0000000000000000000001" },
  { $numberLong: "9007199254740993" },
);
const pattern = fc.oneof(
  fc.constantFrom(
    "^a",
    "^abc",
    "abc",
    "abc$",
    "(?i)bold",
    "(?i)gold$",
    "(?i)kilo",
    "(?i)gross",
    "(?i)Kilo",
    "ab|gold",
    "^ab|^gold",
    "^ab|ld$",
    "a+bc",
    "abcd?",
    "x*abc",
    "(?m)^abc$",
    "(abc)+",
    "[a-g]old",
    "a.c",
    "\\$abc",
    "^$",
    "",
    "^(?:abc)?",
    "abc{0,2}",
    "abc{2}",
    "(?s)ab.*ld$",
  ),
  fc
    .array(
      fc.constantFrom(
        "a",
        "b",
        "abc",
        "gold",
        "^",
        "$",
        "|",
        ".",
        "[ab]",
        "(a|b)",
        "(?:abc)",
        "c?",
        "c*",
        "c+",
        "c{0,1}",
        "c{2,}",
        "\\d",
        "\\b",
        "\\.",
        "K",
        "(?i:k)",
      ),
      { maxLength: 5 },
    )
    .map((parts) => parts.join("")),
);

/** Operators under a path, of which one may be a pattern that RE2 refuses. */
const operators = fc.letrec<{ operators: Row }>((tie) => ({
  operators: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    { weight: 3, arbitrary: literal.map(($eq) => ({ $eq })) },
    { weight: 2, arbitrary: fc.array(literal, { maxLength: 3 }).map(($in) => ({ $in })) },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom("$gt", "$gte", "$lt", "$lte"), ordered).map(([name, value]) => ({ [name]: value })) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom("$gt", "$gte"), ordered, fc.constantFrom("$lt", "$lte"), ordered)
        .map(([low, from, high, to]) => ({ [low]: from, [high]: to })),
    },
    { weight: 3, arbitrary: pattern.map(($regex) => ({ $regex })) },
    { weight: 1, arbitrary: fc.array(literal, { maxLength: 2 }).map(($all) => ({ $all })) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Row>(
        { $exists: true },
        { $exists: false },
        { $size: 2 },
        { $ne: 1 },
        { $nin: ["a", null] },
        { $eq: { $path: "before.q" } },
        { $in: [1, { $path: "after.r" }] },
      ),
    },
    { weight: 1, arbitrary: tie("operators").map(($not) => ({ $not })) },
    { weight: 1, arbitrary: tie("operators").map(($elemMatch) => ({ $elemMatch })) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(...inner, "l.sku"), tie("operators"), fc.constantFrom(...inner), tie("operators"))
        .map(([one, first, other, second]) => ({ $elemMatch: { [one]: first, [other]: second } })),
    },
    { weight: 1, arbitrary: literal.map((sku) => ({ $elemMatch: { l: { $elemMatch: { sku } } } })) },
    { weight: 1, arbitrary: fc.array(tie("operators"), { minLength: 1, maxLength: 2 }).map(($or) => ({ $or })) },
  ),
})).operators;

const change = fc
  .tuple(
    fc.tuple(side, field).map(([root, segments]) => [root, ...segments].join(".")),
    fc.oneof(
      fc.constantFrom<Row>(
        { $changed: true },
        { $changed: false },
        { $increasedBy: 1 },
        { $decreasedBy: { $numberDecimal: "0.5" } },
        { $changedTo: { $path: "key.id" } },
      ),
      fc.tuple(fc.constantFrom("$changedTo", "$changedFrom"), literal).map(([name, value]) => ({ [name]: value })),
    ),
  )
  .map(([name, test]) => ({ [name]: test }));

/** What expressions name beside the conditions of every case: one that the library may reject. */
export const rejects = {
  path: "conditions/rejects.json",
  text: JSON.stringify({ all: [{ fact: "after", path: "$.q", operator: "in", value: { fact: "after", path: "$.r" } }] }),
};

/** Conditions as expressions. */
export const expression = fc.letrec<{ condition: Row }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 5, arbitrary: fc.tuple(path, operators).map(([name, test]) => ({ [name]: test })) },
    { weight: 2, arbitrary: change },
    {
      weight: 2,
      arbitrary: fc.tuple(path, literal, path, operators).map(([one, value, other, test]) => ({ [one]: value, [other]: test })),
    },
    { weight: 2, arbitrary: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }).map(($and) => ({ $and })) },
    { weight: 2, arbitrary: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }).map(($or) => ({ $or })) },
    { weight: 1, arbitrary: fc.constantFrom("rejects", "vip", "gold").map(($condition) => ({ $condition })) },
    { weight: 1, arbitrary: tie("condition").map(($not) => ({ $not })) },
    { weight: 1, arbitrary: fc.array(tie("condition"), { minLength: 1, maxLength: 2 }).map(($nor) => ({ $nor })) },
  ),
})).condition;

const fact = fc
  .oneof(
    { weight: 8, arbitrary: fc.tuple(side, field) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<[string, string[]]>(
        ["operation", []],
        ["key", ["id"]],
        ["changed", ["length"]],
        ["after", []],
        ["changed", []],
      ),
    },
  )
  .map(([name, segments]) => (segments.length === 0 ? { fact: name } : { fact: name, path: `$.${segments.join(".")}` }));
const libraryValue = fc.constantFrom<Value>(...plain, ...numbers, ...texts, ["a", 5, null], ["gold", [1]], { fact: "after", path: "$.r" });
const leaf = fc
  .tuple(
    fact,
    fc.constantFrom(
      "equal",
      "equal",
      "notEqual",
      "in",
      "notIn",
      "contains",
      "doesNotContain",
      "lessThan",
      "lessThanInclusive",
      "greaterThan",
      "greaterThanInclusive",
    ),
    fc.constantFrom("", "", "", "", "someFact:", "everyFact:", "not:", "someValue:", "swap:", "someFact:someValue:", "not:someFact:"),
    libraryValue,
    fc.option(fc.constantFrom(1, 2), { nil: undefined, freq: 5 }),
  )
  .map(([at, operator, decorator, value, priority]) => ({
    ...at,
    operator: decorator + operator,
    value,
    ...(priority === undefined ? {} : { priority }),
  }));

/** Conditions of json-rules-engine. */
export const libraryCondition = fc.letrec<{ group: Row; node: Row }>((tie) => ({
  node: fc.oneof({ maxDepth: 3, withCrossShrink: true }, { weight: 4, arbitrary: leaf }, { weight: 2, arbitrary: tie("group") }),
  group: fc.oneof(
    fc.array(tie("node"), { maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie("node"), { maxLength: 3 }).map((any) => ({ any })),
    tie("node").map((not) => ({ not })),
  ),
})).group;

/** Where a rule looks; most look at the same. */
export const anyOn = fc.constantFrom<Row>(
  { source: "shop", collection: "orders" },
  { source: "shop", collection: "orders" },
  { source: "shop", collection: "orders", operations: ["insert", "update", "replace", "delete"] },
  { source: "shop", collection: ["orders", "others"], operations: ["delete", "update"], origins: ["log", "snapshot"] },
  { source: "shop", collection: "others", origins: ["snapshot"] },
);
