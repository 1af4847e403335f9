import { defaultRetry, nextDelayMs } from "../../../packages/core/src/runtime/index.ts";
import { table } from "../markdown.ts";

/** How long the default policy waits after each attempt, if every wait is as short or as long as it can be. */
export function retryTable(): string {
  const rows: string[][] = [];
  let latest = 0;
  for (let attempt = 1; ; attempt += 1) {
    const shortest = nextDelayMs(defaultRetry, { attempts: attempt, passedMs: 0 }, 0, 0);
    const longest = nextDelayMs(defaultRetry, { attempts: attempt, passedMs: 0 }, 0, 1);
    if (shortest === null || longest === null) return table(HEAD, [...rows, [String(attempt), "", "given up: rejected", ""]]);
    latest += longest;
    rows.push([String(attempt), words(shortest), words(longest), words(latest)]);
  }
}

const HEAD = ["after attempt", "next at the earliest", "next at the latest", "since the first, at the latest"];

function words(ms: number): string {
  if (ms === 0) return "at once";
  const seconds = Math.round(ms / 1_000);
  const parts = [
    [Math.floor(seconds / 3_600), "h"],
    [Math.floor((seconds % 3_600) / 60), "min"],
    [seconds % 60, "s"],
  ] as const;
  return parts.flatMap(([amount, unit]) => (amount === 0 ? [] : [`${amount} ${unit}`])).join(" ");
}
