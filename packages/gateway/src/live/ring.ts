import { randomBytes } from "node:crypto";
import type { ChangeEvent } from "@backstitch/core/source";
import { jsonText } from "@backstitch/core/values";

/** A place between two changes. What was remembered before a gap is of another epoch. */
export interface Cursor {
  readonly epoch: string;
  /** Of the last change before it. */
  readonly number: number;
}

/** A change, and where it stands. */
export interface Remembered {
  readonly event: ChangeEvent;
  readonly number: number;
}

/** The latest changes, as many as fit. */
export interface Ring {
  add(event: ChangeEvent): void;
  /** Something was missed: nothing that was remembered leads to what comes. */
  breakOff(): void;
  /** Where the next change will follow. */
  newest(): Cursor;
  /** Whether all that followed a place is remembered. */
  has(cursor: Cursor): boolean;
  /** What followed a place, at most so much of it. Undefined: it is not all remembered any more. */
  after(cursor: Cursor, most: number): readonly Remembered[] | undefined;
}

export interface RingBounds {
  readonly events: number;
  /** Of the rows as JSON. */
  readonly bytes: number;
}

interface Kept extends Remembered {
  readonly bytes: number;
}

export function createRing(bounds: RingBounds): Ring {
  let epoch = newEpoch();
  let kept: Kept[] = [];
  /** Of those in front, so many are forgotten. */
  let gone = 0;
  let bytes = 0;
  /** The number of the last change. */
  let last = 0;

  const first = (): number => last - (kept.length - gone) + 1;
  const has = (cursor: Cursor): boolean => cursor.epoch === epoch && cursor.number >= first() - 1 && cursor.number <= last;

  return {
    add(event) {
      const one = { event, number: ++last, bytes: jsonText([event.before ?? null, event.after]).length };
      kept.push(one);
      bytes += one.bytes;
      while (kept.length - gone > bounds.events || bytes > bounds.bytes) bytes -= kept[gone++]?.bytes ?? bytes;
      // Moving those that are left costs as much as there are: it is done once for many that are gone.
      if (gone <= kept.length / 2) return;
      kept = kept.slice(gone);
      gone = 0;
    },
    breakOff() {
      epoch = newEpoch();
      kept = [];
      gone = 0;
      bytes = 0;
    },
    newest: () => ({ epoch, number: last }),
    has,
    after(cursor, most) {
      if (!has(cursor)) return undefined;
      const from = gone + cursor.number - first() + 1;
      return kept.slice(from, from + most);
    },
  };
}

/** A process that begins anew remembers nothing that another told. */
function newEpoch(): string {
  return randomBytes(6).toString("base64url");
}
