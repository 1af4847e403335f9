import type { Value } from "@backstitch/core/values";
import { librarySummary } from "../condition/library/summaries.ts";
import { SUMMARIES } from "../condition/operators/index.ts";
import type { ExplainedCondition, ExplainedTest } from "./explanation.ts";

/** What json-rules-engine gives back of a condition: its own words, and what it found. */
interface Account {
  readonly all?: readonly Account[];
  readonly any?: readonly Account[];
  readonly not?: Account;
  readonly result?: unknown;
  readonly fact?: string;
  readonly path?: string;
  readonly operator?: string;
  readonly value?: unknown;
  readonly factResult?: unknown;
  readonly valueResult?: unknown;
}

/** A test that says nothing yet. */
export const NOTHING_READ: ExplainedTest = {
  number: undefined,
  path: "",
  expected: undefined,
  expectedPath: undefined,
  actual: undefined,
  change: undefined,
  unsent: [],
  reason: undefined,
  looked: [],
  more: 0,
};

/** The library's own account of what it asked, as conditions; what it did not ask is left out. */
export function explainAccount(account: object | undefined): readonly ExplainedCondition[] {
  const { result, ...rest } = (account ?? {}) as Account;
  if (result === undefined) return [];
  const verdict = result ? "true" : "false";
  const { all, any, not } = rest;
  const inner = all ?? any ?? (not === undefined ? undefined : [not]);
  if (inner !== undefined) {
    const [operator, summary = ""] = all
      ? ["all", SUMMARIES.get("$and")]
      : any
        ? ["any", SUMMARIES.get("$or")]
        : ["not", SUMMARIES.get("$not")];
    return [{ operator, summary, verdict, decided: true, test: undefined, parts: inner.flatMap(explainAccount) }];
  }
  const { fact = "", path = "", operator = "", value, factResult, valueResult } = rest;
  const compared = valueResult ?? value;
  const read = {
    path: `${fact}${path.replace(/^\$/, "")}`,
    expected: compared as Value | undefined,
    actual: factResult as Value | undefined,
  };
  const test: ExplainedTest = { ...NOTHING_READ, ...read };
  return [{ operator, summary: librarySummary(operator), verdict, decided: true, test, parts: [] }];
}
