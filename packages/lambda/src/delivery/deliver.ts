import type { Known } from "../memory/memory.ts";
import {
  ACCEPTED,
  courseOf,
  ended,
  expired,
  HELD_BEFORE,
  isHarmless,
  untried,
  type Course,
  type End,
  type Job,
  type Unhappy,
  type Untried,
} from "./course.ts";
import { tryUntilSettled, type TryOptions } from "./tries.ts";

/** How a delivery ended, and what it means for its record. */
export interface Ended {
  readonly end: End;
  /** Whatever container takes the record, should it come again: nothing is then repeated blindly. */
  readonly mayComeAgain: boolean;
}

export type Ends = ReadonlyMap<Job, Ended>;

export interface DeliverOptions extends TryOptions {
  /** Makes a dead letter of what others wait behind; whether it is durable. */
  readonly keep: (job: Job, end: Unhappy) => Promise<boolean>;
}

/** Does all jobs, lanes at the same time and each lane in order, until all have ended or the time is up. */
export async function deliverAll(jobs: readonly Job[], options: DeliverOptions): Promise<Ends> {
  const ends = new Map<Job, Ended>();
  const lanes = Map.groupBy(jobs, ({ delivery }) => delivery.lane);
  await Promise.all([...lanes.values()].map((lane) => runLane(lane, ends, options)));
  return ends;
}

/**
 * What is not finished keeps those behind it from beginning, as does what is a dead letter that is not durable: should its record come again, it would be
 * done after them.
 */
async function runLane(lane: readonly Job[], ends: Map<Job, Ended>, options: DeliverOptions): Promise<void> {
  let why: Untried["why"] | undefined;
  for (const [index, job] of lane.entries()) {
    const ended: Ended = why === undefined ? await deliver(job, options) : { end: untried(why), mayComeAgain: true };
    const isLast = index === lane.length - 1;
    const after = isLast || why !== undefined ? { ended, why } : await letGo(job, ended, options);
    ends.set(job, after.ended);
    why = after.why;
  }
}

/** What it means for those behind. A dead letter is dealt with by people: where nobody remembers it, its record is not to come again. */
async function letGo(
  job: Job,
  ended: Ended,
  { keep, memory }: DeliverOptions,
): Promise<{ readonly ended: Ended; readonly why: Untried["why"] | undefined }> {
  const { end } = ended;
  switch (end.state) {
    case "accepted":
    // Nothing more goes to its service, which is that of its whole lane.
    case "locked-out":
      return { ended, why: undefined };
    case "untried":
    case "out-of-time":
      return { ended, why: "OUT_OF_TIME" };
    case "rejected":
    case "expired":
    case "held":
      if (!(await keep(job, end))) return { ended, why: "LETTER_FAILED" };
      return { ended: { end, mayComeAgain: await memory.note(job.id, "done") }, why: undefined };
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
async function note({ job: { id }, begun, uncertain }: Course, end: End, { memory }: TryOptions): Promise<boolean> {
  if (end.state === "accepted") return memory.note(id, "done");
  if (!begun && end.state === "untried") return true;
  if (uncertain) return memory.note(id, "uncertain");
  if (begun) await memory.forget(id);
  return true;
}
