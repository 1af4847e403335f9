import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { Learned, News } from "../journal/news.ts";
import type { NextState, Pause } from "../journal/journal.ts";
import type { Failure, Outcome } from "../connector/outcome.ts";
import type { Matched } from "../rules/rule-set.ts";
import type { Batch } from "../source/source.ts";
import type { Lag } from "./lag.ts";
import type { ServiceStanding } from "./standing.ts";

/** How a source is doing. `stopped` needs a person; the others go on by themselves. `standing-by`: another process reads it. */
export type SourceState = "reading" | "standing-by" | "retrying" | "stopped" | "ended";

/** What the runtime tells the outside: logs, metrics, health and the lines of `dev` are all made of it. Members must not throw. */
export interface Observer {
  /** A batch is durable in the journal. */
  recorded?(batch: Batch, matched: Matched): void;
  /**
   * An attempt ended and its outcome is durable; or the delivery ended without one, and `tookMs` is undefined: held, expired, kept back by a limit,
   * or given up after a crash. Of an attempt that ended with its process, or outlasted its claim, whoever claims the delivery next tells, before
   * anything else becomes of it; how long it took is not known.
   */
  settled?(delivery: ClaimedDelivery, outcome: Outcome, next: NextState, tookMs: number | undefined): void;
  /** A far side told something of its own accord, and the journal has it. */
  learned?(news: News, learned: Learned): void;
  /** A service rests: it throttled us, locked us out, cannot be reached (`unavailable`), or its limits are used up (`LIMIT_REACHED`). `until` is epoch milliseconds. */
  serviceRests?(service: string, failure: Failure, until: number): void;
  /**
   * A service that rested took a delivery again; or it is not known here any more how it is: it is another process's by now,
   * or it had locked us out and nothing is due with which it could be tried.
   */
  serviceResumed?(service: string): void;
  /** What is paused is no longer what it was; at first nothing is. */
  paused?(pauses: readonly Pause[]): void;
  /** The worker begins: `standings` says at any time how its services stand. */
  working?(standings: () => readonly ServiceStanding[]): void;
  sourceState?(source: string, state: SourceState, reason: string | undefined): void;
  /** How far a source is behind, every few seconds; undefined: that is not known. */
  sourceLag?(source: string, lag: Lag | undefined): void;
  /** There is no room in the journal (the reason), or there is again (undefined). */
  journalFull?(reason: string | undefined): void;
}

/** Calls every observer. */
export function observers(...all: readonly Observer[]): Required<Observer> {
  return {
    recorded: (...told) => all.forEach((one) => one.recorded?.(...told)),
    settled: (...told) => all.forEach((one) => one.settled?.(...told)),
    learned: (...told) => all.forEach((one) => one.learned?.(...told)),
    serviceRests: (...told) => all.forEach((one) => one.serviceRests?.(...told)),
    serviceResumed: (...told) => all.forEach((one) => one.serviceResumed?.(...told)),
    paused: (...told) => all.forEach((one) => one.paused?.(...told)),
    working: (...told) => all.forEach((one) => one.working?.(...told)),
    sourceState: (...told) => all.forEach((one) => one.sourceState?.(...told)),
    sourceLag: (...told) => all.forEach((one) => one.sourceLag?.(...told)),
    journalFull: (...told) => all.forEach((one) => one.journalFull?.(...told)),
  };
}
