import type { Validate } from "@backstitch/core/connector";
import type { Problem } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { decodeValue, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { RuleFile } from "../files.ts";
import { readJson, schemaProblems, type Located } from "../json/index.ts";
import { newReport, type Report } from "../problems/report.ts";
import { eventOf } from "../rule-test/event.ts";
import { plainValue } from "../condition/plain-value.ts";
import { eventSchema } from "../rule-test/schema.ts";
import type { RuleSummary } from "../rule/compiled-rule.ts";

export interface ReadEvent {
  /** Undefined where there are problems. */
  readonly event: ChangeEvent | undefined;
  readonly problems: readonly Problem[];
}

/** Reads an event that somebody wrote for a rule, as the tests beside rules write it, or as the journal printed it. */
export function readEvent(file: RuleFile, rule: RuleSummary, validate: Validate): ReadEvent {
  const { located, problems } = readJson(file.path, file.text);
  if (located === undefined) return { event: undefined, problems };
  const report = newReport();
  const value = located.value as Value;
  report.add(...schemaProblems(located, validate(eventSchema)(value), { code: "EVENT" }));
  const row = isRow(value) ? plainRow(value, located, report) : {};
  if (row["was"] !== undefined && row["before"] !== undefined)
    report.in(located, { code: "EVENT_VALUE_INVALID", path: ["was"], message: 'An event has "before" or "was", not both.' });
  return report.problems.length > 0 ? { event: undefined, problems: report.problems } : { event: eventOf(row, rule, 1), problems: [] };
}

function plainRow(row: Row, located: Located, report: Report): Row {
  return rowFrom(
    Object.entries(row).map(([name, item]) => {
      const plain = plainValue(item, [name], (path, message) => report.in(located, { code: "EVENT_VALUE_INVALID", path, message }));
      return [name, untagged(plain)] as const;
    }),
  );
}

/** What the journal prints has numbers that JSON lacks as it stores them: `{"$":"d","v":"12.50"}`. */
function untagged(value: Value): Value {
  if (Array.isArray(value)) return value.map(untagged);
  if (!isRow(value)) return value;
  const { $: tag, v: held } = value;
  if (Object.keys(value).length === 2 && typeof tag === "string" && typeof held === "string" && /^[ndf]$/.test(tag)) return decoded(value);
  return rowFrom(Object.entries(value).map(([name, item]) => [name, untagged(item)] as const));
}

function decoded(value: Row): Value {
  try {
    return decodeValue(JSON.stringify(value));
  } catch {
    return value;
  }
}
