import { SourceMisconfigured } from "@backstitch/core/source";
import { connect, type Connection } from "./connect.ts";
import { findingsOf, type DatabaseState, type Finding, type PublicationFacts, type SlotFacts } from "./findings.ts";
import { settingsOf, type PostgresSourceOptions, type Settings } from "./options.ts";
import { literal } from "./sql.ts";
import { wantedTables } from "./snapshot/jobs.ts";
import { snapshotFindings } from "./snapshot/findings.ts";
import { publishedBy, tablesOf, type TableNeed, withSnapshots } from "./tables.ts";

/**
 * Asks the database whether the source can be read as the rules need it. Changes nothing and never throws for what a person can mend:
 * a refused connection or a wrong password is the one finding.
 */
export async function verifyPostgres(options: PostgresSourceOptions, tables: readonly TableNeed[]): Promise<readonly Finding[]> {
  const settings = settingsOf(options);
  try {
    const connection = await connect(settings);
    try {
      const needs = withSnapshots(tables, settings.snapshot);
      const findings = findingsOf(await stateOf(connection, settings), { ...settings, needs });
      return [...findings, ...(await findingsOfSnapshots(connection, settings, findings))];
    } finally {
      await connection.close();
    }
  } catch (error) {
    return [unusable(error)];
  }
}

/** What is said of a table already is not said again. */
async function findingsOfSnapshots(connection: Connection, settings: Settings, known: readonly Finding[]): Promise<readonly Finding[]> {
  const missing = ["PUBLICATION_MISSING", "PUBLICATION_OMITS_TABLE", "TABLE_MISSING"];
  const found = await snapshotFindings(connection, settings, await wantedTables(connection, settings));
  const isKnown = known.some(({ code }) => missing.includes(code));
  return found.filter(({ code }) => !isKnown || (code !== "SNAPSHOT_UNPUBLISHED" && code !== "TABLE_MISSING"));
}

function unusable(error: unknown): Finding {
  const message = error instanceof Error ? error.message : "The database cannot be asked.";
  const code = error instanceof SourceMisconfigured ? "DATABASE_REFUSES" : "DATABASE_UNREACHABLE";
  return { severity: "error", code, message };
}

async function stateOf(connection: Connection, settings: Settings): Promise<DatabaseState> {
  const [server] = await connection.query(
    `SELECT current_setting('wal_level') AS wal_level, current_user AS name, r.rolsuper OR r.rolreplication OR EXISTS (
       SELECT 1 FROM pg_roles p WHERE p.rolname = 'rds_replication' AND pg_has_role(current_user, p.oid, 'member')) AS may
     FROM pg_roles r WHERE r.rolname = current_user`,
  );
  return {
    walLevel: server?.["wal_level"] ?? "",
    user: server?.["name"] ?? "",
    mayReplicate: server?.["may"] === "t",
    slot: await slotFacts(connection, settings),
    publication: await publicationFacts(connection, settings),
    tables: await tablesOf(connection),
  };
}

async function slotFacts(connection: Connection, { slot }: Settings): Promise<SlotFacts | undefined> {
  // As JSON, since older servers lack some of the columns.
  const [found] = await connection.query(
    `SELECT plugin = 'pgoutput' AND database = current_database() AS ours, active_pid AS pid,
       to_jsonb(s)->>'wal_status' = 'lost' OR to_jsonb(s)->>'invalidation_reason' IS NOT NULL AS lost,
       CASE WHEN NOT pg_is_in_recovery() THEN to_jsonb(s)->>'failover' END AS failover,
       CASE WHEN pg_is_in_recovery() THEN 0 ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) END AS held
     FROM pg_replication_slots s WHERE slot_name = ${literal(slot)}`,
  );
  if (found === undefined) return undefined;
  const [pid, copied] = [found["pid"] ?? null, found["failover"] ?? null];
  return {
    ours: found["ours"] === "t",
    lost: found["lost"] === "t",
    activePid: pid === null ? undefined : Number(pid),
    heldBytes: Number(found["held"] ?? 0),
    failover: copied === null ? undefined : copied === "true",
  };
}

async function publicationFacts(connection: Connection, { publication }: Settings): Promise<PublicationFacts | undefined> {
  const name = literal(publication);
  const [found] = await connection.query(
    `SELECT pubinsert AS insert, pubupdate AS update, pubdelete AS delete, to_jsonb(p)->>'pubgencols' AS generated FROM pg_publication p WHERE pubname = ${name}`,
  );
  if (found === undefined) return undefined;
  const { generated, ...operations } = found;
  const omits = Object.entries(operations).flatMap(([operation, published]) => (published === "t" ? [] : [operation]));
  return { omits, generated: generated === "s", collections: await publishedBy(connection, name) };
}
