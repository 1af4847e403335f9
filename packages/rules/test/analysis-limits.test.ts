import { expect, test } from "vitest";
import type { Catalogue } from "../src/index.ts";
import { catalogue } from "./catalogue.ts";
import { analysed, sentenceOf, type Defect } from "./corpus.ts";

type Data = Defect["data"];

const typed = { columns: { shop: { orders: { total: "number", status: "text", items: "list", tags: "json", a: "json" } } } } as const;
const then = [{ service: "sms", action: "send", with: { to: "t", body: "b" } }];
const rule = (when: unknown, more: object = {}): object => ({ on: { source: "shop", collection: "orders" }, when, then, ...more });
const leaf = (operator: string, value: unknown, fact = "after", path: string | undefined = "$.a"): object => ({
  fact,
  operator,
  value,
  ...(path !== undefined && { path }),
});

function codes(files: Readonly<Record<string, unknown>>, data?: Data, known?: Catalogue): readonly string[] {
  return analysed(files, data, known).map(({ code }) => code);
}

test.each<readonly [string, unknown, ...codes: readonly string[]]>([
  ["$all and equality are met by an array", { "after.a": { $all: ["x", "z"], $eq: "y" } }],
  [
    "a longer array than any that is named",
    { "after.a": { $elemMatch: { x: 1 } }, $nor: [0, 1, 2].map(($size) => ({ "after.a": { $size } })) },
  ],
  ["a name among those that changed", { "changed.0": "status" }],
  ["a size that is read from the event, of a list", { "after.items": { $size: { $path: "after.total" } } }],
  [
    "a size that is read from the event, of a text",
    { "after.status": { $size: { $path: "after.total" } }, "after.total": 1 },
    "CONDITION_TYPE",
  ],
  ["in a list of lists", { all: [leaf("someValue:in", [[1, "x"]]), leaf("equal", 1, "after", "$.total")] }],
  ["in a list of lists of numbers", { all: [leaf("someValue:in", [[1, 2]]), leaf("equal", 1, "after", "$.total")] }],
  ["less than one of several", { all: [leaf("someValue:lessThan", ["b"]), leaf("equal", 1, "after", "$.total")] }],
  ["the database is a text", { all: [leaf("equal", 5, "database", undefined), leaf("equal", 1)] }, "CONDITION_NEVER_TRUE"],
  ["a set in a pattern is no name", { "after.a": { $regex: "x[a.com]y" } }],
  ["what stands between two parts of a pattern", { "after.a": { $regex: "x.*y" } }],
  ["all of a pattern that begins anywhere", { "after.a": { $regex: ".*$" } }, "REGEX_ALWAYS"],
  ["a dollar sign, or none", { "after.a": { $regex: "\\$*" } }, "REGEX_ALWAYS"],
  ["a dollar sign before the beginning", { "after.a": { $regex: "\\$^x" } }, "REGEX_NEVER"],
])("%s", (_, when, ...expected) => {
  expect(codes({ "rules/case.json": rule(when) }, typed)).toEqual(expected);
});

test("what an entry asks of an element and its position by json-rules-engine", () => {
  const when = { all: [leaf("lessThan", 3, "index", undefined), leaf("equal", 1, "item", "$.x"), leaf("lessThan", 3, "item", "$.y")] };
  expect(codes({ "rules/case.json": rule(undefined, { then: [{ ...then[0], each: "after.items", when }] }) }, typed)).toEqual([]);
});

test("a named condition that only the columns of a rule make impossible is said where the rule names it", () => {
  const files = {
    "conditions/big.json": { "after.total": { $gt: "5" } },
    "rules/case.json": rule({ $condition: "big", "after.status": "a" }),
  };
  expect(analysed(files, typed).map((one) => `${one.place.file} ${one.code}`)).toEqual(["rules/case.json CONDITION_TYPE"]);
});

test.each([
  ["all of them", { $path: "values" }],
  ["a part of them", "{{ values.limits.big }}"],
  ["them", { $path: "values.limits" }],
])("values are read by who reads %s", (_, body) => {
  const with_ = { to: "t", body };
  const files = { "values/limits.json": { big: 5 }, "rules/case.json": rule({ "after.a": 1 }, { then: [{ ...then[0], with: with_ }] }) };
  expect(codes(files)).toEqual([]);
});

