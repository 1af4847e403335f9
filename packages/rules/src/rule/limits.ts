import { hasAddressees, type JsonSchema } from "@backstitch/core/connector";
import { needsJournal, type QuietHours, type Quota, type RuleLimits } from "@backstitch/core/rules";
import { isRow, type Row, type Value } from "@backstitch/core/values";
import { under, type Located, type LocatedPath } from "../json/index.ts";
import type { Report } from "../problems/report.ts";
import { meantBy, parseRate } from "./duration.ts";

interface Reading {
  readonly located: Located;
  readonly report: Report;
}

/** Their form is checked here, in better words than a pattern's. */
export const WRITTEN_FORMS: ReadonlySet<string> = new Set([
  "perRecipient",
  "total",
  "from",
  "to",
  "expires",
  "firstDelay",
  "longestDelay",
  "for",
]);

/** Reads `limits` of what they count together; `{}` is none at all. Undefined where it is absent or a problem. */
export function readLimits(
  reading: Reading,
  written: { value: Value | undefined; at: LocatedPath },
  of: readonly string[],
): RuleLimits | undefined {
  const { value, at } = written;
  if (!isRow(value)) return undefined;
  const { quietHours, hops, exceeded = "delay" } = value;
  if (Object.hasOwn(value, "exceeded") && Object.keys(value).length === 1) {
    const message = '"limits" says what becomes of more, and not of more than what.';
    invalid(reading, under(at, "exceeded"), message, 'Give it "perRecipient", "total", "quietHours" or "hops", or remove it.');
  }
  return {
    of,
    perRecipient: readQuota(reading, value["perRecipient"], under(at, "perRecipient")),
    total: readQuota(reading, value["total"], under(at, "total")),
    quietHours: isRow(quietHours) ? readQuietHours(reading, quietHours, under(at, "quietHours")) : undefined,
    hops: typeof hops === "number" ? hops : undefined,
    exceeded: exceeded === "drop" || exceeded === "hold" ? exceeded : "delay",
  };
}

/** Whether they keep back more than is usual. */
export function isLimited(limits: RuleLimits | undefined): limits is RuleLimits {
  return needsJournal(limits) || limits?.hops !== undefined;
}

/** Says so where the limits are for recipients, and none of the actions has any. */
export function checkCounts(
  reading: Reading,
  limits: RuleLimits | undefined,
  at: LocatedPath,
  actions: readonly (JsonSchema | undefined)[],
): void {
  if (limits?.perRecipient === undefined || actions.length === 0 || actions.some((args) => args === undefined || hasAddressees(args)))
    return;
  const [subject, verb] = actions.length === 1 ? ["this action", "does"] : ["these actions", "do"];
  const message = `"perRecipient" counts nobody: the arguments of ${subject} ${verb} not say to whom ${actions.length === 1 ? "it goes" : "they go"}.`;
  invalid(reading, under(at, "perRecipient"), message, 'Write "total".');
}

const RATE_REMEDY = 'Write how many in how long, both at least 1: "1 per 1h", "500 per 1d".';

function readQuota(reading: Reading, rate: Value | undefined, at: LocatedPath): Quota | undefined {
  if (typeof rate !== "string") return undefined;
  const read = parseRate(rate);
  if (read !== undefined) return { most: read.count, perMs: read.periodMs };
  invalid(
    reading,
    at,
    `${JSON.stringify(at.at(-1))} is ${JSON.stringify(rate)}, which is no rate.`,
    meantBy(rate, parseRate) ?? RATE_REMEDY,
  );
  return undefined;
}

function readQuietHours(reading: Reading, hours: Row, at: LocatedPath): QuietHours | undefined {
  const { from, to, timeZone = "UTC" } = hours;
  const times = Object.entries({ from, to }).map(([key, time]) => {
    const minute = minuteOf(time);
    if (minute !== undefined || typeof time !== "string") return minute;
    invalid(reading, under(at, key), `${JSON.stringify(key)} is ${JSON.stringify(time)}, which is no time of day.`, 'Write it as "22:00".');
    return undefined;
  });
  if (typeof from === "string" && from === to) {
    const message = `Quiet hours from ${JSON.stringify(from)} to ${JSON.stringify(to)} are none, or all.`;
    invalid(reading, under(at, "to"), message, "Give them two times.");
  }
  if (typeof timeZone === "string" && !isTimeZone(timeZone)) {
    const message = `There is no time zone ${JSON.stringify(timeZone)}.`;
    invalid(reading, under(at, "timeZone"), message, 'Write a name such as "Europe/Zurich".');
  }
  const [fromMinute, toMinute] = times;
  if (fromMinute === undefined || toMinute === undefined || typeof timeZone !== "string") return undefined;
  return { fromMinute, toMinute, timeZone };
}

function minuteOf(time: Value | undefined): number | undefined {
  const [, hour, minute] = (typeof time === "string" && /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time)) || [];
  return hour === undefined ? undefined : Number(hour) * 60 + Number(minute);
}

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}

function invalid({ located, report }: Reading, path: LocatedPath, message: string, remedy: string): void {
  report.in(located, { code: "RULE_VALUE_INVALID", path, message, remedy });
}
