import { expect, test } from "vitest";
import { createLagMeter } from "../src/runtime/lag.ts";

/** At second `at`: events that were read then, by when they were committed; or how far was read, how far there is, and how far behind that is. */
type Step =
  | { readonly at: number; readonly committed: number }
  | { readonly at: number; readonly read: number; readonly end: number; readonly behind: number };

const START = Date.parse("2026-03-01T12:00:00Z");

test.each<{ readonly because: string; readonly steps: readonly Step[] }>([
  {
    because: "nothing is left to read",
    steps: [{ at: 0, read: 10, end: 10, behind: 0 }],
  },
  {
    because: "what stands still gets older from the first look on",
    steps: [
      { at: 0, read: 10, end: 20, behind: 0 },
      { at: 5, read: 10, end: 30, behind: 5 },
      { at: 10, read: 20, end: 30, behind: 5 },
      { at: 15, read: 30, end: 30, behind: 0 },
    ],
  },
  {
    because: "who was away is as far behind as the events that are read, although they were not seen to come",
    steps: [
      { at: 0, committed: -3_600 },
      { at: 1, read: 10, end: 90, behind: 3_601 },
      { at: 5, read: 10, end: 90, behind: 3_605 },
      { at: 6, committed: -60 },
      { at: 10, read: 50, end: 90, behind: 70 },
      { at: 15, read: 90, end: 90, behind: 0 },
      { at: 20, read: 90, end: 95, behind: 0 },
    ],
  },
  {
    because: "an event of long ago says nothing of what others wrote since",
    steps: [
      { at: 0, committed: 0 },
      { at: 1, read: 10, end: 20, behind: 1 },
      { at: 6, read: 20, end: 30, behind: 0 },
      { at: 11, read: 30, end: 40, behind: 0 },
      { at: 16, read: 30, end: 50, behind: 5 },
    ],
  },
  {
    because:
      "where the source ended before counts no more once it ends sooner: its server gave way to one that has less, or the file was cut",
    steps: [
      { at: 0, read: 10, end: 90, behind: 0 },
      { at: 5, read: 50, end: 50, behind: 0 },
      { at: 10, read: 50, end: 60, behind: 0 },
      { at: 15, read: 60, end: 70, behind: 0 },
    ],
  },
  {
    because: "a source that does not know when it was is measured all the same",
    steps: [
      { at: 0, committed: -START / 1_000 },
      { at: 0, read: 10, end: 20, behind: 0 },
      { at: 5, read: 10, end: 20, behind: 5 },
    ],
  },
  {
    because: "clocks differ",
    steps: [
      { at: 0, committed: 30 },
      { at: 1, read: 10, end: 20, behind: 0 },
    ],
  },
])("$because", ({ steps }) => {
  const meter = createLagMeter();
  for (const step of steps) {
    const now = START + step.at * 1_000;
    if ("committed" in step) meter.noteRead(START + step.committed * 1_000, now);
    else expect(meter.measure(step, now)).toEqual({ bytes: step.end - step.read, seconds: step.behind });
  }
});

test("of a source that stands still for a day the first moment is remembered, and not every other", () => {
  const meter = createLagMeter();
  let lag;
  for (let second = 0; second <= 86_400; second += 5) lag = meter.measure({ read: 0, end: second + 1 }, START + second * 1_000);
  expect(lag).toEqual({ bytes: 86_401, seconds: 86_400 });
});
