import { setTimeout as wait } from "node:timers/promises";
import type { Failure, Outcome } from "@backstitch/core/connector";
import { afterOutcome, attempt, expiryOf, type Service, type Services } from "@backstitch/core/runtime";
import type { NewDelivery, RetryPolicy } from "@backstitch/core/rules";
import type { Budget } from "./budget.ts";
import type { Gate } from "./gate.ts";
import type { Memory } from "./memory.ts";

/** A delivery of the batch. */
export interface Job {
  readonly id: string;
  /** Index of its record in the batch. */
  readonly order: number;
  readonly delivery: NewDelivery;
  /** W3C `traceparent` of its event's span. */
  readonly trace?: string | undefined;
}

/** How a delivery stands when the invocation ends. */
export type End =
  | { readonly state: "accepted" }
  /** It was not begun, and nothing of it has happened. */
  | { readonly state: "untried" }
  | {
      readonly state: Unhappy;
      readonly last: Failure;
      readonly attempts: number;
      readonly uncertain: boolean;
    };

export interface DeliverOptions {
  readonly services: Services;
  readonly gate: (service: Service) => Gate;
  readonly budget: Budget;
  readonly memory: Memory;
  readonly now: () => number;
  readonly random: () => number;
  readonly attempted: (delivery: NewDelivery, outcome: Outcome) => void;
}

/** Does all jobs, lanes at the same time and each lane in order, until all have ended or the time is up. */
export async function deliverAll(jobs: readonly Job[], options: DeliverOptions): Promise<ReadonlyMap<Job, End>> {
  const ends = new Map<Job, End>();
  const lanes = Map.groupBy(jobs, ({ delivery }) => delivery.lane);
  await Promise.all([...lanes.values()].map((lane) => runLane(lane, ends, options)));
  return ends;
}

/** What has no time left keeps those behind it from beginning. */
async function runLane(lane: readonly Job[], ends: Map<Job, End>, options: DeliverOptions): Promise<void> {
  let blocked = false;
  for (const job of lane) {
    const end: End = blocked ? { state: "untried" } : await deliver(job, options);
    blocked ||= end.state === "untried" || end.state === "out-of-time";
    ends.set(job, end);
  }
}

async function deliver(job: Job, options: DeliverOptions): Promise<End> {
  const { services, memory } = options;
  const recalled = memory.recall(job.id);
  if (recalled === "done") return { state: "accepted" };
  const service = services.get(job.delivery.service);
  const canReconcile = service?.action(job.delivery.action)?.reconcile !== undefined;
  const course: Course = { job, service, canReconcile, uncertain: recalled === "uncertain", ...NOTHING_TRIED };
  const late = expiryOf({ ...job.delivery, uncertain: course.uncertain }, options.now());
  if (late !== undefined) return ended(course, "expired", late);
  const holds = course.uncertain && job.delivery.ifUncertain === "hold" && !canReconcile;
  const end: End = holds ? ended(course, "held", heldBefore) : await tryUntilSettled(course, options);
  if (end.state === "accepted") memory.note(job.id, "done");
  else if (end.state !== "untried" && end.uncertain) memory.note(job.id, "uncertain");
  return end;
}

const heldBefore: Failure = { kind: "uncertain", code: "HELD", reason: "An earlier attempt may have happened, and the rule says to hold." };
const once: RetryPolicy = { attempts: 1, firstDelayMs: 0, longestDelayMs: 0 };

const NOTHING_TRIED = { last: undefined, made: 0, counted: 0, triedAt: undefined };

/** A delivery on its way through its attempts. */
interface Course {
  readonly job: Job;
  readonly service: Service | undefined;
  readonly canReconcile: boolean;
  uncertain: boolean;
  last: Failure | undefined;
  made: number;
  /** Attempts that count against the retry policy. */
  counted: number;
  /** When the first of those ended. Epoch milliseconds. */
  triedAt: number | undefined;
}

async function tryUntilSettled(course: Course, options: DeliverOptions): Promise<End> {
  const { budget, now } = options;
  const gate = course.service === undefined ? undefined : options.gate(course.service);
  for (;;) {
    const admission = (await gate?.enter(course.job.order)) ?? "go";
    if (admission === "no-time") return outOfTime(course);
    if (admission !== "go") return ended(course, "locked-out", admission);
    const late = expiryOf({ ...course.job.delivery, uncertain: course.uncertain }, now());
    if (late !== undefined) {
      gate?.giveBack();
      return ended(course, "expired", late);
    }
    const { outcome, next, serviceRestsUntil } = await attemptOnce(course, options);
    if (outcome.kind === "locked-out") gate?.lock(outcome);
    gate?.leave(outcome.kind === "locked-out" ? undefined : serviceRestsUntil);
    if (outcome.kind === "accepted") return { state: "accepted" };
    if (outcome.kind === "locked-out") return ended(course, "locked-out", outcome);
    if (next.state === "rejected" || next.state === "held") return ended(course, next.state, outcome);
    const dueInMs = "dueAt" in next ? next.dueAt - now() : 0;
    if (!budget.allows(dueInMs)) return outOfTime(course);
    await wait(Math.max(0, dueInMs));
  }
}

async function attemptOnce(
  course: Course,
  { services, budget, now, random, attempted }: DeliverOptions,
): Promise<ReturnType<typeof afterOutcome>> {
  const { id, delivery, trace } = course.job;
  const tried = { ...delivery, id, trace, attempts: course.counted, triedAt: course.triedAt, uncertain: course.uncertain };
  const outcome = await attempt(tried, services, { now, deadlineMs: budget.left() });
  attempted(delivery, outcome);
  const policy = delivery.retry ?? course.service?.retry ?? once;
  const decision = afterOutcome(outcome, { delivery: tried, canReconcile: course.canReconcile, policy, now: now(), random: random() });
  course.made += 1;
  course.counted = decision.attempts;
  if (course.counted > 0) course.triedAt ??= now();
  course.uncertain ||= outcome.kind === "uncertain";
  if (decision.outcome.kind !== "accepted") course.last = decision.outcome;
  return decision;
}

function outOfTime(course: Course): End {
  return course.last === undefined ? { state: "untried" } : ended(course, "out-of-time", course.last);
}

function ended({ made: attempts, uncertain }: Course, state: Unhappy, last: Failure): End {
  return { state, last, attempts, uncertain };
}

type Unhappy = "rejected" | "expired" | "held" | "out-of-time" | "locked-out";
