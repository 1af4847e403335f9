import type { RetryPolicy } from "@backstitch/core/rules";
import { defaultRetry } from "@backstitch/core/runtime";
import { isRow, type Value } from "@backstitch/core/values";
import { under, type Located, type LocatedPath } from "../json/index.ts";
import type { Report } from "../problems/report.ts";
import { durationRemedy, parseDuration } from "./duration.ts";

/** Reads `retry`; what is left out is the default, but that attempts are not counted where only their time is given. Undefined where it is absent. */
export function readRetry(
  { located, report }: { located: Located; report: Report },
  value: Value | undefined,
  at: LocatedPath,
): RetryPolicy | undefined {
  if (!isRow(value)) return undefined;
  const { attempts } = value;
  const duration = (key: string): number | undefined => {
    const text = value[key];
    if (typeof text !== "string") return undefined;
    const ms = parseDuration(text);
    const message = `${JSON.stringify(key)} is ${JSON.stringify(text)}, which is no duration.`;
    if (ms === undefined) report.in(located, { code: "RULE_VALUE_INVALID", path: under(at, key), message, remedy: durationRemedy(text) });
    return ms;
  };
  const [forMs, firstDelayMs, longestDelayMs] = [duration("for"), duration("firstDelay"), duration("longestDelay")];
  const policy: RetryPolicy = {
    attempts: typeof attempts === "number" ? attempts : forMs === undefined ? defaultRetry.attempts : undefined,
    forMs,
    firstDelayMs: firstDelayMs ?? defaultRetry.firstDelayMs,
    longestDelayMs: longestDelayMs ?? Math.max(defaultRetry.longestDelayMs, firstDelayMs ?? 0),
  };
  if (policy.firstDelayMs > policy.longestDelayMs) {
    const message = `"longestDelay" is ${JSON.stringify(value["longestDelay"])}, shorter than the first delay.`;
    report.in(located, { code: "RULE_VALUE_INVALID", path: under(at, "longestDelay"), message });
  }
  if (forMs === 0) {
    const message = `"for" is ${JSON.stringify(value["for"])}: nothing would be tried again.`;
    report.in(located, { code: "RULE_VALUE_INVALID", path: under(at, "for"), message, remedy: 'Write {"attempts": 1}, or give it time.' });
  }
  if (policy.attempts === undefined && policy.firstDelayMs === 0) {
    const message = `"firstDelay" is ${JSON.stringify(value["firstDelay"])}, and nothing says how many attempts there may be: they would follow each other without a pause.`;
    report.in(located, {
      code: "RULE_VALUE_INVALID",
      path: under(at, "firstDelay"),
      message,
      remedy: 'Give "firstDelay" time, or say "attempts".',
    });
  }
  return policy;
}
