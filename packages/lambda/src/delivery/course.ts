import type { Failure } from "@backstitch/core/connector";
import { expiryOf, type Service, type ServiceAction, type Services } from "@backstitch/core/runtime";
import type { NewDelivery } from "@backstitch/core/rules";

/** A delivery of the batch. */
export interface Job {
  readonly id: string;
  /** Index of its record in the batch. */
  readonly order: number;
  readonly delivery: NewDelivery;
  /** W3C `traceparent` of its event's span. */
  readonly trace?: string | undefined;
  /** Through how many deliveries its event came to be. */
  readonly hops?: number | undefined;
}

/** How a delivery stands when the invocation ends. */
export type End = { readonly state: "accepted" } | Untried | Unhappy;

/** It was not begun, and nothing of it has happened here. */
export interface Untried {
  readonly state: "untried";
  readonly why: "OUT_OF_TIME" | "UNDER_WAY" | "MEMORY_FAILED" | "LETTER_FAILED";
}

export interface Unhappy {
  readonly state: "rejected" | "expired" | "held" | "out-of-time" | "locked-out";
  readonly last: Failure;
  readonly attempts: number;
  readonly uncertain: boolean;
}

export const ACCEPTED: End = { state: "accepted" };

export const HELD_BEFORE: Failure = {
  kind: "uncertain",
  code: "HELD",
  reason: "An earlier attempt may have happened, and the rule says to hold.",
};

/** A delivery on its way through its attempts. */
export interface Course {
  readonly job: Job;
  readonly service: Service | undefined;
  readonly action: ServiceAction | undefined;
  uncertain: boolean;
  last: Failure | undefined;
  made: number;
  /** Attempts that count against the retry policy. */
  counted: number;
  /** When the first of those ended. Epoch milliseconds. */
  triedAt: number | undefined;
  /** It is noted that it begins. */
  begun: boolean;
}

export function courseOf(job: Job, services: Services): Course {
  const service = services.get(job.delivery.service);
  const action = service?.action(job.delivery.action);
  return { job, service, action, uncertain: false, last: undefined, made: 0, counted: 0, triedAt: undefined, begun: false };
}

/** Doing it twice is no matter. What nobody knows is taken for the worst. */
export function isHarmless({ action }: Course): boolean {
  return action !== undefined && action.repeat !== "repeats";
}

/** Whether that it begins is noted before it does. */
export function isStartNoted(course: Course): boolean {
  return !isHarmless(course) || course.action?.reconcile !== undefined || course.job.delivery.ifUncertain === "hold";
}

/** Undefined: it may still be attempted. */
export function expired(course: Course, now: number): Unhappy | undefined {
  const late = expiryOf({ ...course.job.delivery, uncertain: course.uncertain }, now);
  return late && ended(course, "expired", late);
}

export function ended({ made: attempts, uncertain }: Course, state: Unhappy["state"], last: Failure): Unhappy {
  return { state, last, attempts, uncertain };
}

export function untried(why: Untried["why"]): Untried {
  return { state: "untried", why };
}

export function outOfTime(course: Course): End {
  return course.last === undefined ? untried("OUT_OF_TIME") : ended(course, "out-of-time", course.last);
}
