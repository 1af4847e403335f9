import { expect, test } from "vitest";
import { runRuleTests } from "../../src/rule-test/index.ts";
import { extendedCatalogue } from "../catalogue.ts";
import { ruleWith, tested } from "./support.ts";

const operators = new Map([
  ["startsWith", (fact: unknown, value: unknown): boolean => String(fact).startsWith(String(value))],
  [
    "fails",
    (): boolean => {
      throw new Error("It fails.");
    },
  ],
]);
const catalogue = { ...extendedCatalogue, extensions: { facts: new Map(), operators } };
const asks = (path: string, operator: string, value: unknown): object => ({ fact: "after", path, operator, value });

test("what json-rules-engine decides itself decides as a whole, has its place, and none where it fails", async () => {
  const conditions = [
    { path: "conditions/begins.json", text: JSON.stringify({ all: [asks("$.a", "startsWith", "x"), asks("$.b", "equal", 1)] }) },
    { path: "conditions/failing.json", text: JSON.stringify({ any: [asks("$.a", "fails", 1)] }) },
  ];
  const rules = {
    r: ruleWith({ $condition: "begins", "after.c": 1 }),
    s: ruleWith({ $or: [{ $condition: "failing" }, { "after.c": 1 }] }),
  };
  const none = "because nothing must";
  const tests = {
    r: {
      tests: [
        { name: "both", event: { after: { a: "xy", b: 1, c: 1 } }, deliveries: [{ then: "sms.send" }] },
        { name: "not it", event: { after: { a: "y", b: 1, c: 1 } }, none },
        { name: "not the other", event: { after: { a: "x", b: 1, c: 2 } }, none },
      ],
    },
    s: { tests: [{ name: "rejected", event: { after: { a: 1, c: 2 } }, failures: [{ code: "CONDITION_FAILED" }] }] },
  };
  const { results, uncovered } = await runRuleTests(tested({ rules, tests, around: { conditions }, catalogue }));
  const engine = "what json-rules-engine decides";
  expect(results.map(({ differences, decidedBy }) => [differences, decidedBy.map(({ text, truth }) => `${text}: ${truth}`)])).toEqual([
    [[], [`${engine}: true`, "after.c $eq 1: true"]],
    [[], [`${engine}: false`]],
    [[], ["after.c $eq 1: false"]],
    [[], []],
  ]);
  expect(uncovered.map(({ rule, place, text }) => `${rule} ${place.file}:${place.line}:${place.column} ${text}`)).toEqual([
    `s conditions/failing.json:1:1 ${engine}`,
    "s rules/s.json:12:9 after.c $eq 1",
  ]);
});
