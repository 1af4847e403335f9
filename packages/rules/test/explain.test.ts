import { describe, expect, test } from "vitest";
import { compareOnRandomPairs } from "./explain-agrees.ts";
import { explain, outline } from "./explaining.ts";
import { runs } from "./runs.ts";

test("explain says what match does, on random rules of both dialects and random events", () => {
  const { verdicts, differences } = compareOnRandomPairs(runs(10_000), 7);
  expect(differences).toEqual([]);
  for (const verdict of ["true", "false", "undecided", "rejected"]) expect(verdicts[verdict]).toBeGreaterThan(runs(50));
}, 60_000);

describe("the condition", () => {
  test("each test says what it read, what it wanted and whether the verdict stands on it", () => {
    const when = {
      "after.q": { $lt: { $path: "after.least" }, $changed: true },
      "after.name": { $ne: "x" },
      $or: [{ "after.gone": { $exists: false } }, { "after.tier": "gold" }],
    };
    const { when: explained, matches } = explain({ when }, { after: { q: 7, least: 5, name: "y" }, changed: ["q"] });
    expect(outline(explained)).toEqual([
      "! false and",
      "  ! false and",
      "    ! false $lt after.q is 7, wants after.least 5",
      "    - true $changed after.q is 7, wants  true",
      '  - true $ne after.name is "y", wants  "x"',
      "  - true or",
      "    - true $exists after.gone is undefined, wants  false",
      '    - false $eq after.tier is undefined, wants  "gold"',
    ]);
    expect(matches).toBe(false);
    expect(explained.parts[0]?.parts[0]?.summary).toBe(
      "Less than the operand. Numbers compare with numbers, texts with texts and timestamps with a `$date`; across types nothing compares.",
    );
  });

  test("of several that would each have been enough all are marked", () => {
    const { when } = explain({ when: { $or: [{ "after.a": 1 }, { "after.b": 1 }, { "after.c": 1 }] } }, { after: { a: 1, b: 1 } });
    expect(outline(when).map((line) => line.trim()[0])).toEqual(["!", "!", "!", "-"]);
  });

  test("what was not sent is named where it was wanted", () => {
    const { when, nearestMiss } = explain(
      { when: { "before.q": 1, "after.big": { $changed: true }, "after.a": 1 } },
      { after: { a: 1 }, unsent: ["big"] },
    );
    expect(when.verdict).toBe("undecided");
    expect(when.parts.map(({ test, decided }) => [decided, test?.unsent])).toEqual([
      [true, ["before.q"]],
      [true, ["before.big", "after.big"]],
      [false, []],
    ]);
    expect(nearestMiss).toEqual({
      changes: [
        { test: 1, from: "undecided", to: "true" },
        { test: 2, from: "undecided", to: "true" },
      ],
      smallest: true,
    });
  });

  test("a date that is wanted is shown as a row would hold it", () => {
    const { when } = explain(
      { when: { "after.at": { $gt: { $date: "2026-01-01T00:00:00Z" } } } },
      { after: { at: "2025-12-31T23:59:59Z" } },
    );
    expect(when).toMatchObject({ verdict: "false", test: { expected: "2026-01-01T00:00:00.000000Z", actual: "2025-12-31T23:59:59Z" } });
  });

  test("a change says both sides and whether it is one", () => {
    const { when } = explain({ when: { "after.q": { $decreasedBy: 3 } } }, { before: { q: 9 }, after: { q: 7 }, changed: ["q"] });
    expect(when.test).toMatchObject({ path: "after.q", expected: 3, actual: 7, change: { before: 9, changed: true } });
  });

  test("of arrays the elements that were looked at are listed, with one that met the test among them", () => {
    const items = Array.from({ length: 100 }, (_, index) => ({ sku: index === 57 ? "x" : "y" }));
    const { when } = explain({ when: { "after.items.sku": "x" } }, { after: { items } });
    expect(when.test?.looked.map(({ path, verdict }) => `${path} ${verdict}`)).toEqual([
      ...Array.from({ length: 9 }, (_, index) => `after.items.${index}.sku false`),
      "after.items.57.sku true",
    ]);
    expect(when.test?.more).toBe(90);
  });

  test("$elemMatch is one test, and says of each element why", () => {
    const when = { "after.items": { $elemMatch: { sku: "x", "parts.n": { $gt: 1 } } } };
    const items = [{ sku: "y", parts: [{ n: 2 }] }, 5, { sku: "x", parts: [{ n: 1 }] }];
    const { when: explained, nearestMiss } = explain({ when }, { after: { items } });
    const shown = explained.test?.looked.map(({ path, verdict, condition }) => [path, verdict, condition && outline(condition).length]);
    expect(shown).toEqual(["after.items.0", "after.items.1", "after.items.2"].map((path) => [path, "false", 3]));
    const last = explained.test?.looked[2]?.condition?.parts[1]?.test;
    expect(last?.looked).toEqual([{ path: "after.items.2.parts.0.n", value: 1, verdict: "false", condition: undefined }]);
    expect(nearestMiss?.changes).toEqual([{ test: 1, from: "false", to: "true" }]);
  });

  test("a list among the elements of $elemMatch is not looked into", () => {
    const { when } = explain({ when: { "after.x": { $elemMatch: { $gt: 5 } } } }, { after: { x: [[6]] } });
    expect(when.test?.looked.map(({ path, verdict, condition }) => [path, verdict, condition?.test?.looked])).toEqual([
      ["after.x.0", "false", []],
    ]);
  });

  test("of json-rules-engine's priorities the first that is enough is marked, and not what would never have been asked", () => {
    const leaf = (path: string, priority: number): object => ({
      fact: "after",
      path,
      operator: "in",
      value: { fact: "after", path: "$.list" },
      priority,
    });
    const when = { all: [leaf("$.a", 1), leaf("$.b", 2), leaf("$.c", 2)] };
    const { when: explained } = explain({ when }, { after: { a: 1, b: 2, c: 3, list: [2] } });
    expect(explained.parts.map(({ test, verdict, decided }) => [test?.path, verdict, decided])).toEqual([
      ["after.b", "true", false],
      ["after.c", "false", true],
      ["after.a", "false", false],
    ]);
  });

  test("however much an event holds, an explanation shows a bounded number of elements", () => {
    const many = Array.from({ length: 300 }, () => ({ a: Array.from({ length: 300 }, () => ({ b: [1, 2, 3] })) }));
    const { when } = explain(
      { when: { "after.x": { $elemMatch: { a: { $elemMatch: { b: { $elemMatch: { $gt: 5 } } } } } } } },
      { after: { x: many } },
    );
    expect(JSON.stringify(when.test?.looked.map(({ condition }) => condition)).match(/"path":/g)?.length).toBeLessThan(500);
  });

  test("what json-rules-engine would reject says why", () => {
    const when = {
      all: [
        { fact: "after", path: "$.a", operator: "in", value: { fact: "after", path: "$.b" } },
        { fact: "after", path: "$.c", operator: "not:equal", value: 1 },
      ],
    };
    const { when: explained } = explain({ when }, { after: { a: 1, b: 2 } });
    expect(outline(explained)).toEqual([
      "! rejected all",
      "  ! rejected in after.a is 1, wants after.b 2",
      "  - true not:equal after.c is undefined, wants  1",
    ]);
    expect(explained.parts[0]?.test?.reason).toBe('json-rules-engine rejects the run: "in" and "notIn" need a list or a text to look in.');
  });
});

