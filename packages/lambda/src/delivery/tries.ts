import type { Outcome } from "@backstitch/core/connector";
import { afterOutcome, attempt, type Service, type Services } from "@backstitch/core/runtime";
import type { NewDelivery, RetryPolicy } from "@backstitch/core/rules";
import type { Memory } from "../memory/memory.ts";
import type { Budget } from "./budget.ts";
import { ACCEPTED, ended, expired, isStartNoted, outOfTime, untried, type Course, type End } from "./course.ts";
import type { Gate } from "./gate.ts";
import { pause } from "./pause.ts";

export interface TryOptions {
  readonly services: Services;
  readonly gate: (service: Service) => Gate;
  readonly budget: Budget;
  readonly memory: Memory;
  readonly now: () => number;
  readonly random: () => number;
  readonly attempted: (delivery: NewDelivery, outcome: Outcome) => void;
}

const once: RetryPolicy = { attempts: 1, firstDelayMs: 0, longestDelayMs: 0 };

export async function tryUntilSettled(course: Course, options: TryOptions): Promise<End> {
  const { budget, now } = options;
  const gate = course.service === undefined ? undefined : options.gate(course.service);
  const longestMs = course.service?.deadlineMs ?? 0;
  for (;;) {
    const admission = (await gate?.enter(course.job.order)) ?? "go";
    if (admission === "no-time") return outOfTime(course);
    if (admission !== "go") return ended(course, "locked-out", admission);
    const settled = expired(course, now()) ?? (await begin(course, options));
    if (settled !== undefined) {
      gate?.giveBack();
      return settled;
    }
    const { outcome, next, serviceRestsUntil } = await attemptOnce(course, options);
    if (outcome.kind === "locked-out") gate?.lock(outcome);
    gate?.leave(outcome.kind === "locked-out" ? undefined : serviceRestsUntil);
    if (outcome.kind === "accepted") return ACCEPTED;
    if (outcome.kind === "locked-out") return ended(course, "locked-out", outcome);
    if (next.state === "rejected" || next.state === "held") return ended(course, next.state, outcome);
    const dueInMs = "dueAt" in next ? next.dueAt - now() : 0;
    if (!budget.allows(dueInMs, longestMs)) return outOfTime(course);
    await pause(Math.max(0, dueInMs));
  }
}

/** Undefined: it may be attempted. Else another invocation is at it, was quicker, or it could not be noted that this one begins. */
async function begin(course: Course, { memory, budget }: TryOptions): Promise<End | undefined> {
  if (course.begun || !isStartNoted(course)) return undefined;
  const known = await memory.begin(course.job.id);
  if (known === "done") return ACCEPTED;
  if (known === "under-way") return untried("UNDER_WAY");
  if (known === "unknown") return untried("MEMORY_FAILED");
  course.begun = true;
  course.uncertain ||= known === "uncertain";
  return budget.allows(0, course.service?.deadlineMs ?? 0) ? undefined : outOfTime(course);
}

async function attemptOnce(
  course: Course,
  { services, budget, now, random, attempted }: TryOptions,
): Promise<ReturnType<typeof afterOutcome>> {
  const { id, delivery, trace, hops } = course.job;
  const tried = { ...delivery, id, trace, hops, attempts: course.counted, triedAt: course.triedAt, uncertain: course.uncertain };
  const outcome = await attempt(tried, services, { now, deadlineMs: budget.left() });
  attempted(delivery, outcome);
  const policy = delivery.retry ?? course.service?.retry ?? once;
  const canReconcile = course.action?.reconcile !== undefined;
  const decision = afterOutcome(outcome, { delivery: tried, canReconcile, policy, now: now(), random: random() });
  course.made += 1;
  course.counted = decision.attempts;
  if (course.counted > 0) course.triedAt ??= now();
  course.uncertain ||= outcome.kind === "uncertain";
  if (decision.outcome.kind !== "accepted") course.last = decision.outcome;
  return decision;
}
