import { JournalFull } from "@backstitch/core/journal";
import { overHighWater } from "../shared/limits.ts";
import type { Database, Statement } from "./database.ts";

/**
 * What the journal holds, held against `maxBytes`: the arguments and events that are stored, and about what goes with each. Files are not looked at:
 * a server keeps the room of what was forgotten for what comes next. Other workers add to it, so that it is asked for anew from time to time.
 */
export interface Room {
  /** @throws JournalFull where so many bytes more are too many. */
  check(bytes: number): Promise<void>;
}

/** About what a row takes beside what it holds. */
export const ROW_BYTES = 200;
const ASK_EVERY_MS = 1_000;

const BYTES: Statement = {
  name: "room",
  text: "SELECT coalesce(sum(n), 0)::bigint AS n FROM tally WHERE name = 'bytes'",
  values: [],
};

export function watchRoom(db: Database, maxBytes: number): Room {
  let held = 0;
  let askedAt = -Infinity;

  async function ask(): Promise<void> {
    const [row] = await db.query(BYTES);
    held = (row?.["n"] as number | undefined) ?? 0;
    askedAt = performance.now();
  }

  return {
    async check(bytes) {
      if (maxBytes === Infinity || bytes === 0) return;
      // Refused is only what is too much by what is there now.
      if (held + bytes > maxBytes || performance.now() - askedAt > ASK_EVERY_MS) await ask();
      if (held + bytes > maxBytes) throw new JournalFull(overHighWater(held + bytes, maxBytes));
      held += bytes;
    },
  };
}
