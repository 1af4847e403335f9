import type { JsonSchema } from "@backstitch/core/connector";
import type { Problem, RetryPolicy } from "@backstitch/core/rules";
import { defaultRetry } from "@backstitch/core/runtime";
import { durationRemedy, parseDuration } from "@backstitch/rules";
import { valueAt, type Located } from "@backstitch/rules/json";
import { textAt } from "./located-value.ts";
import { problemAt } from "./problem.ts";
import type { Path } from "./schema/schema-at.ts";
import { nameOf } from "./schema/words.ts";

/** How a service attempts: what its file says, over the project's defaults. */
export interface Policy {
  readonly retry?: RetryPolicy | undefined;
  readonly deadlineMs?: number | undefined;
  readonly concurrency?: number | undefined;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

/** The keys of a policy, in `defaults` and in a service file alike. */
export const policyProperties = {
  retry: {
    type: "object",
    additionalProperties: false,
    description: "How often and when an attempt that failed is made again.",
    properties: {
      attempts: {
        type: "integer",
        minimum: 1,
        maximum: 100,
        description: 'Attempts in all, the first included. With "for" alone: as many as there is time for.',
      },
      for: { type: "string", description: 'For how long after its first attempt a delivery is tried again: "24h".' },
      firstDelay: { type: "string", description: 'About how long after the first attempt the second is made: "1s".' },
      longestDelay: { type: "string", description: 'No two attempts are further apart, unless the far side asks: "1h".' },
    },
  },
  deadline: { type: "string", description: 'The longest that an attempt may take: "30s".' },
  concurrency: { type: "integer", minimum: 1, maximum: 1_000, description: "Attempts at the same time." },
} as const satisfies Record<string, JsonSchema>;

/** Reads a policy over another. Types were checked by the schema: here is what a schema cannot say. */
export function readPolicy(located: Located, at: Path, base: Policy): { readonly policy: Policy; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];

  function duration(path: Path, least: number, most: number): number | undefined {
    const text = textAt(located, [...at, ...path]);
    if (text === undefined) return undefined;
    const found = parseDuration(text);
    if (found !== undefined && found >= least && found <= most) return found;
    const is = `${nameOf(path)} is ${JSON.stringify(text.slice(0, 60))}`;
    const [message, remedy] =
      found === undefined
        ? [`${is}, which is no duration.`, durationRemedy(text)]
        : [`${is}; it must be from ${words(least)} to ${words(most)}.`];
    problems.push(problemAt(located.placeOf([...at, ...path]), "DURATION_INVALID", message, remedy));
    return undefined;
  }

  function retry(): RetryPolicy | undefined {
    if (valueAt(located, [...at, "retry"]) === undefined) return base.retry;
    const from = base.retry ?? defaultRetry;
    const counted = integerAt(located, [...at, "retry", "attempts"]);
    const time = duration(["retry", "for"], 1, 365 * DAY);
    const attempts = counted ?? (time === undefined ? from.attempts : undefined);
    const forMs = time ?? from.forMs;
    const first = duration(["retry", "firstDelay"], 1, DAY);
    const longest = duration(["retry", "longestDelay"], 1, 7 * DAY);
    if (first !== undefined && longest !== undefined && first > longest) {
      const message = `"firstDelay" is ${words(first)}, which is longer than "longestDelay", ${words(longest)}.`;
      problems.push(problemAt(located.placeOf([...at, "retry", "firstDelay"]), "RETRY_DELAYS_CROSSED", message));
    }
    const firstDelayMs = first ?? Math.min(from.firstDelayMs, longest ?? Infinity);
    return { attempts, forMs, firstDelayMs, longestDelayMs: longest ?? Math.max(from.longestDelayMs, firstDelayMs) };
  }

  const deadlineMs = duration(["deadline"], 100, 15 * MINUTE) ?? base.deadlineMs;
  const concurrency = integerAt(located, [...at, "concurrency"]) ?? base.concurrency;
  return { policy: { retry: retry(), deadlineMs, concurrency }, problems };
}

function integerAt(located: Located, path: Path): number | undefined {
  const value = valueAt(located, path);
  return typeof value === "number" ? value : undefined;
}

/** `90000` → `90s`, in the largest unit that keeps it whole. */
function words(ms: number): string {
  for (const [unit, size] of [
    ["d", DAY],
    ["h", 60 * MINUTE],
    ["m", MINUTE],
    ["s", 1_000],
  ] as const) {
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}
