import type { Value } from "@backstitch/core/values";
import { describe, expect, test } from "vitest";
import { eventOf } from "./cases.ts";
import { compile, explain } from "./explaining.ts";

const LEVELS = 20_000;

function nested(around: (inner: Value) => Value): Value {
  let value: Value = 1;
  for (let level = 0; level < LEVELS; level++) value = around(value);
  return value;
}

const leaf = (operator: string, value: Value): object => ({ all: [{ fact: "after", path: "$.a", operator, value }] });

describe.each<[string, (inner: Value) => Value]>([
  ["lists", (inner) => [inner]],
  ["rows", (inner) => ({ a: inner })],
])("%s nested deeper than the stack", (_, around) => {
  const deep = (): Value => nested(around);
  const event = { before: { a: deep() }, after: { a: deep() }, changed: undefined } as never;

  test.each<[string, object]>([
    ["$changed", { "after.a": { $changed: true } }],
    ["$changedTo", { "after.a": { $changedTo: { $path: "before.a" } } }],
    ["$changedFrom", { "after.a": { $changedFrom: 1 } }],
    ["$eq", { "after.a": { $eq: { $path: "before.a" } } }],
  ])("fail in the one rule that compares them: %s", (__, when) => {
    const matched = compile({ when }).match([eventOf(event)]);
    const reason = expect.stringContaining("The condition could not be decided") as string;
    expect(matched).toMatchObject({ deliveries: [], failures: [{ code: "CONDITION_FAILED", reason }], undecided: [] });
    expect(explain({ when }, event).when).toMatchObject({ verdict: "rejected", test: { reason } });
  });

  test.each<[string, object]>([
    ["a value", { "after.a": 1 }],
    ["a list", { "after.a": [1] }],
    ["a row", { "after.a": { $in: [{ a: 1 }, [1]] } }],
    ["equal", leaf("equal", 1)],
    ["contains", leaf("contains", 1)],
    ["someFact", leaf("someFact:equal", 1)],
    ["lessThan", leaf("lessThan", 0)],
    ["in a text", leaf("in", "abc")],
  ])("are no match for what looks for less: %s", (__, when) => {
    expect(compile({ when }).match([eventOf(event)])).toEqual({ deliveries: [], failures: [], undecided: [] });
    expect(explain({ when }, event).when.verdict).toBe("false");
  });
});

test("an element that is too deep to be compared is shown beside the one that met the test", () => {
  const same = nested((inner) => [inner]);
  const event = { before: { a: nested((inner) => [inner]) }, after: { list: [same, 1], one: 1 } };
  const when = { "after.list": { $elemMatch: { $or: [{ $eq: 1 }, { $eq: { $path: "before.a" } }] } } };
  const { when: explained } = explain({ when }, event);
  expect(explained.verdict).toBe("rejected");
  expect(explain({ when }, { ...event, after: { list: [1, same] } }).when.test?.looked.map(({ verdict }) => verdict)).toEqual([
    "true",
    "rejected",
  ]);
});
