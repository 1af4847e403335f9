import type { Batch, ChangeEvent, UnreadableRecord } from "@backstitch/core/source";
import type { Posted } from "./records.ts";
import { comeAgain } from "./refusal.ts";
import { unique } from "./unique.ts";

/** What waits for the journal: requests that come while it is at work go to it together. */
export interface Intake {
  /** Resolves once the journal has all of it. @throws Refusal where it has not, for now: what was not passed on yet is given up. */
  take(posted: Posted, withinMs: number): Promise<void>;
  /** Passes on what comes until the signal aborts: then nothing more is begun, and all that waits is told to come again. Once only. @throws what `accept` does. */
  pass(most: number, accept: Accept, signal: AbortSignal): Promise<void>;
}

export type BatchPart = Pick<Batch, "events" | "unreadable">;

type Accept = (part: BatchPart) => Promise<void>;

interface Waiting {
  readonly events: readonly ChangeEvent[];
  readonly unreadable: readonly UnreadableRecord[];
  /** How many of its events were passed on. */
  passed: number;
  readonly settled: PromiseWithResolvers<void>;
}

export function createIntake(): Intake {
  const queue: Waiting[] = [];
  const closing = new AbortController();
  let arrived = Promise.withResolvers<void>();

  async function take({ events, unreadable }: Posted, withinMs: number): Promise<void> {
    if (closing.signal.aborted) throw comeAgain("The source stops.");
    const one: Waiting = { events, unreadable, passed: 0, settled: Promise.withResolvers() };
    queue.push(one);
    arrived.resolve();
    const late = setTimeout(() => giveUp(queue, one), withinMs);
    try {
      await one.settled.promise;
    } finally {
      clearTimeout(late);
    }
  }

  async function pass(most: number, accept: Accept, signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => aborted.resolve(), { once: true });
    try {
      while (!signal.aborted) {
        arrived = Promise.withResolvers();
        const taken = nextOf(queue, most);
        if (taken !== undefined) await passOn(taken, accept);
        else await Promise.race([arrived.promise, aborted.promise]);
      }
    } finally {
      closing.abort();
      for (const one of queue.splice(0)) one.settled.reject(comeAgain("The source stops."));
    }
  }

  return { take, pass };
}

function giveUp(queue: Waiting[], one: Waiting): void {
  const at = queue.indexOf(one);
  if (at !== -1) queue.splice(at, 1);
  one.settled.reject(comeAgain("The journal did not take it in time.", 5));
}

interface Taken {
  readonly part: BatchPart;
  /** The requests of which something is in it, and of those the ones of which nothing comes after it. */
  readonly all: readonly Waiting[];
  readonly done: readonly Waiting[];
}

/** As much as fits, in the order in which it came. */
function nextOf(queue: Waiting[], most: number): Taken | undefined {
  const events: ChangeEvent[] = [];
  const unreadable: UnreadableRecord[] = [];
  const all: Waiting[] = [];
  const done: Waiting[] = [];
  for (let room = most; room > 0; room = most - events.length - unreadable.length) {
    const [one] = queue;
    if (one === undefined) break;
    all.push(one);
    events.push(...one.events.slice(one.passed, one.passed + room));
    one.passed = Math.min(one.events.length, one.passed + room);
    if (one.passed < one.events.length) break;
    unreadable.push(...one.unreadable);
    done.push(one);
    queue.shift();
  }
  return all.length === 0 ? undefined : { part: { events: unique(events), unreadable: unique(unreadable) }, all, done };
}

async function passOn({ part, all, done }: Taken, accept: Accept): Promise<void> {
  const isEmpty = part.events.length === 0 && (part.unreadable ?? []).length === 0;
  try {
    if (!isEmpty) await accept(part);
  } catch (error) {
    for (const one of all) one.settled.reject(comeAgain("The journal did not take it.", 5));
    throw error;
  }
  for (const one of done) one.settled.resolve();
}
