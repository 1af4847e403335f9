/** Which transactions a snapshot of the database sees. */
export interface Visibility {
  /** Whether it sees what the transaction did. @param xid The transaction's 32 bits, as the log has them; of one that ended. */
  sees(xid: number): boolean;
}

const FORM = /^(\d+):(\d+):([\d,]*)$/;

/**
 * Reads what `pg_current_snapshot()` prints: `xmin:xmax:xip,xip`. It sees all that is older than `xmax` and not in the list.
 * The log has the lower 32 bits of a transaction's number; no two that are met here are 2³¹ apart.
 * https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT
 * @throws RangeError
 */
export function parseVisibility(text: string): Visibility {
  const [, , xmax, list] = FORM.exec(text) ?? [];
  if (xmax === undefined || list === undefined) throw new RangeError("That is not a snapshot as PostgreSQL prints it.");
  const end = low32(xmax);
  const running = new Set(list === "" ? [] : list.split(",").map(low32));
  return { sees: (xid) => ((xid - end) | 0) < 0 && !running.has(xid) };
}

function low32(id: string): number {
  return Number(BigInt(id) & 0xffffffffn);
}
