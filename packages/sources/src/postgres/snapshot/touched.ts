import type { ChangeEvent } from "@backstitch/core/source";
import { canonicalText, type Row } from "@backstitch/core/values";
import type { Visibility } from "./visibility.ts";

/**
 * The keys of one table that the log has changed of late, so that no row of a snapshot is recorded after a change that it does not have.
 * Holds a bounded number: see `overflowed`.
 */
export interface Touched {
  /** From now on the changes of this collection are kept. */
  begin(collection: string): void;
  end(): void;
  /** A change was read from the log. @param xid The lower 32 bits of its transaction's number. */
  saw(event: ChangeEvent, xid: number): void;
  /** All rows of these tables went. */
  sawTruncated(collections: readonly string[], xid: number): void;
  /** Whether the log has a change of the row that this snapshot does not see. */
  since(snapshot: Visibility, key: string): boolean;
  /** Forgets what this snapshot sees: all that follow see it too. */
  forget(snapshot: Visibility): void;
  /** There were too many: what was not recorded has to be read again, after `begin`. */
  readonly overflowed: boolean;
}

/** Twice what two chunks have: whoever changes more at once is seen by the chunk after. */
const MOST_KEYS = 20_000;

export function createTouched(onOverflow: () => void, most: number = MOST_KEYS): Touched {
  // The last transaction is enough. Who changes a row has waited for whoever changed it before to end: a snapshot that sees the last sees all.
  const last = new Map<string, number>();
  let collection: string | undefined;
  let seenByAll: Visibility | undefined;
  let overflowed = false;
  let truncated: number | undefined;

  function note(key: Row | null | undefined, xid: number): void {
    if (key !== null && key !== undefined) last.set(canonicalText(key), xid);
  }

  return {
    get overflowed() {
      return overflowed;
    },
    begin(wanted) {
      collection = wanted;
      seenByAll = undefined;
      overflowed = false;
      truncated = undefined;
      last.clear();
    },
    end() {
      collection = undefined;
      last.clear();
    },
    saw(event, xid) {
      if (event.collection !== collection || overflowed || seenByAll?.sees(xid) === true) return;
      note(event.key, xid);
      note(event.previousKey, xid);
      if (last.size <= most) return;
      overflowed = true;
      last.clear();
      onOverflow();
    },
    sawTruncated(collections, xid) {
      if (collection !== undefined && collections.includes(collection)) truncated = xid;
    },
    since(snapshot, key) {
      if (truncated !== undefined && !snapshot.sees(truncated)) return true;
      const xid = last.get(key);
      return xid !== undefined && !snapshot.sees(xid);
    },
    forget(snapshot) {
      seenByAll = snapshot;
      for (const [key, xid] of last) if (snapshot.sees(xid)) last.delete(key);
    },
  };
}
