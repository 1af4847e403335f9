import type { Problem } from "@backstitch/core/rules";
import { rowFrom, type Row } from "@backstitch/core/values";
import { isLargerThan } from "../condition/size-of.ts";
import type { CompiledCondition } from "../condition/compiled-condition.ts";
import { readJson } from "../json/index.ts";
import { hasErrors, newReport } from "../problems/report.ts";
import { roleFacts } from "../facts/facts.ts";
import { holds } from "./decide.ts";
import { compileQuery } from "./lower-conditions.ts";

/** A condition over documents that somebody asked with. */
export interface Query {
  readonly condition: CompiledCondition;
  /** @param document What the asker may read of it, and nothing else: a query must tell nothing of the rest. */
  matches(document: Row): boolean;
}

/** A query, or what is wrong with it. */
export type ReadQuery = { readonly query: Query; readonly problems?: undefined } | { readonly problems: readonly Problem[] };

/** So many tests are enough for a person, and a machine's must be bounded. */
const MOST_TESTS = 500;
const NO_FACTS = roleFacts({ root: undefined, prevRoot: undefined, user: undefined, request: undefined, values: rowFrom<never>([]) });

/**
 * Reads a query in the expression dialect, `{"quantity": {"$lt": 5}}`: names are those of the document's fields.
 * It reads nothing but the document: not the user, nor the project's values.
 */
export function readQuery(text: string): ReadQuery {
  const report = newReport();
  const { located, problems } = readJson("filter", text);
  report.add(...problems);
  if (located === undefined) return { problems: report.problems };
  const none = { names: [], file: () => undefined, lowered: new Map<string, never>() };
  const condition = compileQuery({ located, report, named: none, values: [] }, located.value, [], []);
  if (isLargerThan(condition.form, MOST_TESTS))
    report.in(located, { code: "FILTER_TOO_LARGE", path: [], message: `The filter has more than ${MOST_TESTS} tests.` });
  if (hasErrors(report.problems)) return { problems: report.problems };
  return { query: { condition, matches: (document) => holds(condition, NO_FACTS, document) } };
}
