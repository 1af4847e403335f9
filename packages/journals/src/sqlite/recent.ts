import { JournalFull, JournalOwned } from "@backstitch/core/journal";
import type { ChangeEvent } from "@backstitch/core/source";
import { encodeValue, type Row } from "@backstitch/core/values";
import type { StatementSync } from "node:sqlite";
import { type Block, type HeldEvent, hold, STORE_EVERY_MS, surplusBlocks } from "../shared/recent.ts";

/**
 * The last events that matched nothing. Most events match nothing, so that each must cost next to nothing: they are held in memory,
 * and what is left of them is stored once a second in one row without an index.
 */
export interface RecentEvents {
  hold(events: readonly ChangeEvent[]): void;
  isDue(): boolean;
  /** Stores what is held, in a transaction of its own: where there is no room for it, nothing else shall be kept from its room. */
  store(owned: (work: () => void) => void): void;
  /** One that is held and not stored yet. */
  held(id: string): ChangeEvent | undefined;
  clear(): void;
}

export interface RecentOptions {
  readonly sql: (text: string) => StatementSync;
  /** Milliseconds that pass evenly. */
  readonly steady: () => number;
  /** Most bytes in all; 0: nothing is kept. */
  readonly mostBytes: number;
}

export function recentEvents({ sql, steady, mostBytes }: RecentOptions): RecentEvents {
  let held: HeldEvent[] = [];
  let storedAt = -Infinity;

  function storeHeld(): void {
    const body = `[${held.map(({ event }) => encodeValue(event as unknown as Row)).join(",")}]`;
    const bytes = held.reduce((sum, one) => sum + one.bytes, 0);
    sql("INSERT INTO recent (events, bytes, body) VALUES (?, ?, ?)").run(held.length, bytes, body);
    const blocks = sql("SELECT seq, events, bytes FROM recent ORDER BY seq").all() as unknown as Block[];
    const last = blocks[surplusBlocks(blocks, mostBytes) - 1]?.seq;
    if (last !== undefined) sql("DELETE FROM recent WHERE seq <= ?").run(last);
  }

  return {
    hold(events) {
      if (mostBytes > 0) hold(held, events, mostBytes);
    },
    isDue: () => held.length > 0 && steady() - storedAt >= STORE_EVERY_MS,
    store(owned) {
      if (held.length === 0) return;
      storedAt = steady();
      try {
        owned(storeHeld);
        held = [];
      } catch (error) {
        // They are tried again a second later, with what has come by then: nothing depends on them.
        if (!(error instanceof JournalFull || error instanceof JournalOwned)) throw error;
      }
    },
    held: (id) => held.findLast(({ event }) => event.id === id)?.event,
    clear: () => void sql("DELETE FROM recent").run(),
  };
}
