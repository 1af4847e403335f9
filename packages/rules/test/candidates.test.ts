import { Decimal, type Row, type Value } from "@backstitch/core/values";
import { describe, expect, test } from "vitest";
import { compileWitnessed, decided, many, range, rulesOf } from "./decided.ts";

const decimal = (text: string): Value => Decimal.parse(text) ?? expect.fail();

describe("an event is shown to no other rules than those whose test it meets", () => {
  const some = (fact: Row): Row => ({ all: [{ fact: "after", ...fact }] });
  const kinds = many(4, (index) => ({ "after.kind": "a", "after.sku": index }));
  /** The rules; then for each event what differs, and the numbers of those that are decided. */
  test.each<[string, Row[], ...[Row, number[]][]]>([
    [
      "rules with a test in common, by what else they look for",
      [{ "after.kind": "a" }, ...many(6, (index) => ({ "after.kind": "a", "after.sku": { $in: [index, 99] } }))],
      [{ after: { kind: "a", sku: 50 } }, [0]],
      [{ after: { kind: "a", sku: 3 } }, [0, 4]],
      [{ after: { kind: "a", sku: 99 } }, [0, 1, 2, 3, 4, 5, 6]],
      [{ after: { kind: "b", sku: 50 } }, []],
    ],
    [
      "rules that each take several values of two fields",
      [
        ...many(12, (index) => ({ "after.a": { $in: [0, 1] }, "after.b": { $in: [index, index + 50] } })),
        { "after.a": { $in: many(100, (index) => index) } },
      ],
      [{ after: { a: 1, b: 30 } }, [12]],
      [{ after: { a: 1, b: 53 } }, [3, 12]],
      [{ after: { a: 200, b: 3 } }, []],
    ],
    [
      "a field that was not sent, of rules under it and beside it",
      [...kinds, { "after.sku": 0 }, { "after.other": 1 }],
      [{ after: { kind: "a", sku: 9 } }, []],
      [{ after: { kind: "a" }, unsent: ["sku"] }, [0, 1, 2, 3, 4]],
      [{ after: { kind: "a", sku: 9 }, unsent: ["other"] }, [5]],
    ],
    [
      "a field that was not sent, of rules that lie in an index of their own",
      [
        { "after.kind": "a" },
        ...many(5, (index) => ({ "after.kind": "a", "after.n": range(index * 2, index * 2 + 2) })),
        { "after.kind": { $in: ["b", "c", "d", "e", "f", "g", "h"] } },
      ],
      [{ after: { kind: "z", n: 1 } }, []],
      [{ after: { kind: "a", n: 3 } }, [0, 2]],
      [{ after: { n: 3 }, unsent: ["kind"] }, [0, 1, 2, 3, 4, 5, 6]],
      [{ after: { kind: "a" }, unsent: ["n"] }, [0, 1, 2, 3, 4, 5]],
    ],
    [
      "texts at the start, the end and anywhere",
      ["^ab", "^abc", "^b", "yz$", "z$", "xyz$", "mid", "midd", "^exact$", "(?i)FoLd", "^one|two$|thr"].map((pattern) => ({
        "after.t": { $regex: pattern },
      })),
      [{ after: { t: "abd" } }, [0]],
      [{ after: { t: "abcd" } }, [0, 1]],
      [{ after: { t: "a" } }, []],
      [{ after: { t: "wxyz" } }, [3, 4, 5]],
      [{ after: { t: "yz" } }, [3, 4]],
      [{ after: { t: "a mid" } }, [6]],
      [{ after: { t: "a middle" } }, [6, 7]],
      [{ after: { t: "mi" } }, []],
      [{ after: { t: "exact" } }, [8]],
      [{ after: { t: "unfOLDed" } }, [9]],
      [{ after: { t: 5 } }, []],
      [{ after: { t: ["no", "abd", "midnight"] } }, [0, 6]],
    ],
    [
      "values that are no texts",
      [
        { "after.a": null },
        { "after.a": true },
        { "after.a": 1 },
        { "after.a": { $eq: [1, 2] } },
        { "after.a": { $eq: { x: 0, y: ["q"] } } },
        { "after.a": { $in: [] } },
      ],
      [{ after: {} }, [0]],
      [{ after: { a: null } }, [0]],
      [{ after: { a: false } }, []],
      [{ after: { a: true } }, [1]],
      [{ after: { a: 1n } }, [2]],
      [{ after: { a: decimal("1.0") } }, [2]],
      [{ after: { a: "1" } }, []],
      [{ after: { a: [2, 1] } }, [2]],
      [{ after: { a: [1, 2] } }, [2, 3]],
      [{ after: { a: { y: ["q"], x: -0 } } }, [4]],
      [{ after: { a: { y: ["p"], x: 0 } } }, []],
    ],
    [
      "rows, where no rule looks for one",
      [{ "after.a": 1 }, { "after.a": null }],
      [{ after: { a: { x: 1 } } }, []],
      [{ after: { a: [{ x: 1 }] } }, []],
    ],
    [
      "numbers of all types between others",
      [
        { "after.n": { $gt: 5 } },
        { "after.n": { $gte: 5 } },
        { "after.n": { $lt: 5 } },
        { "after.n": { $lte: 5 } },
        { "after.n": range(7, 9) },
        { "after.n": { $lt: -1 } },
      ],
      [{ after: { n: 5 } }, [1, 3]],
      [{ after: { n: 6 } }, [0, 1]],
      [{ after: { n: 4.5 } }, [2, 3]],
      [{ after: { n: 7 } }, [0, 1, 4]],
      [{ after: { n: 9 } }, [0, 1]],
      [{ after: { n: 100n } }, [0, 1]],
      [{ after: { n: decimal("-3.5") } }, [2, 3, 5]],
      [{ after: { n: "6" } }, []],
      [{ after: { n: null } }, []],
      [{ after: { n: [] } }, []],
      [{ after: { n: Number.NaN } }, []],
      [{ after: { n: [-7, -8] } }, [2, 3, 5]],
      [{ after: { n: [20, 30n, Number.NaN, "1"] } }, [0, 1]],
    ],
    [
      "texts between others",
      [{ "after.t": { $gt: "m" } }, { "after.t": { $lte: "m" } }, { "after.t": range("p", "r") }],
      [{ after: { t: "m" } }, [1]],
      [{ after: { t: "n" } }, [0]],
      [{ after: { t: "q" } }, [0, 2]],
      [{ after: { t: ["a", "b"] } }, [1]],
      [{ after: { t: ["s", 5, "t"] } }, [0]],
      [{ after: { t: [5] } }, []],
      [{ after: { t: 5 } }, []],
    ],
    [
      "fields within rows and elements",
      [
        { "after.a.b": 1 },
        { "after.l": { $elemMatch: { m: 1, n: 2 } } },
        { "after.l": { $elemMatch: { m: { $elemMatch: { n: 5 } } } } },
        { "key.id": 7 },
      ],
      [{ after: { a: { b: 1 } } }, [0]],
      [{ after: { a: { b: 2 } } }, []],
      [{ after: { a: [{ b: 2 }, { b: 1 }] } }, [0]],
      [{ after: { l: [{ m: 3 }, { m: 1 }] } }, [1]],
      [{ after: { l: { m: 1 } } }, []],
      [{ after: { l: [{ m: [{ n: 4 }, { n: 5 }] }] } }, [2]],
      [{ after: { l: [{ m: { n: 5 } }] } }, []],
      [{ after: {}, unsent: ["l"] }, [1, 2]],
      [{ key: { id: 7 } }, [3]],
      [{ key: { id: 1 } }, []],
    ],
    [
      "changes",
      [
        { "after.q": { $changed: true } },
        { "after.q": { $changedTo: 5 } },
        { "after.q": { $changedFrom: 3 } },
        { "after.q": { $increasedBy: 1 } },
        { $nor: [{ "after.q": { $changed: false } }] },
      ],
      [{ after: { q: 5 }, before: { q: 3 }, changed: ["q"] }, [0, 1, 2, 3, 4]],
      [{ after: { q: 6 }, before: { q: 4 }, changed: ["q"] }, [0, 3, 4]],
      [{ after: { q: 5 }, before: { q: 5 }, changed: [] }, []],
      [{ after: { q: 5 }, changed: ["q"] }, [0, 1, 2, 3, 4]],
      [{ after: { q: 6 }, changed: ["q"] }, [0, 2, 3, 4]],
      [{ after: { q: 5 }, changed: ["other"] }, []],
      [{ after: {}, unsent: ["q"] }, [0, 1, 2, 3, 4]],
    ],
    [
      "a row as it was",
      [{ "before.q": 1 }, { "before.q": { $in: [2, 3] } }],
      [{ before: { q: 1 } }, [0]],
      [{ before: {} }, []],
      [{}, [0, 1]],
    ],
    [
      "what may not hold",
      [
        { $nor: [{ "after.q": { $changed: false } }, { "after.a": 1 }] },
        { $or: [{ "after.a": 1 }, { "after.a": 2, "after.b": 3 }] },
        { $or: [{ "after.a": 1 }, { "after.b": { $ne: 1 } }] },
      ],
      [{ after: { a: 3, b: 4 }, changed: [] }, [2]],
      [{ after: { a: 2, b: 3 }, changed: ["q"], before: {} }, [0, 1, 2]],
      [{ after: { a: 1 }, changed: [] }, [1, 2]],
    ],
    [
      "tests of json-rules-engine",
      [
        some({ path: "$.a", operator: "equal", value: 1 }),
        some({ path: "$.a", operator: "in", value: ["x", 2, 2] }),
        some({ path: "$.l", operator: "contains", value: "x" }),
        some({ path: "$.l", operator: "someFact:equal", value: "y" }),
        some({ path: "$.a", operator: "someValue:equal", value: [3, 4] }),
        some({ path: "$.d.e", operator: "equal", value: 1 }),
        some({ path: "$.a", operator: "equal", value: [1] }),
        some({ path: "$.d.l", operator: "contains", value: "x" }),
      ],
      [{ after: { a: 1 } }, [0]],
      [{ after: { a: 2 } }, [1]],
      [{ after: { a: "x" } }, [1]],
      [{ after: { a: 4 } }, [4]],
      [{ after: { l: ["x"] } }, [2]],
      [{ after: { l: ["z", "y"] } }, [3]],
      [{ after: { l: [["x"]] } }, []],
      [{ after: { d: { e: 1 } } }, [5]],
      [{ after: { d: { e: 2 } } }, []],
      [{ after: { d: { e: [1] } } }, []],
      [{ after: { d: { l: ["y", "x"] } } }, [7]],
      [{ after: { d: { l: "x" } } }, []],
      [{ after: { a: 9, l: [9], d: 9 } }, []],
      [{ after: {}, unsent: ["l"] }, [2, 3]],
    ],
    [
      "numbers of json-rules-engine",
      [
        some({ path: "$.n", operator: "greaterThan", value: 5 }),
        some({ path: "$.n", operator: "greaterThanInclusive", value: 5 }),
        some({ path: "$.n", operator: "lessThan", value: 5 }),
        some({ path: "$.n", operator: "lessThanInclusive", value: 5 }),
        some({ path: "$.n", operator: "greaterThan", value: 100 }),
        some({ path: "$.l", operator: "someFact:greaterThan", value: 5 }),
      ],
      [{ after: { n: 5 } }, [1, 3]],
      [{ after: { n: 6 } }, [0, 1]],
      [{ after: { n: 4 } }, [2, 3]],
      [{ after: { n: "200" } }, [0, 1, 4]],
      [{ after: { n: "seven" } }, []],
      [{ after: { n: null } }, []],
      [{ after: { l: [1, 6] } }, [5]],
      [{ after: { l: [1, 2] } }, []],
      [{ after: { l: ["x", "8"] } }, [5]],
      [{ after: { l: 8 } }, []],
    ],
  ])("%s", (_, whens, ...events) => {
    const ruleSet = compileWitnessed(rulesOf(whens));
    const numbers = events.map(([event]) => [
      event,
      decided(ruleSet, (event["after"] ?? {}) as Row, event).map((name) => Number(name.slice(1))),
    ]);
    expect(numbers).toEqual(events);
  });

  /** Those of the ranges that hold a number, or a text that stands for it. */
  const meeting = (ranges: readonly (readonly [number, number])[], at: number): string[] =>
    ranges.flatMap(([low, high], index) => (low <= at && at < high ? [`r${index}`] : []));
  const points = Array.from({ length: 140 }, (_, index) => index / 2 - 3);
  const text = (number: number): string => (number + 100).toFixed(1).padStart(6, "0");

  test.each<[string, (number: number) => Value]>([
    ["numbers", (number) => number],
    ["texts", text],
  ])("ranges of %s, few and many over each other, some of which came later", (_, valueOf) => {
    for (const width of [2, 20]) {
      const ranges = Array.from({ length: 44 }, (_, index) => [index, index + width] as const);
      const rules = rulesOf(ranges.map(([low, high]) => ({ "after.n": range(valueOf(low), valueOf(high)) })));
      const later = Object.fromEntries(Object.entries(rules).filter((_, index) => index % 3 !== 1));
      const whole = compileWitnessed(rules);
      const grown = compileWitnessed(rules, compileWitnessed(later));
      for (const at of points) {
        expect(decided(whole, { n: valueOf(at) })).toEqual(meeting(ranges, at));
        const ofGrown = decided(grown, { n: valueOf(at) });
        expect(ofGrown).toEqual(expect.arrayContaining(meeting(ranges, at)));
        expect(ofGrown.length).toBeLessThanOrEqual(meeting(ranges, at).length + 1);
      }
    }
  });
});
