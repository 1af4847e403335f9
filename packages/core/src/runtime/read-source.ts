import { setImmediate as turn } from "node:timers/promises";
import type { ClaimedDelivery } from "../journal/delivery.ts";
import { JournalOwned, type Journal } from "../journal/journal.ts";
import type { RuleSet } from "../rules/rule-set.ts";
import { PositionLost, SourceMisconfigured, type Batch, type Source } from "../source/source.ts";
import type { LagMeter } from "./lag.ts";
import type { Observer } from "./observer.ts";
import type { Patience, Sleep } from "./patience.ts";
import { traceMatches } from "./tracing.ts";
import { withUnreadable } from "./unreadable.ts";
import type { Worker } from "./worker.ts";

export interface ReadOptions {
  readonly journal: Journal;
  /** Asked at each batch, so that a reload swaps the whole set between two. */
  readonly rules: () => RuleSet;
  readonly worker: Worker;
  readonly observer: Observer;
  readonly patience: Patience;
  readonly sleep: Sleep;
  readonly meter: LagMeter;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Reads one source into the journal until the signal aborts or the source ends. A source that fails is read again from the journal's position,
 * with growing pauses; one that a person must mend is left stopped, and the others go on. @throws JournalOwned
 */
export async function readSource(source: Source, options: ReadOptions): Promise<void> {
  const { journal, observer, sleep, signal } = options;
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      const from = await journal.positions(source.name);
      observer.sourceState?.(source.name, "reading", undefined);
      const accept = async (batch: Batch): Promise<void> => {
        await recordBatch(batch, options);
        pauseMs = FIRST_PAUSE_MS;
        // A source that always has more, over a journal that answers at once, would otherwise keep everything else from its turn.
        await turn();
      };
      await source.read(from, accept, signal);
      if (!signal.aborted) observer.sourceState?.(source.name, "ended", undefined);
      return;
    } catch (error) {
      if (error instanceof JournalOwned) throw error;
      if (signal.aborted) return;
      const stopped = needsAPerson(error);
      observer.sourceState?.(source.name, stopped ? "stopped" : "retrying", messageOf(error));
      if (stopped) return;
    }
    await sleep(pauseMs, signal);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
  }
}

/** Match, make durable, hand to the worker: only then may the source acknowledge. */
async function recordBatch(read: Batch, { journal, rules, worker, observer, patience, meter, now, signal }: ReadOptions): Promise<void> {
  const set = rules();
  const began = now();
  const { batch, matched: asked } = withUnreadable(read, await set.match(read.events));
  const { matched, end } = traceMatches(batch.events, asked, began);
  let request = worker.request();
  const record = async (): Promise<readonly ClaimedDelivery[]> => {
    request = worker.request();
    return journal.record(batch, matched, set.hash, request);
  };
  const claimed = await patience.whenThereIsRoom(record, signal);
  end();
  const last = read.events.at(-1);
  // A snapshot's rows are as new as their reading, and say nothing of the log's age.
  if (last?.origin === "log") meter.noteRead(Date.parse(last.committedAt), now());
  observer.recorded?.(batch, matched);
  await worker.offer(claimed, request, matched.deliveries);
}

function needsAPerson(error: unknown): boolean {
  return error instanceof PositionLost || error instanceof SourceMisconfigured;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
