import { expect, test } from "vitest";
import { extendedCatalogue } from "./catalogue.ts";
import { analysed, sentenceOf, wordsOf, type Defect } from "./corpus.ts";

const then = [{ service: "sms", action: "send", with: { to: "t", body: "b" } }];
const fact = (name: string, path: string, operator: string, value: unknown): object => ({ fact: name, path, operator, value });
const startsWith = (name: string, value: unknown = "a"): object => fact(name, "$.a", "startsWith", value);

function said(when: unknown, { data, files }: Pick<Defect, "data" | "files"> = {}): readonly string[] {
  const rule = { on: { source: "shop", collection: "orders" }, when, then };
  return analysed({ ...files, "rules/case.json": rule }, data, extendedCatalogue).map((one) => `${wordsOf(one)} ${sentenceOf(one)}`);
}

test("of what json-rules-engine decides itself nothing is known but that it is itself", () => {
  expect(said({ all: [startsWith("after"), startsWith("after", "b"), { not: startsWith("before") }] })).toEqual([]);
  expect(said({ any: [startsWith("after"), startsWith("after", "b")] })).toEqual([]);
});

test("what stands within it is not looked at, and what an entry asks besides is", () => {
  const when = { all: [startsWith("after"), fact("after", "$.b", "equal", 1), fact("after", "$.b", "equal", 2)] };
  expect(said(when)).toEqual([]);
  const entry = { ...then[0], when: { "after.b": 1, $and: [{ "after.b": { $in: [] } }, { "after.c": 1 }] } };
  const rule = { on: { source: "shop", collection: "orders" }, when, then: [entry] };
  expect(analysed({ "rules/case.json": rule }, {}, extendedCatalogue).map(({ message }) => message)).toEqual([
    '"after.b $in []" is never true.',
  ]);
});

test("a read of before that the source never sends, among others", () => {
  const data = { sources: { shop: { operations: ["insert", "update"] as const, before: false } } };
  const never = 'is never decided: source "shop" does not send the row as it was before. Let the source send it, or use another source.';
  expect(said({ all: [startsWith("after"), startsWith("before")] }, { data })).toEqual([
    `rules/case.json:6:11 RULE_BEFORE_NOT_SENT "this condition" ${never}`,
  ]);
  expect(said({ all: [startsWith("after"), startsWith("after", "b")] }, { data })).toEqual([]);
});

test("columns that it reads and the table does not have", () => {
  const data = { columns: { shop: { orders: { status: "text" as const } } } };
  expect(said({ all: [startsWith("after"), fact("before", "$.status", "startsWith", "b")] }, { data })).toEqual([
    'rules/case.json:6:11 DATA_PATH_UNKNOWN "orders" has no column "a".',
  ]);
});

test("conditions that it names are used, those that they name too, and no others", () => {
  const files = {
    "conditions/one.json": { all: [startsWith("after"), { condition: "two" }] },
    "conditions/two.json": { any: [startsWith("before"), startsWith("after", "c")] },
    "conditions/three.json": { any: [startsWith("before"), startsWith("after", "d")] },
  };
  expect(said({ all: [startsWith("after"), { condition: "one" }] }, { files })).toEqual([
    "conditions/three.json:1:1 CONDITION_UNUSED No rule and no guard names this condition. Remove the file, or use it.",
  ]);
});

test("two rules that ask it the same are not known to be the same", () => {
  const rule = (when: unknown): object => ({ on: { source: "shop", collection: "orders" }, when, then });
  const files = { "rules/a.json": rule({ all: [startsWith("after"), fact("after", "$.b", "startsWith", 1)] }) };
  const twice = analysed({ ...files, "rules/b.json": files["rules/a.json"] }, {}, extendedCatalogue);
  expect(twice.map(({ code }) => code)).toEqual(["RULE_ACTION_TWICE"]);
});
