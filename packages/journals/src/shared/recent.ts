import { RECENT_EVENTS } from "@backstitch/core/journal";
import type { ChangeEvent } from "@backstitch/core/source";
import { roughSize } from "./rough-size.ts";

/** How long the last events that matched nothing are held in memory, before they are stored together. */
export const STORE_EVERY_MS = 1_000;

export interface HeldEvent {
  readonly event: ChangeEvent;
  readonly bytes: number;
}

/** A stored row of such events, without them. */
export interface Block {
  readonly seq: number;
  readonly events: number;
  readonly bytes: number;
}

/** Adds events to those that are held, and lets go of the oldest that are too many. */
export function hold(held: HeldEvent[], events: readonly ChangeEvent[], mostBytes: number): void {
  const added = events.slice(-RECENT_EVENTS).map((event) => ({ event, bytes: roughSize(event) }));
  // One that takes all the room alone is left out, and not everything before it.
  held.push(...added.filter(({ bytes }) => bytes <= mostBytes));
  held.splice(0, surplusHeld(held, mostBytes));
}

/** How many of the oldest are too many. */
function surplusHeld(held: readonly HeldEvent[], mostBytes: number): number {
  let bytes = held.reduce((sum, one) => sum + one.bytes, 0);
  let surplus = 0;
  while (surplus < held.length && (held.length - surplus > RECENT_EVENTS || bytes > mostBytes)) bytes -= held[surplus++]?.bytes ?? 0;
  return surplus;
}

/** How many of the oldest rows are too many. They go whole, where those after them hold enough. The newest stays. */
export function surplusBlocks(blocks: readonly Block[], mostBytes: number): number {
  let events = 0;
  let bytes = 0;
  for (let index = blocks.length - 1; index >= 0; index--) {
    const block = blocks[index];
    if (block === undefined) continue;
    bytes += block.bytes;
    if (events >= RECENT_EVENTS || (events > 0 && bytes > mostBytes)) return index + 1;
    events += block.events;
  }
  return 0;
}
