import type { Extent } from "../source/source.ts";

/** How far reading is behind what there is to read. */
export interface Lag {
  readonly bytes: number;
  /** How long ago what is to be read next came to be, as far as is known; 0: nothing is left to read. */
  readonly seconds: number;
  /** Bytes that the far side keeps until they are read; undefined: that is not known. */
  readonly kept: number | undefined;
  /** A sentence for people, as long as that is more than it should be. */
  readonly warning: string | undefined;
}

/** Finds out how long reading has been behind. All moments are epoch milliseconds. */
export interface LagMeter {
  /** Events were read that were committed then. */
  noteRead(committedAt: number, now: number): void;
  measure(extent: Extent, now: number): Lag;
}

interface Mark {
  readonly at: number;
  readonly end: number;
}

/** More are thinned out: of a source that stands still for long the first says most. */
const MOST_MARKS = 1_000;

/**
 * By where the source ended at earlier moments: what was read up to there is as old as that, whatever is in it. That counts from the first measurement on;
 * of what came to be before, the last event that was read tells, until reading has passed where the source ended then.
 */
export function createLagMeter(): LagMeter {
  let marks: readonly Mark[] = [];
  let last: { readonly committedAt: number; readonly readAt: number } | undefined;

  /** What is to be read next came to be since. */
  function next(): number | undefined {
    const oldest = marks[0]?.at;
    return oldest === undefined ? undefined : Math.min(oldest, last?.committedAt ?? oldest);
  }

  return {
    noteRead(committedAt, now) {
      // A source that does not know when it was says 1970.
      last = committedAt > 0 ? { committedAt, readAt: now } : undefined;
    },
    measure({ read, end, kept, warning }, now) {
      const passed = marks.findLast((mark) => mark.end <= read);
      if (end <= read || (passed !== undefined && passed.at >= (last?.readAt ?? 0))) last = undefined;
      marks = marks.filter((mark) => mark.end > read && mark.end <= end);
      if (end > read && end > (marks.at(-1)?.end ?? 0)) marks = thinned([...marks, { at: now, end }]);
      return { bytes: Math.max(0, end - read), seconds: Math.max(0, now - (next() ?? now)) / 1_000, kept, warning };
    },
  };
}

function thinned(marks: readonly Mark[]): readonly Mark[] {
  return marks.length > MOST_MARKS ? marks.filter((_, index) => index % 2 === 0) : marks;
}
