import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quietUntil } from "../src/runtime/quiet-hours.ts";

const at = (text: string): number => Date.parse(text);
const hours = (from: string, to: string, timeZone = "UTC") => ({ fromMinute: minuteOf(from), toMinute: minuteOf(to), timeZone });

function minuteOf(time: string): number {
  const [hour, past] = time.split(":").map(Number) as [number, number];
  return hour * 60 + past;
}

describe("quiet hours", () => {
  test.each<readonly [string, string, ReturnType<typeof hours>, string | undefined]>([
    ["before them", "2026-05-06T21:59:59.999Z", hours("22:00", "07:30"), undefined],
    ["as they begin", "2026-05-06T22:00:00Z", hours("22:00", "07:30"), "2026-05-07T07:30:00Z"],
    ["after midnight", "2026-05-07T00:00:30Z", hours("22:00", "07:30"), "2026-05-07T07:30:00Z"],
    ["in their last moment", "2026-05-07T07:29:59.999Z", hours("22:00", "07:30"), "2026-05-07T07:30:00Z"],
    ["as they end", "2026-05-07T07:30:00Z", hours("22:00", "07:30"), undefined],
    ["of one day", "2026-05-06T13:00:00Z", hours("12:00", "14:00"), "2026-05-06T14:00:00Z"],
    ["of one day, after them", "2026-05-06T14:00:00Z", hours("12:00", "14:00"), undefined],
    ["until midnight", "2026-05-06T23:00:00Z", hours("22:00", "00:00"), "2026-05-07T00:00:00Z"],
    ["of a time zone", "2026-05-06T20:00:00Z", hours("22:00", "07:00", "Europe/Zurich"), "2026-05-07T05:00:00Z"],
    ["of a zone with half hours", "2026-05-06T16:30:00Z", hours("22:00", "07:00", "Asia/Kolkata"), "2026-05-07T01:30:00Z"],
    ["in a night that is an hour shorter", "2026-03-28T21:00:00Z", hours("22:00", "07:00", "Europe/Zurich"), "2026-03-29T05:00:00Z"],
    ["in a night that is an hour longer", "2026-10-24T20:00:00Z", hours("22:00", "07:00", "Europe/Zurich"), "2026-10-25T06:00:00Z"],
    ["that end in an hour that is left out", "2026-03-28T21:00:00Z", hours("22:00", "02:30", "Europe/Zurich"), "2026-03-29T01:00:00Z"],
    ["in an hour that comes twice", "2026-10-25T00:10:00Z", hours("02:00", "03:00", "Europe/Zurich"), "2026-10-25T02:00:00Z"],
    [
      "that leave half an hour, on a day that is an hour shorter",
      "2026-03-28T09:00:00Z",
      hours("09:30", "09:00", "Europe/Zurich"),
      "2026-03-29T07:00:00Z",
    ],
    [
      "that have begun when the clock is put back before them",
      "2026-10-25T00:45:00Z",
      hours("02:30", "07:00", "Europe/Zurich"),
      "2026-10-25T01:00:00Z",
    ],
  ])("%s", (_, now, quiet, until) => {
    expect(quietUntil(quiet, at(now))).toBe(until === undefined ? undefined : at(until));
  });

  const ZONES = [
    ["Europe/Zurich", "2026-03-29T01:00:00Z"],
    ["Europe/Zurich", "2026-10-25T01:00:00Z"],
    ["America/New_York", "2026-03-08T07:00:00Z"],
    ["America/New_York", "2026-11-01T06:00:00Z"],
    ["Australia/Lord_Howe", "2026-04-04T15:00:00Z"],
    ["Australia/Lord_Howe", "2026-10-03T15:30:00Z"],
    ["Antarctica/Troll", "2026-03-29T01:00:00Z"],
    ["Pacific/Apia", "2011-12-30T10:00:00Z"],
    ["Asia/Kathmandu", "2026-01-01T00:00:00Z"],
  ] as const;

  test("end with the first minute that the clock on the wall does not show within them, whatever is done to the clock", () => {
    const timeOfDay = fc.nat({ max: 1_439 });
    const aroundChange = fc.integer({ min: -1_500, max: 60 });
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), timeOfDay, timeOfDay, aroundChange, ([timeZone, change], fromMinute, toMinute, minutes) => {
        fc.pre(fromMinute !== toMinute);
        const now = at(change) + minutes * 60_000;
        expect(quietUntil({ fromMinute, toMinute, timeZone }, now + 30_000)).toBe(
          firstLoudAfter({ fromMinute, toMinute }, wall(timeZone), now),
        );
      }),
      { numRuns: 1_000 },
    );
  });
});

const walls = new Map<string, (moment: number) => number>();

/** The minute of the day that a clock in that zone shows, remembered. */
function wall(timeZone: string): (moment: number) => number {
  const known = walls.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const shown = new Map<number, number>();
  const show = (moment: number): number => {
    const minute = shown.get(moment) ?? minuteOf(format.format(moment));
    shown.set(moment, minute);
    return minute;
  };
  walls.set(timeZone, show);
  return show;
}

/** Minute by minute; undefined: the first is none of them. */
function firstLoudAfter(
  { fromMinute, toMinute }: { readonly fromMinute: number; readonly toMinute: number },
  show: (moment: number) => number,
  now: number,
): number | undefined {
  const minutes = (toMinute - fromMinute + 1_440) % 1_440;
  const isQuiet = (moment: number): boolean => (show(moment) - fromMinute + 1_440) % 1_440 < minutes;
  let moment = now;
  while (isQuiet(moment)) moment += 60_000;
  return moment === now ? undefined : moment;
}
