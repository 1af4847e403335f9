import { describe, expect, test } from "vitest";
import { quietUntil } from "../src/runtime/quiet-hours.ts";

const at = (text: string): number => Date.parse(text);
const hours = (from: string, to: string, timeZone = "UTC") => ({ fromMinute: minute(from), toMinute: minute(to), timeZone });

function minute(time: string): number {
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
  ])("%s", (_, now, quiet, until) => {
    expect(quietUntil(quiet, at(now))).toBe(until === undefined ? undefined : at(until));
  });
});
