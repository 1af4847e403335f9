import type { Row } from "@backstitch/core/values";
import { describe, expect, test } from "vitest";
import { compileWitnessed, decided, many, range, rulesOf } from "./decided.ts";

describe("rules that come later", () => {
  const base = rulesOf(many(300, (index) => ({ "after.x": index })));
  const later = rulesOf(
    many(3, (index) => ({ "after.kind": "a", "after.sku": index })),
    300,
  );

  test("lie under what is known, and where most that was known is gone, under what is known then", () => {
    let ruleSet = compileWitnessed({ ...base, ...later }, compileWitnessed(base));
    expect(decided(ruleSet, { x: 5 })).toEqual(["r5"]);
    expect(decided(ruleSet, { kind: "a", sku: 9 })).toEqual(["r300", "r301", "r302"]);
    for (let gone = 60; gone <= 240; gone += 60) {
      ruleSet = compileWitnessed({ ...Object.fromEntries(Object.entries(base).slice(gone)), ...later }, ruleSet);
      expect(decided(ruleSet, { x: 5 })).toEqual([]);
      expect(decided(ruleSet, { x: 299 })).toEqual(["r299"]);
    }
    expect(decided(ruleSet, { kind: "a", sku: 9 })).toEqual([]);
    expect(decided(ruleSet, { kind: "a", sku: 2 })).toEqual(["r302"]);
  });

  const LATER = 100;
  test.each<[string, Row[], Row[], ...[Row, number[]][]]>([
    [
      "under a test that many have in common",
      [{ "after.kind": "a" }, ...many(5, (index) => ({ "after.kind": "a", "after.sku": index }))],
      [{ "after.kind": "a", "after.sku": 0 }, { "after.kind": "a", "after.sku": 77 }, { "after.kind": "a" }],
      [{ kind: "a", sku: 0 }, [0, 1, 100, 102]],
      [{ kind: "a", sku: 77 }, [0, 101, 102]],
      [{ kind: "a", sku: 50 }, [0, 102]],
      [{ kind: "b", sku: 50 }, []],
    ],
    [
      "under one that many have in common later",
      [{ "after.kind": "a" }],
      many(8, (index) => ({ "after.kind": "a", "after.sku": index })),
      [{ kind: "a", sku: 50 }, [0]],
      [{ kind: "a", sku: 7 }, [0, 107]],
    ],
    [
      "under a text that many have in common later",
      [{ "after.t": { $regex: "^abc" } }, { "after.t": { $regex: "abc$" } }, { "after.t": { $regex: "abc" } }],
      ["^abc", "abc$", "abc"].flatMap((pattern) => many(5, (index) => ({ "after.t": { $regex: pattern }, "after.sku": index + 1 }))),
      [{ t: "abcx", sku: 50 }, [0, 2]],
      [{ t: "xabc", sku: 3 }, [1, 2, 107, 112]],
    ],
    [
      "in a range that many have in common later",
      [{ "after.n": range(0, 10) }, { "after.n": range(10, 20) }],
      many(8, (index) => ({ "after.n": range(0, 10), "after.sku": index })),
      [{ n: 5, sku: 50 }, [0]],
      [{ n: 5, sku: 7 }, [0, 107]],
      [{ n: 15, sku: 7 }, [1]],
    ],
    [
      "in a range over many others",
      many(40, (index) => ({ "after.n": range(index, index + 20) })),
      many(8, (index) => ({ "after.n": range(0, 30), "after.sku": index })),
      [{ n: 0, sku: 50 }, [0]],
      [{ n: 29, sku: 7 }, [...many(20, (index) => index + 10), 107]],
      [{ n: 58, sku: 7 }, [39]],
    ],
    [
      "in more ranges than were known",
      [{ "after.n": range(0, 1_000) }],
      many(64 + 6, (index) => ({ "after.n": range(index * 10, index * 10 + 10) })),
      [{ n: 605 }, [0, 160]],
    ],
    [
      "under numbers of which nothing was known but values",
      [...many(4, (index) => ({ "after.n": index })), ...many(4, (index) => ({ "after.sku": index }))],
      [{ "after.n": range(0, 1_000), "after.sku": 0 }],
      [{ n: 500, sku: 50 }, []],
    ],
    ["in a collection of which there was no rule", [], [{ "after.a": 1 }, { "after.a": 2 }], [{ a: 1 }, [100]]],
  ])("%s", (_, first, added, ...events) => {
    const before = compileWitnessed(rulesOf(first));
    decided(before, {});
    const ruleSet = compileWitnessed({ ...rulesOf(first), ...rulesOf(added, LATER) }, before);
    const numbers = events.map(([after]) => [after, decided(ruleSet, after).map((name) => Number(name.slice(1)))]);
    expect(numbers).toEqual(events);
    expect(decided(before, events[0]?.[0] ?? {}).filter((name) => Number(name.slice(1)) >= LATER)).toEqual([]);
  });
});
