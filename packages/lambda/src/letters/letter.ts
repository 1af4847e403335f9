import type { End, Job, Untried } from "../delivery/course.ts";
import type { ReadBatch } from "../records/read.ts";
import type { DeadLetter } from "./dead-letters.ts";

const NEVER_BEGUN: { readonly [why in Untried["why"]]: string } = {
  OUT_OF_TIME: "The function's time was up before it was begun.",
  UNDER_WAY: "Another invocation had begun it, and was not over.",
  MEMORY_FAILED: "It was not begun: what is remembered of it could not be asked.",
  LETTER_FAILED: "It was not begun: the dead letter of what it follows could not be sent.",
};

/** What it takes to do after all what was not done. */
export function letterOf({ id, delivery }: Job, end: Exclude<End, { state: "accepted" }>, { events }: ReadBatch): DeadLetter {
  const { rule, then, service, action, args, eventId } = delivery;
  const what = { deliveryId: id, rule, then, service, action, args, event: events.get(eventId) };
  if (end.state === "untried") {
    const { why } = end;
    return { ...what, state: "out-of-time", code: why, reason: NEVER_BEGUN[why], attempts: 0, uncertain: why === "UNDER_WAY" };
  }
  const { state, last, attempts, uncertain } = end;
  return { ...what, state, code: last.code, reason: last.reason, attempts, uncertain };
}
