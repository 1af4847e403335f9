import { JournalFull, JournalOwned } from "@backstitch/core/journal";
import type { ChangeEvent } from "@backstitch/core/source";
import { encodeValue, type Row } from "@backstitch/core/values";
import { type Block, type HeldEvent, hold, STORE_EVERY_MS, surplusBlocks } from "../shared/recent.ts";
import { Unreachable } from "./connect.ts";
import type { Rows, Statement } from "./database.ts";
import { storable } from "./text.ts";

type Run = (statements: readonly Statement[]) => Promise<readonly Rows[]>;

/**
 * The last events that matched nothing. Most events match nothing, so that each must cost next to nothing: whoever reads their source holds them in memory,
 * and what is left of them is stored once a second in one row. Others see what is stored.
 */
export interface RecentEvents {
  /** Holds these too, and stores all of them where it is time. */
  hold(events: readonly ChangeEvent[], run: Run): Promise<void>;
  store(run: Run): Promise<void>;
  /** One that is held and not stored yet. */
  held(id: string): ChangeEvent | undefined;
}

export interface RecentOptions {
  /** Milliseconds that pass evenly. */
  readonly steady: () => number;
  /** Most bytes in all; 0: nothing is kept. */
  readonly mostBytes: number;
}

const INSERT = "INSERT INTO recent (events, bytes, ids, bodies) VALUES ($1, $2, $3, $4)";
const BLOCKS = "SELECT seq, events, bytes FROM recent ORDER BY seq";

/** What `matched` kept is of no use under another setting, which would never forget it. */
export const FORGET_RECENT: Statement = { name: "recent.forget", text: "DELETE FROM recent", values: [] };

export function recentEvents({ steady, mostBytes }: RecentOptions): RecentEvents {
  let held: HeldEvent[] = [];
  let storedAt = -Infinity;

  async function store(run: Run): Promise<void> {
    if (held.length === 0) return;
    const storing = held;
    storedAt = steady();
    held = [];
    const bytes = storing.reduce((sum, one) => sum + one.bytes, 0);
    const ids = storing.map(({ event }) => storable(event.id));
    const bodies = storing.map(({ event }) => encodeValue(event as unknown as Row));
    try {
      const [, blocks = []] = await run([
        { name: "recent.store", text: INSERT, values: [storing.length, bytes, ids, bodies] },
        { name: "recent.blocks", text: BLOCKS, values: [] },
      ]);
      await forgetSurplus(blocks as unknown as readonly Block[], run);
    } catch (error) {
      // Nothing depends on them.
      if (!(error instanceof JournalFull || error instanceof JournalOwned || error instanceof Unreachable)) throw error;
    }
  }

  async function forgetSurplus(blocks: readonly Block[], run: Run): Promise<void> {
    const last = blocks[surplusBlocks(blocks, mostBytes) - 1]?.seq;
    if (last !== undefined) await run([{ name: "recent.surplus", text: "DELETE FROM recent WHERE seq <= $1", values: [last] }]);
  }

  return {
    store,
    async hold(events, run) {
      if (mostBytes === 0) return;
      hold(held, events, mostBytes);
      if (held.length > 0 && steady() - storedAt >= STORE_EVERY_MS) await store(run);
    },
    held: (id) => held.findLast(({ event }) => event.id === id)?.event,
  };
}
