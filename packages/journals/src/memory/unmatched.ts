import { RECENT_EVENTS } from "@backstitch/core/journal";
import type { ChangeEvent } from "@backstitch/core/source";
import { unmatchedOf } from "../shared/limits.ts";
import { roughSize } from "../shared/rough-size.ts";
import type { HeldEvent, Memory } from "./memory.ts";
import type { Recording } from "./record.ts";

interface Sized {
  readonly event: ChangeEvent;
  readonly bytes: number;
}

/** Where all events are kept: those of a batch that match nothing and are not known yet. */
export function newUnmatched({ events: known }: Memory, { batch, matched, events }: Recording): readonly Sized[] {
  if (events !== "all") return [];
  return unmatchedOf(batch.events, matched)
    .filter(({ id }) => !known.has(id))
    .map(sized);
}

/** An event that was kept although it matched nothing matches now, under other rules. */
export function nowMatched(memory: Memory, held: HeldEvent): void {
  memory.seen.bytes -= held.unmatched?.bytes ?? 0;
  held.unmatched = undefined;
}

/** Keeps the last events that matched nothing, and forgets those that are too much. */
export function keepRecent({ recent, seen }: Memory, events: readonly ChangeEvent[], mostBytes: number): void {
  for (const one of events.slice(-RECENT_EVENTS).map(sized)) {
    if (one.bytes > mostBytes) continue;
    forget(one.event.id);
    recent.set(one.event.id, one);
    seen.recentBytes += one.bytes;
  }
  for (const id of recent.keys()) {
    if (recent.size <= RECENT_EVENTS && seen.recentBytes <= mostBytes) break;
    forget(id);
  }

  function forget(id: string): void {
    seen.recentBytes -= recent.get(id)?.bytes ?? 0;
    recent.delete(id);
  }
}

/** What `matched` kept is of no use under another setting, which would never forget it. */
export function forgetRecent({ recent, seen }: Memory): void {
  recent.clear();
  seen.recentBytes = 0;
}

function sized(event: ChangeEvent): Sized {
  return { event, bytes: roughSize(event) };
}
