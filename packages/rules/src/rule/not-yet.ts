import { isRow, type Value } from "@backstitch/core/values";
import type { Located, LocatedPath } from "../json/index.ts";
import type { Report } from "../problems/report.ts";
import { parseDuration } from "./duration.ts";

/** Keys of a rule or entry that nothing obeys yet: they are checked, and then a problem. */
export const NOT_YET = ["limits"] as const;

interface Checking {
  readonly located: Located;
  readonly report: Report;
}

/** Checks what a rule or an entry says that nothing obeys yet, and says that it would not do so. */
export function checkNotYet(checking: Checking, value: Value | undefined, at: LocatedPath): void {
  if (!isRow(value)) return;
  const { limits } = value;
  if (isRow(limits)) checkLimits(checking, limits, [...at, "limits"]);
  for (const key of NOT_YET) if (Object.hasOwn(value, key)) sayNotYet(checking, [...at, key]);
}

function sayNotYet({ located, report }: Checking, path: LocatedPath): void {
  const message = `${JSON.stringify(path.at(-1))} is not implemented yet.`;
  const remedy = "Remove it; the rule would not do what it says.";
  report.in(located, { code: "RULE_KEY_NOT_YET", path, what: "key", message, remedy });
}

const RATES = ["perRecipient", "total"];
/** Their form is checked here, in better words than a pattern's. */
export const WRITTEN_FORMS: ReadonlySet<string> = new Set([...RATES, "from", "to", "expires"]);

function checkLimits(checking: Checking, limits: { readonly [name: string]: Value }, at: LocatedPath): void {
  for (const key of RATES) {
    const rate = limits[key];
    if (typeof rate !== "string" || isRate(rate)) continue;
    invalid(checking, [...at, key], `${JSON.stringify(key)} is ${JSON.stringify(rate)}, which is no rate.`, RATE_REMEDY);
  }
  const { quietHours } = limits;
  if (isRow(quietHours)) checkQuietHours(checking, quietHours, [...at, "quietHours"]);
}

const RATE_REMEDY = 'Write how many in how long, both at least 1: "1 per 1h", "500 per 1d".';

function isRate(text: string): boolean {
  const [, count, duration = ""] = /^(\d{1,9}) per (\w+)$/.exec(text) ?? [];
  return Number(count) > 0 && (parseDuration(duration) ?? 0) > 0;
}

function checkQuietHours(checking: Checking, hours: { readonly [name: string]: Value }, at: LocatedPath): void {
  const { from, to, timeZone } = hours;
  for (const [key, time] of Object.entries({ from, to })) {
    if (typeof time !== "string" || /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(time)) continue;
    invalid(checking, [...at, key], `${JSON.stringify(key)} is ${JSON.stringify(time)}, which is no time of day.`, 'Write it as "22:00".');
  }
  if (typeof from === "string" && from === to) {
    invalid(
      checking,
      [...at, "to"],
      `Quiet hours from ${JSON.stringify(from)} to ${JSON.stringify(to)} are none, or all.`,
      "Give them two times.",
    );
  }
  if (typeof timeZone === "string" && !isTimeZone(timeZone)) {
    invalid(checking, [...at, "timeZone"], `There is no time zone ${JSON.stringify(timeZone)}.`, 'Write a name such as "Europe/Zurich".');
  }
}

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}

function invalid({ located, report }: Checking, path: LocatedPath, message: string, remedy: string): void {
  report.in(located, { code: "RULE_VALUE_INVALID", path, message, remedy });
}
