import { Decimal, type Value } from "@backstitch/core/values";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ANY_WORLD } from "../src/analysis/study.ts";
import { newNormaliser } from "../src/analysis/solver/normal.ts";
import { opposite } from "../src/analysis/solver/node.ts";
import { newSolver } from "../src/analysis/solver/solve.ts";
import { compileCondition } from "../src/condition/compile.ts";
import { NO_EXTENSIONS } from "../src/condition/extensions.ts";
import type { Condition } from "../src/condition/form.ts";
import { lowerCondition } from "../src/condition/lower.ts";
import { LibraryRejection } from "../src/condition/library/rejection.ts";
import { eventFacts } from "../src/facts/facts.ts";
import { readJson } from "../src/json/index.ts";
import { EVENT_ROOTS } from "../src/path/resolve-path.ts";
import { newReport } from "../src/problems/report.ts";
import { eventOf } from "./cases.ts";

const COUNT = Number(process.env["ANALYSIS_RUNS"] ?? 2_000);
const EVENTS = 40;

const atom = fc.constantFrom<Value>(1, 2, 3, "1", "2", "x", "", null, true, false, [], [1], [1, 3], ["x", null], { s: 1 }, { s: "x" }, [
  { s: 1 },
  { s: 3 },
]);
const operand = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<Value>(1, 2, 3, "1", "2", "x", null, true) },
  { weight: 1, arbitrary: atom },
);
const literal = operand.map((value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { $literal: value } : value,
);
const ordered = fc.constantFrom<unknown>(1, 2, 3, "1", "2", { $numberDecimal: "1.50" }, { $path: "after.b" });
const path = fc.constantFrom(
  "after.a",
  "after.a",
  "after.b",
  "before.a",
  "after.a.s",
  "after.a.s",
  "after.a.0",
  "operation",
  "changed",
  "after",
);
const field = fc.constantFrom("after.a", "after.b", "before.a");

const entry = (key: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<object> => value.map((item) => ({ [key]: item }));
const operators = fc.oneof(
  ...["$gt", "$gte", "$lt", "$lte"].map((name) => entry(name, ordered)),
  ...["$eq", "$ne"].map((name) => entry(name, fc.oneof(literal, fc.constant({ $path: "after.b" }), fc.constantFrom("insert", "delete")))),
  ...["$in", "$nin", "$all"].map((name) => entry(name, fc.array(literal, { maxLength: 3 }))),
  entry("$exists", fc.boolean()),
  fc.constantFrom({ $exists: false, $ne: null }, { $ne: null }),
  entry("$size", fc.constantFrom(0, 1, 2)),
  entry("$regex", fc.constantFrom("^x", "1", "")),
  entry(
    "$elemMatch",
    fc.constantFrom<object>({ $gt: 1 }, { $gt: 2, $lt: 2 }, { $eq: 1, $ne: 1 }, { s: { $gte: 1 } }, { s: { $eq: 1, $exists: false } }),
  ),
);
const changes = fc.oneof(
  entry("$changed", fc.boolean()),
  entry("$changedFrom", operand),
  entry("$changedTo", operand),
  entry("$increasedBy", fc.constantFrom(1, 2)),
  entry("$decreasedBy", fc.constantFrom(1, 2)),
);
const several = <Item extends object>(item: fc.Arbitrary<Item>): fc.Arbitrary<object> =>
  fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => Object.assign({}, ...items) as object);

const expression = fc.letrec<{ node: object }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.tuple(path, several(operators)).map(([at, tests]) => ({ [at]: tests })),
    fc.tuple(field, several(fc.oneof(changes, operators))).map(([at, tests]) => ({ [at]: tests })),
    fc.array(tie("node"), { minLength: 1, maxLength: 3 }).map((items) => ({ $and: items })),
    fc.array(tie("node"), { minLength: 1, maxLength: 3 }).map((items) => ({ $or: items })),
    tie("node").map((item) => ({ $not: item })),
    fc.tuple(tie("node"), tie("node")).map(([one, other]) => ({ ...one, ...other })),
  ),
})).node;

const LIBRARY_OPERATORS =
  "equal notEqual in notIn contains doesNotContain lessThan lessThanInclusive greaterThan greaterThanInclusive not:equal not:lessThan someFact:equal everyFact:lessThan someValue:equal everyValue:lessThan swap:lessThan swap:contains";
