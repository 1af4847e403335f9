import type { ClaimRequest } from "@backstitch/core/journal";
import type { Matched } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";

const DAY_MS = 86_400_000;

/** How long the arguments, and the event, of a settled delivery are kept. */
export const PAYLOAD_KEPT_MS = 7 * DAY_MS;
/** How long the key of a settled delivery is known: a change that is read again later than this is delivered again. */
export const KEY_KEPT_MS = 30 * DAY_MS;
/** Most rows that one purge touches, and most bytes of arguments or events that it deletes, the first excepted: what else the process does waits for it. */
export const PURGE_ROWS = 200;
export const PURGE_BYTES = 4_000_000;
/** How many deliveries are shown where nothing else is said. */
export const SHOWN = 100;

/** Most bytes of events that matched nothing, where only the last are kept. */
export function recentBytes(maxBytes: number): number {
  return Math.min(4_000_000, Math.floor(maxBytes / 16));
}

/** The events of a batch that nothing refers to. */
export function unmatchedOf(events: readonly ChangeEvent[], { deliveries, failures, undecided }: Matched): readonly ChangeEvent[] {
  if (deliveries.length + failures.length + undecided.length === 0) return events;
  const matched = new Set([...deliveries, ...failures, ...undecided].map(({ eventId }) => eventId));
  return events.filter(({ id }) => !matched.has(id));
}

/** What a claim request still has room for. */
export interface Budget {
  /** Takes room for one delivery, if there is any. Once the bytes are used up nothing fits any more, so that small ones do not overtake for ever. */
  take(service: string, bytes: number): boolean;
}

export function budgetOf(request: ClaimRequest): Budget {
  const room = new Map(request.room);
  let bytesLeft = request.bytes;
  let first = true;
  return {
    take(service, bytes) {
      const left = room.get(service) ?? 0;
      if (left <= 0 || bytesLeft < 0) return false;
      if (!first && bytes > bytesLeft) {
        bytesLeft = -1;
        return false;
      }
      // The first fits whatever its size, or a large one would never be sent.
      bytesLeft = Math.max(bytesLeft - bytes, 0);
      first = false;
      room.set(service, left - 1);
      return true;
    },
  };
}

/** The sentence of `JournalFull` at high water. */
export function overHighWater(bytes: number, maxBytes: number): string {
  return `The journal would hold ${bytes} bytes; "maxBytes" allows ${maxBytes}. It goes on when settled deliveries were purged, or raise "maxBytes".`;
}
