import type { Failure } from "../../connector/outcome.ts";
import type { Desk } from "../desk.ts";

/** What is used up for less time is so many times a day: that is nothing to be told. */
const TOLD_FROM_MS = 300_000;

/** Whether a limit is used up for long, or is no more, where that is new: whether something waits for it only the journal knows. Moments are steady milliseconds. */
export function limitNews(desk: Desk, now: number): { readonly failure: Failure; readonly until: number } | "over" | undefined {
  const used = desk.limiter.usedUp(desk.givenBack, now);
  if (desk.saidLimited && used === undefined) {
    desk.saidLimited = false;
    // A service that rests itself is told of when it goes on.
    return desk.probing ? undefined : "over";
  }
  // Of a service that rests itself, that is why it takes nothing.
  if (desk.saidLimited || desk.restsUntil > now || used === undefined || used.until - now < TOLD_FROM_MS) return undefined;
  desk.saidLimited = true;
  const { unit, count, periodMs } = used.rate;
  const reason = `Its limit is used up: ${count} ${unit} in ${periodMs / 1_000} s.`;
  return { failure: { kind: "throttled", code: "LIMIT_REACHED", reason }, until: used.until };
}
