import type { QuietHours } from "../rules/limits.ts";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** When the quiet hours end in which that moment lies; undefined: it lies in none. Epoch milliseconds. */
export function quietUntil(hours: QuietHours, now: number): number | undefined {
  const minute = Math.floor(now / MINUTE_MS);
  if (!isQuiet(hours, minute)) return undefined;
  let end = minute + ((hours.toMinute - minuteOfDay(hours, minute) + DAY_MINUTES) % DAY_MINUTES);
  // Clocks that are put back or forward on the way: the hours are longer or shorter than they look.
  while (isQuiet(hours, end)) end += 1;
  while (!isQuiet(hours, end - 1)) end -= 1;
  return end * MINUTE_MS;
}

function isQuiet(hours: QuietHours, minute: number): boolean {
  const { fromMinute, toMinute } = hours;
  const at = minuteOfDay(hours, minute);
  return fromMinute < toMinute ? fromMinute <= at && at < toMinute : fromMinute <= at || at < toMinute;
}

/** @param minute Minutes since 1970 */
function minuteOfDay({ timeZone }: QuietHours, minute: number): number {
  const [hour = "0", past = "0"] = clockOf(timeZone)
    .format(minute * MINUTE_MS)
    .split(":");
  return Number(hour) * 60 + Number(past);
}

/** By time zone: making one costs a hundred times what asking it does. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  clocks.set(timeZone, clock);
  return clock;
}
