import type { Extent } from "@backstitch/core/source";
import { connect } from "./connect.ts";
import { parseLsn } from "./lsn.ts";
import type { Settings } from "./options.ts";
import { parsePosition } from "./position.ts";
import { literal } from "./sql.ts";
import { cutOnAbort } from "./wire.ts";

/** A standby is read as far as it has replayed. https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-INFO-TABLE */
const END = "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END";

/** How far the log goes, on a connection of its own. Before anything was read the slot says from where that would be. */
export async function extentOf(settings: Settings, from: string | undefined, signal: AbortSignal): Promise<Extent | undefined> {
  const connection = await connect(settings, { signal });
  try {
    const slot = `SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = ${literal(settings.slot)}`;
    const [row] = await cutOnAbort(connection.client, signal, () => connection.query(`SELECT ${END} AS "end", (${slot}) AS confirmed`));
    const end = parseLsn(row?.["end"] ?? "");
    const position = from === undefined ? undefined : parsePosition(from);
    const read = position?.lsn ?? parseLsn(row?.["confirmed"] ?? "");
    return { read: Number(read), end: Number(end) };
  } finally {
    await connection.close();
  }
}
