import type { Journal } from "../journal/journal.ts";
import type { RuleSet } from "../rules/rule-set.ts";
import type { Source } from "../source/source.ts";
import type { Observer } from "./observer.ts";
import { createPatience, type Patience, type Sleep, sleepByTimer, unlessFull } from "./patience.ts";
import { type ReadOptions, readSource } from "./read-source.ts";
import { createLagMeter } from "./lag.ts";
import type { Services } from "./service.ts";
import { watchLag } from "./watch-lag.ts";
import { createWorker, type WorkerOptions } from "./worker.ts";

export interface EngineOptions extends Pick<WorkerOptions, "now" | "steady" | "random" | "drainMs" | "pollMs"> {
  readonly sources: readonly Source[];
  /** The rule set in force: asked at each batch, so that a reload swaps the whole set between two, and at each attempt for the rule's limits. */
  readonly rules: () => RuleSet;
  /** The services in force: current ones at attempt time. Deliveries of a service that is not there stay pending until it is. */
  readonly services: () => Services;
  readonly journal: Journal;
  readonly observer?: Observer;
  readonly signal: AbortSignal;
  /** Waits between two tries at a source or a full journal. @default by a timer */
  readonly sleep?: Sleep;
}

/** How often old payloads and keys are forgotten. */
const PURGE_EVERY_MS = 60_000;
/** The pause where there is more: deliveries go on meanwhile, and forgetting keeps up with them. */
const PURGE_PAUSE_MS = 25;

/**
 * Joins the parts: every source is read into the journal under the rules, and the worker attempts what the journal holds.
 * Runs until the signal aborts, then stops reading, finishes the attempts under way and resolves.
 * @throws JournalOwned where another process took the journal, and what else makes the journal unusable.
 */
export async function runEngine(options: EngineOptions): Promise<void> {
  const { sources, rules, journal, observer = {}, signal, sleep = sleepByTimer, now = Date.now } = options;
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const patience = createPatience(observer, sleep);
  const worker = createWorker({ ...options, observer, patience, unusable: failed.signal });

  const parts = [
    ...sources.map((source) => readAndWatch(source, { journal, rules, worker, observer, patience, sleep, now, signal: stop })),
    worker.run(stop),
    purge(journal, { patience, sleep, signal: stop }),
  ];
  for (const part of parts) part.catch(() => failed.abort());
  const ended = await Promise.allSettled(parts);
  for (const part of ended) if (part.status === "rejected") throw part.reason;
}

/** How far it is behind is told until it is not read any more. */
async function readAndWatch(source: Source, options: Omit<ReadOptions, "meter">): Promise<void> {
  const meter = createLagMeter();
  const over = new AbortController();
  const watched = watchLag(source, { ...options, meter, signal: AbortSignal.any([options.signal, over.signal]) });
  try {
    await readSource(source, { ...options, meter });
  } finally {
    over.abort();
    await watched;
  }
}

interface PurgeOptions {
  readonly patience: Patience;
  readonly sleep: Sleep;
  readonly signal: AbortSignal;
}

async function purge(journal: Journal, { patience, sleep, signal }: PurgeOptions): Promise<void> {
  while (!signal.aborted) {
    const touched = await patience.whenThereIsRoom(() => journal.purge(), signal).catch(unlessFull);
    await sleep(touched !== undefined && touched > 0 ? PURGE_PAUSE_MS : PURGE_EVERY_MS, signal);
  }
}
