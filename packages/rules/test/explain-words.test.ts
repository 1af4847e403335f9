import { describe, expect, test } from "vitest";
import type { ExplainedCondition, Explanation } from "../src/index.ts";
import { eventOf } from "./cases.ts";
import { compile, explain, outline } from "./explaining.ts";

const words = ({ operator, summary, parts }: ExplainedCondition): unknown[] => [[operator, summary], ...parts.flatMap(words)];
const lines = (when: object, event: Parameters<typeof explain>[1]): string[] => outline(explain({ when }, event).when);

describe("what json-rules-engine says that it asked", () => {
  const raining = { fact: "weather", params: { city: "Bern" }, operator: "equal", value: "rain" };
  const of = (path: string, operator: string, value: unknown): object => ({ fact: "after", path, operator, value });

  test("is told group by group", async () => {
    const when = { all: [{ not: { any: [raining] } }, { any: [raining, of("$.q", "greaterThan", { fact: "after", path: "$.least" })] }] };
    const explanation = (await compile({ when }).explain("r", eventOf({ after: { q: 1, least: 3 } }))) as Explanation;
    expect(outline(explanation.when)).toEqual([
      "! false json-rules-engine  is undefined, wants  undefined",
      "  ! false all",
      "    ! false not",
      "      ! true any",
      '        ! true equal weather is "rain", wants  "rain"',
      "    ! true any",
      '      ! true equal weather is "rain", wants  "rain"',
      "      ! false greaterThan after.q is 1, wants  3",
    ]);
    expect(words(explanation.when)).toEqual([
      ["json-rules-engine", "Decided by json-rules-engine itself."],
      ["all", "Every one of the conditions."],
      ["not", "Not the condition; undecided stays undecided."],
      ["any", "At least one of the conditions."],
      ["equal", "The same value, of the same type; objects and lists only equal themselves."],
      ["any", "At least one of the conditions."],
      ["equal", "The same value, of the same type; objects and lists only equal themselves."],
      ["greaterThan", "Greater than the value, by JavaScript's order."],
    ]);
  });

  test("and it holds of what was found", async () => {
    const when = { all: [raining, of("$.q", "greaterThan", { fact: "after", path: "$.least" })] };
    const explanation = (await compile({ when }).explain("r", eventOf({ after: { q: 7, least: 3 } }))) as Explanation;
    expect(outline(explanation.when)).toEqual([
      "! true json-rules-engine  is undefined, wants  undefined",
      "  ! true all",
      '    ! true equal weather is "rain", wants  "rain"',
      "    ! true greaterThan after.q is 7, wants  3",
    ]);
    expect([explanation.matches, explanation.nearestMiss]).toEqual([true, undefined]);
  });
});

describe("a condition", () => {
  test("says with which words of which operator", () => {
    const when = { $or: [{ "after.a": { $not: { $gt: 5 } } }, { "after.b": { $ne: 1 } }, { $nor: [{ "after.c": 1 }, { "after.d": 1 }] }] };
    expect(words(explain({ when }, { after: { a: 9, b: 1, c: 1 } }).when)).toEqual([
      ["or", "At least one of the conditions."],
      ["not", "Not the condition; undecided stays undecided."],
      ["$gt", expect.stringMatching(/^Greater than the operand\./)],
      ["$ne", expect.stringMatching(/^Not equal to the operand,/)],
      ["not", "Not the condition; undecided stays undecided."],
      ["or", "At least one of the conditions."],
      ["$eq", expect.stringMatching(/^Equal to the operand by value,/)],
      ["$eq", expect.stringMatching(/^Equal to the operand by value,/)],
    ]);
    expect(lines(when, { after: { a: 9, b: 1, c: 1 } })).toEqual([
      "! false or",
      "  ! false not",
      "    ! true $gt after.a is 9, wants  5",
      "  ! false $ne after.b is 1, wants  1",
      "  ! false not",
      "    ! true or",
      "      ! true $eq after.c is 1, wants  1",
      "      - false $eq after.d is undefined, wants  1",
    ]);
  });

  test("that is a constant", () => {
    expect(words(explain({ when: { $and: [true, { $or: [false] }] } }, {}).when)).toEqual([
      ["and", "Every one of the conditions."],
      ["always", "True of every event."],
      ["never", "False of every event."],
    ]);
  });

  test("of a change that was not sent does not say whether it is one", () => {
    const { when } = explain({ when: { "after.q": { $changedTo: { $path: "after.r" } } } }, { after: { q: 1, r: 2 } });
    expect(when.test).toMatchObject({ path: "after.q", expected: 2, expectedPath: "after.r", actual: 1, unsent: ["before.q"] });
    expect(when.test?.change).toEqual({ before: undefined, changed: undefined });
  });
});

