import type { Extent } from "@backstitch/core/source";
import { connect } from "./connect.ts";
import { parseLsn } from "./lsn.ts";
import type { Settings } from "./options.ts";
import { parsePosition } from "./position.ts";
import { sizeOf } from "./size.ts";
import { literal } from "./sql.ts";
import { cutOnAbort } from "./wire.ts";

/** A standby is read as far as it has replayed. https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-INFO-TABLE */
const END = "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END";

/** How far the log goes, on a connection of its own. Before anything was read the slot says from where that would be. */
export async function extentOf(settings: Settings, from: string | undefined, signal: AbortSignal): Promise<Extent | undefined> {
  const connection = await connect(settings, { signal });
  try {
    const [row] = await cutOnAbort(connection.client, signal, () => connection.query(asking(settings)));
    const end = parseLsn(row?.["end"] ?? "");
    const position = from === undefined ? undefined : parsePosition(from);
    const read = position?.lsn ?? parseLsn(row?.["confirmed"] ?? "");
    const kept = row?.["kept"] ?? undefined;
    return { read: Number(read), end: Number(end), ...(kept === undefined ? {} : keeping(settings, Number(kept))) };
  } finally {
    await connection.close();
  }
}

function asking({ slot }: Settings): string {
  return `SELECT e.lsn AS "end", s.confirmed_flush_lsn AS confirmed, pg_wal_lsn_diff(e.lsn, s.restart_lsn)::text AS kept
    FROM (SELECT ${END}) e (lsn) LEFT JOIN pg_replication_slots s ON s.slot_name = ${literal(slot)}`;
}

function keeping({ slot, lagWarning }: Settings, kept: number): Pick<Extent, "kept" | "warning"> {
  if (kept <= lagWarning) return { kept, warning: undefined };
  const warning = `The server keeps ${sizeOf(kept)} of log for the replication slot "${slot}", and "lagWarning" is ${sizeOf(lagWarning)}. Is it read, and is no transaction open for long? Mind the disk of the server.`;
  return { kept, warning };
}
