import { SourceMisconfigured } from "@backstitch/core/source";
import type { Connection, TextRow } from "./connect.ts";
import type { Settings } from "./options.ts";
import { identifier, literal } from "./sql.ts";

/** One thing to make. */
export interface Plan {
  readonly what: string;
  readonly sql: string;
  readonly there: boolean;
  /** A command of the replication protocol: it is no SQL to other connections. */
  readonly replication?: boolean;
}

/** https://www.postgresql.org/docs/17/release-17.html */
const FIRST_WITH_FAILOVER = 170_000;

/** The slot, and that it is copied to standbys where that is wanted. @throws SourceMisconfigured where it cannot be used, or the server cannot copy it. */
export async function slotPlans(connection: Connection, settings: Settings): Promise<readonly Plan[]> {
  const { name, slot, failover } = settings;
  const [server] = await connection.query(
    "SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS version, pg_is_in_recovery() AS standby",
  );
  const knows = Number(server?.["number"]) >= FIRST_WITH_FAILOVER;
  if (failover === true && !knows) {
    throw new SourceMisconfigured(
      `The server of source "${name}" is PostgreSQL ${server?.["version"]}; a slot with "failover" needs 17 or later. Upgrade the server, or take "failover" out.`,
    );
  }
  const [found] = await connection.query(
    `SELECT plugin, database = current_database() AS ours, to_jsonb(s)->>'wal_status' AS status, to_jsonb(s)->>'failover' AS failover
     FROM pg_replication_slots s WHERE slot_name = ${literal(slot)}`,
  );
  if (found !== undefined) requireUsable(settings, found);
  // What is made on a standby cannot be copied on.
  const isCopied = failover ?? (knows && server?.["standby"] !== "t");
  const more = isCopied ? ", false, false, true" : "";
  const made: Plan = {
    what: `Replication slot "${slot}" keeps what was not read yet${isCopied && found === undefined ? ", and is copied to standbys" : ""}.`,
    sql: `SELECT pg_create_logical_replication_slot(${literal(slot)}, 'pgoutput'${more})`,
    there: found !== undefined,
  };
  if (failover !== true || found === undefined) return [made];
  const sql = `ALTER_REPLICATION_SLOT ${identifier(slot)} (FAILOVER true)`;
  const there = found["failover"] === "true";
  return [made, { what: `Replication slot "${slot}" is copied to standbys.`, sql, there, replication: true }];
}

function requireUsable({ name, slot }: Settings, found: TextRow): void {
  if (found["plugin"] !== "pgoutput" || found["ours"] !== "t") {
    throw new SourceMisconfigured(
      `The replication slot "${slot}" exists and is not a pgoutput slot of this database. Name another one in source "${name}".`,
    );
  }
  if (found["status"] === "lost") {
    throw new SourceMisconfigured(
      `The replication slot "${slot}" is lost: the server removed log that it needed. Drop it with SELECT pg_drop_replication_slot('${slot}') and set up again; changes since then are missed.`,
    );
  }
}
