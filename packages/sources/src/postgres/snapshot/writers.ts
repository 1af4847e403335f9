import { setTimeout as wait } from "node:timers/promises";
import type { Connection } from "../connect.ts";
import { literal } from "../sql.ts";

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Waits until the transactions of this database that are under way now have ended, as `CREATE INDEX CONCURRENTLY` does.
 * One whose commit the log already has may still be hidden from snapshots, for as long as it waits for a synchronous standby: after this none is.
 */
export async function awaitWriters(connection: Connection, signal: AbortSignal): Promise<void> {
  const [now] = await connection.query("SELECT pg_current_snapshot()::text AS snapshot");
  const running = literal(now?.["snapshot"] ?? "");
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    const left = await connection.query(
      `SELECT 1 FROM pg_snapshot_xip(${running}::pg_snapshot) AS x (id) WHERE NOT pg_visible_in_snapshot(x.id, pg_current_snapshot())
         AND NOT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
           WHERE l.locktype = 'transactionid' AND l.granted AND l.transactionid = x.id::xid AND a.datname <> current_database()) LIMIT 1`,
    );
    if (left.length === 0) return;
    await wait(pauseMs, undefined, { signal });
  }
}