describe("the elements that a test looked at", () => {
  const looked = (when: object, after: object): unknown => {
    const { when: explained } = explain({ when }, { after: { ...after } });
    return explained.test?.looked.map(({ path, value, verdict }) => [path, value, verdict]);
  };
  test.each<[string, object, object, unknown]>([
    ["a path without an array", { "after.a.b": 1 }, { a: { b: 1 } }, []],
    [
      "an array at the end",
      { "after.a": 1 },
      { a: [1, 2] },
      [
        ["after.a.0", 1, "true"],
        ["after.a.1", 2, "false"],
      ],
    ],
    ["an index", { "after.a.1": 2 }, { a: [1, 2, 3] }, []],
    ["an index behind the end", { "after.a.5.b": 2 }, { a: [1] }, []],
    [
      "an index behind the end of lists within a list",
      { "after.l.a.5.b": 2 },
      { l: [{ a: [1] }, { a: [] }] },
      [
        ["after.l.0.a.5.b", undefined, "false"],
        ["after.l.1.a.5.b", undefined, "false"],
      ],
    ],
    ["an index of lists within a list", { "after.a.1": 5 }, { a: [[4, 5], [6]] }, [["after.a.1.0", 6, "false"]]],
    [
      "an index of a list of lists",
      { "after.a.b.0": 2 },
      { a: [{ b: [2] }, { b: 5 }, 7] },
      [
        ["after.a.0.b.0", 2, "true"],
        ["after.a.1.b.0", undefined, "false"],
      ],
    ],
    ["a name that only a list has", { "after.a.length": 2 }, { a: [1, 2] }, []],
    [
      "each of $all",
      { "after.a.b": { $all: [1, 2] } },
      { a: [{ b: 1 }, { b: 2 }, { b: 3 }] },
      [
        ["after.a.0.b", 1, "true"],
        ["after.a.1.b", 2, "true"],
        ["after.a.2.b", 3, "false"],
      ],
    ],
    [
      "$in",
      { "after.a.b": { $in: [1, 2] } },
      { a: [{ b: 1 }, { b: 3 }] },
      [
        ["after.a.0.b", 1, "true"],
        ["after.a.1.b", 3, "false"],
      ],
    ],
    [
      "a path on the right",
      { "after.a.b": { $eq: { $path: "after.c" } } },
      { a: [{ b: 1 }, { b: 3 }], c: 3 },
      [
        ["after.a.0.b", 1, "false"],
        ["after.a.1.b", 3, "true"],
      ],
    ],
    [
      "$size",
      { "after.a.b": { $size: 1 } },
      { a: [{ b: [1] }, { b: [] }] },
      [
        ["after.a.0.b", [1], "true"],
        ["after.a.1.b", [], "false"],
      ],
    ],
    [
      "$regex",
      { "after.a": { $regex: "^x" } },
      { a: ["xy", "y", 1] },
      [
        ["after.a.0", "xy", "true"],
        ["after.a.1", "y", "false"],
        ["after.a.2", 1, "false"],
      ],
    ],
    [
      "$ne",
      { "after.a": { $ne: 1 } },
      { a: [1, 2] },
      [
        ["after.a.0", 1, "false"],
        ["after.a.1", 2, "true"],
      ],
    ],
    [
      "$elemMatch of lists",
      { "after.a": { $elemMatch: { b: 1 } } },
      { a: [{ b: 1 }, 5] },
      [
        ["after.a.0", { b: 1 }, "true"],
        ["after.a.1", 5, "false"],
      ],
    ],
  ])("%s", (_, when, after, expected) => expect(looked(when, after)).toEqual(expected));
});
