import type { Value } from "@backstitch/core/values";
import { compileOperand } from "../condition/compile-operand.ts";
import { compileCondition } from "../condition/compile.ts";
import type { Condition, Operand } from "../condition/form.ts";
import { valueOfLiteral } from "../condition/instant.ts";
import { compileFact } from "../condition/library/compile-library.ts";
import { librarySummary } from "../condition/library/summaries.ts";
import { SUMMARIES } from "../condition/operators/index.ts";
import { compileRead } from "../facts/read.ts";
import { nameOfPath } from "../path/resolve-path.ts";
import { explainAccount, NOTHING_READ } from "./account.ts";
import { examine, type Examined } from "./examine.ts";
import type { ExplainedCondition, ExplainedTest } from "./explanation.ts";
import { decidingParts, groupOf } from "./group.ts";
import { lookOfElement, lookOfTest, type Place } from "./look.ts";
import { oppositeOf } from "./opposite.ts";
import { negated } from "./verdict.ts";

/** What was examined, for people and programs. @param decided Whether the verdict of the whole stands on it */
export function describe(examined: Examined, place: Place, decided = true): ExplainedCondition {
  const { condition, verdict, parts } = examined;
  const node = { verdict, decided, test: undefined, parts: [] };
  switch (condition.kind) {
    case "const":
      return { ...node, ...(condition.value ? ALWAYS : NEVER) };
    case "and":
    case "or":
    case "staged": {
      const deciding = decidingParts(
        groupOf(condition),
        parts.map((part) => part.verdict),
      );
      const described = parts.map((part, index) => describe(part, place, decided && deciding.has(index)));
      return { ...node, ...groupName(condition), parts: described };
    }
    case "not": {
      const inner = parts.map((part) => describe(part, place, decided));
      return opposite(examined, inner[0]) ?? { ...node, operator: "not", summary: summaryOf("$not"), parts: inner };
    }
    case "test":
    case "element":
    case "change":
    case "library":
    case "engine":
      return { ...node, ...describeTest(condition, examined, place) };
  }
}

const ALWAYS = { operator: "always", summary: "True of every event." };
const NEVER = { operator: "never", summary: "False of every event." };

function groupName(condition: Condition & { readonly kind: "and" | "or" | "staged" }): Pick<ExplainedCondition, "operator" | "summary"> {
  const all = condition.kind === "and" || (condition.kind === "staged" && condition.mode === "all");
  const operator = condition.kind === "staged" ? condition.mode : condition.kind;
  return { operator, summary: summaryOf(all ? "$and" : "$or") };
}

/** `not` of a test that has an operator for that. */
function opposite({ condition }: Examined, inner: ExplainedCondition | undefined): ExplainedCondition | undefined {
  const other = condition.kind === "not" ? oppositeOf(condition.condition) : undefined;
  if (other === undefined || inner?.test === undefined) return undefined;
  const looked = inner.test.looked.map((one) => ({ ...one, verdict: negated(one.verdict) }));
  const expected = other.operator === "$exists" ? inner.test.expected !== true : inner.test.expected;
  return { ...inner, ...other, verdict: negated(inner.verdict), test: { ...inner.test, expected, looked } };
}

function summaryOf(operator: string): string {
  return SUMMARIES.get(operator) ?? "";
}

type TestCondition = Extract<Condition, { readonly kind: "test" | "element" | "change" | "library" | "engine" }>;
type Described = Pick<ExplainedCondition, "operator" | "summary" | "parts"> & { readonly test: ExplainedTest; readonly decided?: true };

function describeTest(condition: TestCondition, examined: Examined, place: Place): Described {
  const { number, unsent, reason } = examined;
  const test: ExplainedTest = { ...NOTHING_READ, number, unsent, reason };
  const { facts, element, consultations } = place.subject;
  switch (condition.kind) {
    case "test": {
      const { operator, path, operand } = condition;
      const actual = compileRead(path)(facts, element);
      const read = { path: nameOfPath(path), actual, ...rightOf(operand, place), ...lookOfTest(condition, place) };
      return { operator, summary: summaryOf(operator), parts: [], test: { ...test, ...read } };
    }
    case "element": {
      const actual = compileRead(condition.path)(facts, element);
      const looked = lookOfElement(condition, place, ({ at: base, value }) => {
        const subject = { ...place.subject, element: value, numberOf: undefined };
        return describe(examine(condition.condition, subject), { ...place, subject, base });
      });
      const read = { path: nameOfPath(condition.path), actual, ...looked };
      return { operator: "$elemMatch", summary: summaryOf("$elemMatch"), parts: [], test: { ...test, ...read } };
    }
    case "change": {
      const { operator } = condition;
      return { operator, summary: summaryOf(operator), parts: [], test: { ...test, ...readChange(condition, place, reason) } };
    }
    case "library": {
      const { operator, fact, operand } = condition;
      const right =
        operand.kind === "literal"
          ? { expected: operand.value as Value }
          : { expected: compileFact(operand.fact)(facts) as Value | undefined, expectedPath: nameOfPath(operand.fact) };
      const read = { path: nameOfPath(fact), actual: compileFact(fact)(facts) as Value | undefined, ...right };
      return { operator, summary: librarySummary(operator), parts: [], test: { ...test, ...read } };
    }
    case "engine": {
      const consulted = consultations.get(condition);
      const parts = consulted !== undefined && "account" in consulted ? explainAccount(consulted.account) : [];
      return {
        operator: "json-rules-engine",
        summary: "Decided by json-rules-engine itself.",
        parts,
        test,
        ...(reason !== undefined && { decided: true }),
      };
    }
  }
}

function rightOf(operand: Operand, { subject }: Place): Pick<ExplainedTest, "expected" | "expectedPath"> {
  if (operand.kind === "path")
    return { expected: compileRead(operand.path)(subject.facts, undefined), expectedPath: nameOfPath(operand.path) };
  const right = compileOperand(operand).read(subject.facts);
  return { expected: right === undefined ? undefined : valueOfLiteral(right), expectedPath: undefined };
}

type Change = Condition & { readonly kind: "change" };

function readChange({ field: segments, operand }: Change, place: Place, reason: string | undefined): Partial<ExplainedTest> {
  const { facts } = place.subject;
  const path = nameOfPath({ root: "after", segments });
  // Whether it changed cannot be asked again.
  if (reason !== undefined) return { path };
  const changed = compileCondition({ kind: "change", field: segments, operator: "$changed", operand: { kind: "literal", value: true } });
  const [before, after] = (["before", "after"] as const).map((root) => compileRead({ root, segments })(facts, undefined));
  const change = { before, changed: changed.decide(facts) };
  return { path, actual: after, change, ...rightOf(operand, place) };
}