describe("the nearest miss", () => {
  test("the same test at two places is one", () => {
    const { nearestMiss } = explain(
      {
        when: {
          $or: [
            { "after.a": 1, "after.b": 1, "after.c": 1 },
            { "after.a": 1, "after.d": 1 },
          ],
          "after.a": { $in: [1, 2] },
        },
      },
      { after: { c: 1, d: 1 } },
    );
    expect(nearestMiss?.changes.map(({ test }) => test)).toEqual([1, 5]);
  });

  test("where nothing can make the condition true, nothing is named", () => {
    const { when, nearestMiss } = explain({ when: { $and: [false, { "after.a": 1 }] } }, { after: {} });
    expect(outline(when)).toEqual(["! false and", "  ! false never", "  ! false $eq after.a is undefined, wants  1"]);
    expect(nearestMiss).toEqual({ changes: [], smallest: true });
  });

  test("a condition with its opposite cannot come true: both are the same test", () => {
    const { nearestMiss } = explain({ when: { $and: [{ "after.a": 1 }, { "after.a": { $ne: 1 } }] } }, { after: {} });
    expect(nearestMiss).toEqual({ changes: [], smallest: true });
  });

  test("where tests repeat so often that the smallest set cannot be found in time, a set is given and said to be perhaps not the smallest", () => {
    const pick = (index: number): object => ({ [`after.f${(index * index + 7 * (index % 13)) % 41}`]: 1 });
    const $and = Array.from({ length: 250 }, (_, index) => ({ $or: [pick(index), pick(3 * index + 1), pick(5 * index + 2)] }));
    const { nearestMiss } = explain({ when: { $and } }, { after: {} });
    expect(nearestMiss?.smallest).toBe(false);
    expect(nearestMiss?.changes.length).toBeGreaterThan(0);
  });
});
