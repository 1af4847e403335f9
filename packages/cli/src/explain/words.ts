import { encodeValue, type Value } from "@backstitch/core/values";
import type { ExplainedCondition, ExplainedTest, Explanation, NearestMiss } from "@backstitch/rules";
import { count, inWords } from "../words.ts";

/** A value as a person reads it: JSON, and `missing` where there is none. */
export function valueText(value: Value | undefined): string {
  return value === undefined ? "missing" : encodeValue(value);
}

/** What a test wanted: `after.reorderPoint (5)`. */
export function expectedText({ expected, expectedPath, path }: ExplainedTest): string {
  if (path === "") return "";
  return expectedPath === undefined ? (expected === undefined ? "" : valueText(expected)) : `${expectedPath} (${valueText(expected)})`;
}

/** What a test found: `is 7`, `is 7, was 9`, `not sent: before.quantity`, or why it was rejected. */
export function foundText({ test, verdict }: ExplainedCondition): string {
  if (test === undefined) return "";
  const { reason, unsent, change, path, actual, looked } = test;
  if (reason !== undefined) return reason;
  if (verdict === "undecided" && unsent.length > 0) return `not sent: ${unsent.join(", ")}`;
  if (path === "") return "";
  if (change !== undefined)
    return `is ${valueText(actual)}, was ${change.before === undefined && unsent.length > 0 ? "not sent" : valueText(change.before)}`;
  return actual === undefined && looked.length > 0 ? "" : `is ${valueText(actual)}`;
}

/** `after.quantity $lt 5` */
export function testText({ operator, test }: ExplainedCondition): string {
  return test === undefined ? operator : [test.path, operator, expectedText(test)].filter((part) => part !== "").join(" ");
}

/** What a sentence can hold. */
const MOST_CHANGES = 5;
const LONGEST_FOUND = 40;

/** One sentence on what would have to be different; undefined where the condition is true. */
export function nearestMissText({ when, nearestMiss }: Explanation): string | undefined {
  if (nearestMiss === undefined) return undefined;
  const { changes, smallest } = nearestMiss;
  if (changes.length === 0) {
    return smallest ? "none: whatever its tests say, the condition is not true." : "not found: the condition repeats its tests too often.";
  }
  const tests = testsOf(when);
  const parts = changes.slice(0, MOST_CHANGES).map((change) => wanted(change, tests));
  const more = changes.length - parts.length;
  const all = more === 0 ? parts : [...parts, `${count(more, "more test")} were different`];
  return `it would match if ${inWords(all)}${smallest ? "" : ", though fewer might be enough"}.`;
}

function wanted({ test: number, to }: NearestMiss["changes"][number], tests: readonly ExplainedCondition[]): string {
  const found = tests.find(({ test }) => test?.number === number);
  if (found === undefined) return `test ${number} were ${to}`;
  const now = shortened(foundText(found), LONGEST_FOUND);
  return `${testText(found)} were ${to}${now === "" ? "" : ` (${now})`}`;
}

export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Those that are numbered, as they stand in the rule. */
function testsOf(condition: ExplainedCondition): readonly ExplainedCondition[] {
  return [...(condition.test === undefined ? [] : [condition]), ...condition.parts.flatMap(testsOf)];
}