test.each<readonly [string, object, object]>([
  ["collections", { collection: "orders" }, { collection: "carts" }],
  ["operations", { operations: ["insert"] }, { operations: ["update", "delete"] }],
  ["origins", { origins: ["log"] }, { origins: ["snapshot"] }],
  ["sources", { source: "shop" }, { source: "other" }],
])("rules of other %s never send the same twice", (_, one, other) => {
  const of = (on: object, value: number): object =>
    rule({ $or: [{ "key.a": value }, { "key.b": 1 }] }, { on: { source: "shop", collection: "orders", ...on } });
  expect(codes({ "rules/a.json": of(one, 1), "rules/b.json": of(other, 2) })).toEqual([]);
  expect(codes({ "rules/a.json": of(one, 1), "rules/b.json": of(one, 2) })).toEqual(["RULE_ACTION_TWICE"]);
});

test("what is likely: an array where arrays are asked for, one value elsewhere, and nothing of too many values", () => {
  const both = (one: object, other: object): readonly string[] => codes({ "rules/a.json": rule(one), "rules/b.json": rule(other) });
  const entries = (one: object, other: object): readonly string[] =>
    codes({
      "rules/case.json": rule({ "after.b": 1 }, { then: [one, other].map((when, index) => ({ ...then[0], name: `n${index}`, when })) }),
    });
  expect(entries({ "after.tags": { $all: ["a", "c"] } }, { "after.tags": { $all: ["b", "d"] } })).toEqual(["RULE_ACTION_TWICE"]);
  expect(entries({ "after.tags": { $in: ["a", "c"] } }, { "after.tags": { $in: ["b", "d"] } })).toEqual([]);
  const many = (length: number): object => ({ "after.tags": { $in: Array.from({ length }, (_, index) => index) } });
  expect(both(many(300), { "after.tags": { $gt: 1, $lt: 1000 } })).toEqual(["RULE_ACTION_TWICE"]);
  expect(both(many(401), { "after.tags": { $gt: 1, $lt: 1000 } })).toEqual([]);
});

test("samples of one of two collections say nothing of both", () => {
  const on = { source: "shop", collection: ["orders", "carts"] };
  const samples = { rows: { shop: { orders: [{ id: 1, items: [{ q: { n: 1 } }] }], carts: [] } } };
  expect(codes({ "rules/case.json": rule({ "after.nr": 1 }, { on }) }, samples)).toEqual([]);
  expect(analysed({ "rules/case.json": rule({ "after.items.q.m.x": 1 }) }, samples).map(({ message }) => message)).toEqual([
    '"orders" has no "after.items.q.m" in any sample.',
  ]);
});

test("arguments of one of several types, and of several actions", () => {
  const part = { type: "object", additionalProperties: false, properties: { url: { type: "string" } } } as const;
  const properties = { either: { anyOf: [{ type: "string" }, { type: "number" }] }, one: { oneOf: [{ type: "integer" }] }, part } as const;
  const action = { args: { type: "object", additionalProperties: false, properties }, repeat: "repeats" } as const;
  const actions = new Map([
    ["get", action],
    ["put", action],
  ]);
  const known = { ...catalogue, services: new Map([["x", actions]]) };
  const get = (args: object): object => ({ then: [{ service: "x", action: "get", with: args }] });
  const said = (args: object): readonly string[] =>
    analysed({ "rules/case.json": rule({ "after.a": 1 }, get(args)) }, typed, known).map(sentenceOf);
  expect(said({ either: { $path: "after.status" }, one: { $path: "after.total" } })).toEqual([]);
  expect(said({ either: "{{ after.status }}" })).toEqual([]);
  expect(said({ either: { $path: "after.items" }, one: { $path: "after.status" } })).toEqual([
    '"after.items" is a list, which the action does not take here.',
    '"after.status" is a text, which the action does not take here.',
  ]);
  const guards = [{ name: "a", actions: ["get", "put"], when: { "args.part.ulr.deep": 1 } }];
  expect(analysed({ "services/x.json": { connector: "http", guards } }, {}, known).map(sentenceOf)).toEqual([
    '"get", "put" have no argument "part.ulr". Did you mean "url"?',
  ]);
});
