import { SourceMisconfigured } from "@backstitch/core/source";
import type { Connection } from "./connect.ts";
import { parseLsn } from "./lsn.ts";
import type { Settings } from "./options.ts";
import { literal } from "./sql.ts";
import type { ServerState, SlotState } from "./start.ts";

/** What has to be known before reading starts. */
export interface Inspection {
  readonly server: ServerState;
  readonly database: string;
  /** The server ends a connection that is silent for so long; 0: never. */
  readonly senderTimeoutMs: number;
  /** Whether it sends what programs tell of their rows, and of large transactions before they end: PostgreSQL 14 and later. */
  readonly knows14: boolean;
}

/** https://www.postgresql.org/docs/14/release-14.html: older servers refuse the options, and with them the stream. */
const FIRST_WITH_BOTH = 140_000;

/** @throws SourceMisconfigured where slot or publication are not what a source can be read from. */
export async function inspect(connection: Connection, settings: Settings): Promise<Inspection> {
  const [system] = await connection.query("IDENTIFY_SYSTEM");
  const timeline = Number(system?.["timeline"]);
  const slot = await slotState(connection, settings);
  if (slot !== undefined) await requirePublication(connection, settings);
  const [settled] = await connection.query(
    `SELECT setting AS timeout, current_setting('server_version_num') AS version FROM pg_settings WHERE name = 'wal_sender_timeout'`,
  );
  return {
    server: {
      system: system?.["systemid"] ?? "",
      timeline,
      end: parseLsn(system?.["xlogpos"] ?? ""),
      history: timeline > 1 ? await timelineHistory(connection, timeline) : [],
      slot,
    },
    database: system?.["dbname"] ?? "",
    senderTimeoutMs: Number(settled?.["timeout"] ?? 0),
    knows14: Number(settled?.["version"] ?? 0) >= FIRST_WITH_BOTH,
  };
}

async function slotState(connection: Connection, { name, slot, failover }: Settings): Promise<SlotState | undefined> {
  // As JSON, since older servers lack some of the columns.
  const [found] = await connection.query(
    `SELECT to_jsonb(s)::text AS slot, s.database = current_database() AS ours FROM pg_replication_slots s WHERE slot_name = ${literal(slot)}`,
  );
  if (found === undefined) return undefined;
  const state = JSON.parse(found["slot"] ?? "{}") as Record<string, string | boolean | null>;
  if (state["plugin"] !== "pgoutput" || found["ours"] !== "t") {
    throw new SourceMisconfigured(
      `The replication slot "${slot}" of source "${name}" is not a pgoutput slot of this database. Name another one in the source's "slot", or drop it and run "backstitch setup".`,
    );
  }
  const lost = state["wal_status"] === "lost" || (state["invalidation_reason"] ?? null) !== null;
  if (failover === true && !lost && state["failover"] !== true) {
    throw new SourceMisconfigured(
      `The replication slot "${slot}" of source "${name}" is not copied to standbys, and the source says "failover". Run "backstitch setup".`,
    );
  }
  return { confirmed: parseLsn(String(state["confirmed_flush_lsn"])), lost };
}

/** The server finds out only at the first change, and then in the words of that change's time. */
async function requirePublication(connection: Connection, { name, publication }: Settings): Promise<void> {
  const found = await connection.query(`SELECT 1 FROM pg_publication WHERE pubname = ${literal(publication)}`);
  if (found.length === 0)
    throw new SourceMisconfigured(`Source "${name}" has no publication "${publication}" in its database. Run "backstitch setup".`);
}

/** https://www.postgresql.org/docs/current/protocol-replication.html#PROTOCOL-REPLICATION-TIMELINE-HISTORY */
async function timelineHistory(connection: Connection, timeline: number): Promise<ServerState["history"]> {
  const [file] = await connection.query(`TIMELINE_HISTORY ${timeline}`);
  const content = file?.["content"] ?? "";
  const text = content.startsWith("\\x") ? Buffer.from(content.slice(2), "hex").toString() : content;
  return [...text.matchAll(/^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/gim)].map(([, id, left]) => ({
    timeline: Number(id),
    left: parseLsn(left ?? ""),
  }));
}

/** The columns of a table's primary key, in its order; none where it has no key or is gone. By OID, since the log may tell of it by a name that it has no more. */
export async function primaryKeyOf(connection: Connection, tableId: number): Promise<readonly string[]> {
  const rows = await connection.query(
    `SELECT a.attname AS name FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
     WHERE i.indisprimary AND i.indrelid = ${tableId} AND k.place <= i.indnkeyatts ORDER BY k.place`,
  );
  return rows.map(({ name }) => name ?? "");
}
