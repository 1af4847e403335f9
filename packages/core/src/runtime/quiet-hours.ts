import type { QuietHours } from "../rules/limits.ts";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** When the quiet hours end in which that moment lies; undefined: it lies in none. Epoch milliseconds. */
export function quietUntil(hours: QuietHours, now: number): number | undefined {
  const first = Math.floor(now / MINUTE_MS);
  let minute = first;
  // Where the clock is put back or forward on the way, the hours are longer or shorter than they look, or over: it is looked at again.
  while (isQuiet(hours, minute)) minute = untilClockChanges(hours, minute, minute + minutesLeft(hours, minute));
  return minute === first ? undefined : minute * MINUTE_MS;
}

function minutesLeft(hours: QuietHours, minute: number): number {
  return (hours.toMinute - minuteOfDay(hours, minute) + DAY_MINUTES) % DAY_MINUTES;
}

/** The first minute that the clock shows otherwise than was to be expected, of those until `end`; `end` where it shows all of them so. */
function untilClockChanges(hours: QuietHours, begin: number, end: number): number {
  const isAsExpected = (minute: number): boolean =>
    (minuteOfDay(hours, begin) + minute - begin) % DAY_MINUTES === minuteOfDay(hours, minute);
  if (isAsExpected(end)) return end;
  let [before, after] = [begin, end];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (isAsExpected(middle)) before = middle;
    else after = middle;
  }
  return after;
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
