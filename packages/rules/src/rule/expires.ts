import type { Value } from "@backstitch/core/values";
import type { Located, LocatedPath } from "../json/index.ts";
import type { Report } from "../problems/report.ts";
import { durationRemedy, parseDuration } from "./duration.ts";

/** Reads `expires` in milliseconds. Undefined where it is absent or a problem. */
export function readExpires(
  { located, report }: { located: Located; report: Report },
  value: Value | undefined,
  path: LocatedPath,
): number | undefined {
  if (typeof value !== "string") return undefined;
  const expiresMs = parseDuration(value);
  if (expiresMs !== undefined && expiresMs > 0) return expiresMs;
  const is = `"expires" is ${JSON.stringify(value)}`;
  const [message, remedy] =
    expiresMs === 0
      ? [`${is}: everything would have expired before it could be delivered.`, 'Give it time, such as "15m", or remove it.']
      : [`${is}, which is no duration.`, durationRemedy(value)];
  report.in(located, { code: "RULE_VALUE_INVALID", path, message, remedy });
  return undefined;
}
