import type { RetryPolicy } from "@backstitch/core/rules";
import { defaultRetry } from "@backstitch/core/runtime";
import { isRow, type Value } from "@backstitch/core/values";
import type { Located, LocatedPath } from "../json/index.ts";
import type { Report } from "../problems/report.ts";
import { parseDuration } from "./duration.ts";

/** Reads `retry`; what is left out is the default. Undefined where it is absent. */
export function readRetry(
  { located, report }: { located: Located; report: Report },
  value: Value | undefined,
  at: LocatedPath,
): RetryPolicy | undefined {
  if (!isRow(value)) return undefined;
  const { attempts } = value;
  const duration = (key: string): number | undefined => {
    const text = value[key];
    return typeof text === "string" ? parseDuration(text) : undefined;
  };
  const policy: RetryPolicy = {
    attempts: typeof attempts === "number" ? attempts : defaultRetry.attempts,
    firstDelayMs: duration("firstDelay") ?? defaultRetry.firstDelayMs,
    longestDelayMs: duration("longestDelay") ?? Math.max(defaultRetry.longestDelayMs, duration("firstDelay") ?? 0),
  };
  if (policy.firstDelayMs > policy.longestDelayMs) {
    const message = `"longestDelay" is ${JSON.stringify(value["longestDelay"])}, shorter than the first delay.`;
    report.in(located, { code: "RULE_VALUE_INVALID", path: [...at, "longestDelay"], message });
  }
  return policy;
}
