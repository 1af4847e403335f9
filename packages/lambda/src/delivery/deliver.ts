import type { Known } from "../memory/memory.ts";
import { ACCEPTED, courseOf, ended, expired, HELD_BEFORE, isHarmless, untried, type Course, type End, type Job } from "./course.ts";
import { tryUntilSettled, type TryOptions } from "./tries.ts";

/** How a delivery ended, and what it means for its record. */
export interface Ended {
  readonly end: End;
  /** Whatever container takes the record, should it come again: nothing is then repeated blindly. */
  readonly mayComeAgain: boolean;
}

export type Ends = ReadonlyMap<Job, Ended>;

/** Does all jobs, lanes at the same time and each lane in order, until all have ended or the time is up. */
export async function deliverAll(jobs: readonly Job[], options: TryOptions): Promise<Ends> {
  const ends = new Map<Job, Ended>();
  const lanes = Map.groupBy(jobs, ({ delivery }) => delivery.lane);
  await Promise.all([...lanes.values()].map((lane) => runLane(lane, ends, options)));
  return ends;
}

/** What is not finished keeps those behind it from beginning. */
async function runLane(lane: readonly Job[], ends: Map<Job, Ended>, options: TryOptions): Promise<void> {
  let blocked = false;
  for (const job of lane) {
    const ended: Ended = blocked ? { end: untried("OUT_OF_TIME"), mayComeAgain: true } : await deliver(job, options);
    blocked ||= ended.end.state === "untried" || ended.end.state === "out-of-time";
    ends.set(job, ended);
  }
}

async function deliver(job: Job, options: TryOptions): Promise<Ended> {
  const course = courseOf(job, options.services);
  const end = await endOf(course, await options.memory.recall(job.id), options);
  const isNoted = await note(course, end, options);
  return { end, mayComeAgain: isNoted || isHarmless(course) };
}

async function endOf(course: Course, known: Known, options: TryOptions): Promise<End> {
  if (known === "done") return ACCEPTED;
  if (known === "under-way") return untried("UNDER_WAY");
  if (known === "unknown") return untried("MEMORY_FAILED");
  course.uncertain = known === "uncertain";
  const late = expired(course, options.now());
  if (late !== undefined) return late;
  const holds = course.uncertain && course.job.delivery.ifUncertain === "hold" && course.action?.reconcile === undefined;
  return holds ? ended(course, "held", HELD_BEFORE) : tryUntilSettled(course, options);
}

/** Whether all that matters of it is known to whoever takes its record next. What has provably not happened leaves nothing to know. */
async function note({ job: { id }, begun }: Course, end: End, { memory }: TryOptions): Promise<boolean> {
  if (end.state === "accepted") return memory.note(id, "done");
  if (end.state !== "untried" && end.uncertain) return memory.note(id, "uncertain");
  if (begun) await memory.forget(id);
  return true;
}
