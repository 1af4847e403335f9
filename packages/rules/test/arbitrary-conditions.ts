import { Decimal, type Value } from "@backstitch/core/values";
import fc from "fast-check";
import { expect } from "vitest";
import { newNormaliser } from "../src/analysis/solver/normal.ts";
import { opposite } from "../src/analysis/solver/node.ts";
import { newSolver } from "../src/analysis/solver/solve.ts";
import type { World } from "../src/analysis/solver/world.ts";
import { compileCondition } from "../src/condition/compile.ts";
import { NO_EXTENSIONS } from "../src/condition/extensions.ts";
import type { Condition } from "../src/condition/form.ts";
import { lowerCondition } from "../src/condition/lower.ts";
import { LibraryRejection } from "../src/condition/library/rejection.ts";
import type { Facts } from "../src/facts/facts.ts";
import { readJson } from "../src/json/index.ts";
import { EVENT_ROOTS, type Scope } from "../src/path/resolve-path.ts";
import { newReport } from "../src/problems/report.ts";
import { runs } from "./runs.ts";

/** How often a property is tried. */
export const COUNT = Number(process.env["ANALYSIS_RUNS"] ?? runs(2_000));

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
export const operators = fc.oneof(
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
export const several = <Item extends object>(item: fc.Arbitrary<Item>): fc.Arbitrary<object> =>
  fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => Object.assign({}, ...items) as object);

export const expression = fc.letrec<{ node: object }>((tie) => ({
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
export const library = fc.letrec<{ node: object; group: object }>((tie) => ({
  node: fc.oneof({ maxDepth: 3 }, libraryLeaf, tie("group")),
  group: fc.oneof(
    fc.array(tie("node"), { maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie("node"), { maxLength: 3 }).map((any) => ({ any })),
    tie("node").map((not) => ({ not })),
  ),
})).group;

export const value: fc.Arbitrary<Value> = fc.oneof(
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
export function lowered(when: object, roots: Scope["roots"] = EVENT_ROOTS): Condition {
  const report = newReport();
  const { located } = readJson("rules/r.json", JSON.stringify(when));
  if (located === undefined) throw new Error("it is JSON");
  const named = { names: [], file: () => undefined, lowered: new Map<string, Condition>() };
  const scope = { roots, values: [] };
  const condition = lowerCondition(
    { located, scope, report, named, trail: [], inElement: false, extensions: NO_EXTENSIONS },
    located.value,
    [],
  );
  return report.problems.length > 0 ? { kind: "const", value: true } : condition;
}

/** "rejects": json-rules-engine would reject the run. */
function verdict(condition: Condition, facts: Facts): boolean | "undecided" | "rejects" {
  try {
    return compileCondition(condition).decide(facts) ?? "undecided";
  } catch (error) {
    if (error instanceof LibraryRejection) return "rejects";
    throw error;
  }
}

/** Counts what is claimed of a condition, which must hold of everything that it was asked of. */
export function newClaims(): { hold(condition: Condition, worlds: readonly World[], over: readonly Facts[]): void; wereMade(): void } {
  const claims = { never: 0, always: 0 };
  return {
    hold(condition, worlds, over) {
      const node = newNormaliser().normal(condition);
      const solver = newSolver();
      const verdicts = over.map((facts) => verdict(condition, facts));
      if (!solver.possible([node], worlds)) {
        claims.never++;
        expect(verdicts).not.toContain(true);
      }
      if (!solver.possible([opposite(node)], worlds)) {
        claims.always++;
        expect(verdicts).not.toContain(false);
      }
    },
    wereMade() {
      expect(claims.never).toBeGreaterThan(COUNT / 10);
      expect(claims.always).toBeGreaterThan(COUNT / 40);
    },
  };
}