const libraryOperator = fc.constantFrom(...LIBRARY_OPERATORS.split(" "));
const libraryLeaf = fc.record({
  fact: fc.constantFrom("after", "after", "before", "operation"),
  path: fc.constantFrom("$.a", "$.a", "$.b", "$.a.s", "$.a[0]"),
  operator: libraryOperator,
  value: fc.oneof(operand, fc.array(operand, { maxLength: 3 }), fc.constantFrom<unknown>("insert", { fact: "after", path: "$.b" })),
  priority: fc.constantFrom(1, 2),
});
const library = fc.letrec<{ node: object; group: object }>((tie) => ({
  node: fc.oneof({ maxDepth: 3 }, libraryLeaf, tie("group")),
  group: fc.oneof(
    fc.array(tie("node"), { maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie("node"), { maxLength: 3 }).map((any) => ({ any })),
    tie("node").map((not) => ({ not })),
  ),
})).group;

const value: fc.Arbitrary<Value> = fc.oneof(
  atom,
  fc.constantFrom<Value>(
    0,
    1.5,
    2.5,
    4,
    Decimal.parse("1.50"),
    2n,
    NaN,
    " 2",
    "3x",
    "10",
    [2, "x"],
    [[1]],
    [Decimal.parse("1.5")],
    [2n],
    { s: [1, 2] },
    [{ s: 2 }, 5],
  ),
);
const row = fc.dictionary(fc.constantFrom("a", "b"), value, { noNullPrototype: true });
const event = fc
  .record({
    operation: fc.constantFrom("insert", "update", "replace", "delete"),
    after: row,
    before: fc.option(row, { nil: undefined }),
    unsent: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.subarray(["a", "b"]) }),
    changed: fc.option(fc.subarray(["a", "b"]), { nil: undefined }),
  })
  .map((given) => ({
    ...given,
    after: given.operation === "delete" ? null : given.after,
    before: given.operation === "insert" ? null : given.before,
    changed: given.operation === "insert" ? Object.keys(given.after) : given.operation === "delete" ? [] : given.changed,
  }));

function lowered(when: object): Condition {
  const report = newReport();
  const { located } = readJson("rules/r.json", JSON.stringify(when));
  if (located === undefined) throw new Error("it is JSON");
  const named = { names: [], file: () => undefined, lowered: new Map<string, Condition>() };
  const scope = { roots: EVENT_ROOTS, values: [] };
  const condition = lowerCondition(
    { located, scope, report, named, trail: [], inElement: false, extensions: NO_EXTENSIONS },
    located.value,
    [],
  );
  return report.problems.length > 0 ? { kind: "const", value: true } : condition;
}

/** "rejects": json-rules-engine would reject the run. */
function verdict(condition: Condition, given: object): boolean | "undecided" | "rejects" {
  try {
    return compileCondition(condition).decide(eventFacts(eventOf(given as never), {})) ?? "undecided";
  } catch (error) {
    if (error instanceof LibraryRejection) return "rejects";
    throw error;
  }
}

test.each([
  ["expressions", expression],
  ["conditions of json-rules-engine", library],
])(
  "what is called never true never is, and what is called always true is never false: %s",
  (_, conditions) => {
    const claims = { never: 0, always: 0 };
    fc.assert(
      fc.property(conditions, fc.array(event, { minLength: EVENTS, maxLength: EVENTS }), (when, events) => {
        const condition = lowered(when);
        const { normal } = newNormaliser();
        const solver = newSolver();
        for (const { operation } of ANY_WORLD.seen) {
          const world = ANY_WORLD.seen.filter((one) => one.operation === operation);
          const verdicts = events.filter((one) => one.operation === operation).map((one) => verdict(condition, one));
          if (!solver.possible([normal(condition)], world)) {
            claims.never++;
            expect(verdicts).not.toContain(true);
          }
          if (!solver.possible([opposite(normal(condition))], world)) {
            claims.always++;
            expect(verdicts).not.toContain(false);
          }
        }
      }),
      { numRuns: COUNT },
    );
    expect(claims.never).toBeGreaterThan(COUNT / 10);
    expect(claims.always).toBeGreaterThan(COUNT / 40);
  },
  600_000,
);
