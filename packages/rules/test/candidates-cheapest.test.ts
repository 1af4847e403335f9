import type { Row, Value } from "@backstitch/core/values";
import { describe, expect, test } from "vitest";
import { compileWitnessed, decided, many, range, rulesOf } from "./decided.ts";

describe("a rule lies under the test that fewest events meet", () => {
  const equals = (field: string, value: Value): Row => ({ fact: "after", path: `$.${field}`, operator: "equal", value });
  const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const digitsOf = (field: string, count = 10): Row[] => many(count, (index) => ({ [`after.${field}`]: index }));
  /** The first of the rules is not decided for an event that meets only the other of its tests. */
  test.each<[string, Row[], Row]>([
    ["a field in which many values are looked for", many(3, (index) => ({ "after.kind": "a", "after.sku": index })), { kind: "a", sku: 9 }],
    [
      "one value of ten, also where json-rules-engine's tests look for it",
      [{ all: [equals("kind", "a"), equals("sku", 0)] }, ...digitsOf("sku")],
      { kind: "a", sku: 99 },
    ],
    [
      "one value of three rather than two of four",
      [{ "after.a": { $in: [1, 2] }, "after.b": 1 }, { "after.a": { $in: [3, 4] } }, { "after.b": { $in: [2, 3] } }],
      { a: 1, b: 9 },
    ],
    [
      "one value of ten rather than one side of a border",
      [{ "after.n": { $gt: 0 }, "after.sku": 0 }, ...digitsOf("sku")],
      { n: 1, sku: 99 },
    ],
    [
      "one value of three rather than a field that is missing",
      [{ "after.a": null, "after.b": 1 }, { "after.b": { $in: [2, 3] } }, { "after.a": { $in: DIGITS } }],
      { b: 9 },
    ],
    [
      "one value of three rather than a truth value",
      [{ "after.a": true, "after.b": 1 }, { "after.b": { $in: [2, 3] } }, { "after.a": { $in: DIGITS } }],
      { a: true, b: 9 },
    ],
    [
      "a field that is missing rather than one value of one",
      [{ "after.b": 1, "after.a": null }, { "after.a": { $in: DIGITS } }],
      { a: 1, b: 1 },
    ],
    ["above a border rather than one value of one", [{ "after.a": 1, "after.n": { $gt: 5 } }], { a: 1, n: 0 }],
    ["below a border rather than one value of one", [{ "after.a": 1, "after.n": { $lte: 5 } }], { a: 1, n: 9 }],
    ["texts after another rather than one value of one", [{ "after.a": 1, "after.t": { $gt: "m" } }], { a: 1, t: "a" }],
    ["texts between two rather than one value of two", [{ "after.a": 1, "after.t": range("a", "c") }, { "after.a": 2 }], { a: 1, t: "x" }],
    [
      "texts between two, of a field that holds numbers, too",
      [
        { "after.a": 1, "after.t": range("a", "c") },
        { "after.a": 2, "after.t": range(0, 10) },
      ],
      { a: 1, t: "x" },
    ],
    [
      "one value of four rather than texts between two",
      [{ "after.t": range("a", "c"), "after.sku": 0 }, ...digitsOf("sku", 4)],
      { t: "b", sku: 9 },
    ],
    [
      "a small part of the numbers rather than one value of ten",
      [{ "after.sku": 0, "after.n": range(95, 96) }, ...digitsOf("sku"), { "after.n": range(-100, -99) }, { "after.n": range(99, 100) }],
      { sku: 0, n: 5 },
    ],
    [
      "one value of ten rather than a fifth of the numbers",
      [{ "after.n": range(40, 80), "after.sku": 0 }, ...digitsOf("sku"), { "after.n": range(-100, -99) }, { "after.n": range(99, 100) }],
      { n: 50, sku: 99 },
    ],
    [
      "a tenth of the numbers between the outermost borders rather than one value of four",
      [{ "after.sku": 0, "after.n": range(0, 20) }, ...digitsOf("sku", 4), { "after.n": { $lt: -100 } }, { "after.n": { $gt: 100 } }],
      { sku: 0, n: 50 },
    ],
    [
      "all numbers between two borders rather than one value of three",
      [{ "after.a": 1, "after.n": range(0, 10) }, { "after.a": { $in: [2, 3] } }],
      { a: 1, n: 50 },
    ],
    ["a text's start rather than one value of as many", [{ "after.t": { $regex: "^abc" }, "after.a": 1 }], { t: "xyz", a: 1 }],
    [
      "a text's start, first of as few, though it comes second",
      [
        { "after.a": 1, "after.t": { $regex: "^abc" } },
        ...many(9, (index) => ({ "after.t": { $regex: `^x${index}y` } })),
        { "after.a": { $in: [2, 3, 4] } },
      ],
      { a: 1, t: "other" },
    ],
    ["one value rather than a text's end of as many", [{ "after.t": { $regex: "abc$" }, "after.a": 1 }], { t: "abc", a: 2 }],
    [
      "one value of four rather than two of four starts",
      [{ "after.t": { $regex: "^abc|^def" }, "after.a": 1 }, { "after.t": { $regex: "^ghi|^jkl" } }, { "after.a": { $in: [2, 3] } }],
      { t: "abc", a: 9 },
    ],
    [
      "two values of seven rather than one part of four",
      [
        { "after.t": { $regex: "p0q" }, "after.a": { $in: [0, 1] } },
        ...many(3, (index) => ({ "after.t": { $regex: `p${index + 1}q` } })),
        { "after.a": { $in: [2, 3, 4, 5, 6] } },
      ],
      { t: "p0q", a: 9 },
    ],
    [
      "one end of four rather than two values of seven",
      [
        { "after.a": { $in: [0, 1] }, "after.t": { $regex: "p0q$" } },
        ...many(3, (index) => ({ "after.t": { $regex: `p${index + 1}q$` } })),
        { "after.a": { $in: [2, 3, 4, 5, 6] } },
      ],
      { t: "no", a: 0 },
    ],
    [
      "one value of three rather than either of two that are one of four each",
      [
        { $or: [{ "after.a": 0 }, { "after.b": 0 }], "after.c": 0 },
        ...many(4, (index) => ({ "after.a": index, "after.b": index })),
        { "after.c": { $in: [1, 2] } },
      ],
      { a: 0, c: 9 },
    ],
    [
      "either of two that are one of ten each rather than one value of three",
      [{ "after.c": 0, $or: [{ "after.a": 0 }, { "after.b": 0 }] }, ...digitsOf("a"), ...digitsOf("b"), { "after.c": { $in: [1, 2] } }],
      { a: 99, b: 99, c: 0 },
    ],
    [
      "either of two groups, each by its own best test",
      [
        {
          "after.c": 0,
          $or: [
            { "after.k": 1, "after.a": 0 },
            { "after.k": 1, "after.b": 0 },
          ],
        },
        ...digitsOf("a"),
        ...digitsOf("b"),
        { "after.c": { $in: [1, 2] } },
      ],
      { k: 1, a: 99, b: 99, c: 0 },
    ],
  ])("%s", (_, whens, after) => expect(decided(compileWitnessed(rulesOf(whens)), after)).not.toContain("r0"));
});
