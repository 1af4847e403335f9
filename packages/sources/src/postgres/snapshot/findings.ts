import type { Connection } from "../connect.ts";
import type { Finding } from "../findings.ts";
import type { Settings } from "../options.ts";
import { missingTable } from "../missing-table.ts";
import { isOwn, whyOwn } from "../relation.ts";
import { literal } from "../sql.ts";
import { tablesOf } from "../tables.ts";
import { describeTable, findTable, partitionsInPlaceOf, SnapshotRefused, whyNotPublished, type TablePlace } from "./table.ts";

/** What keeps these tables from being read beside the log. */
export async function snapshotFindings(
  connection: Connection,
  settings: Settings,
  collections: readonly string[],
): Promise<readonly Finding[]> {
  if (collections.length === 0) return [];
  const server = await serverFinding(connection);
  if (server !== undefined) return [server];
  const found: Finding[] = [];
  for (const collection of collections) found.push(...(await tableFindings(connection, settings, collection)));
  return found;
}

const error = (code: string, message: string): Finding => ({ severity: "error", code, message });

/** https://www.postgresql.org/docs/14/release-14.html: the log of older ones does not send messages. */
const FIRST_WITH_MESSAGES = 140_000;

async function serverFinding(connection: Connection): Promise<Finding | undefined> {
  const [row] = await connection.query("SELECT current_setting('server_version_num') AS version, pg_is_in_recovery() AS standby");
  if (Number(row?.["version"]) < FIRST_WITH_MESSAGES)
    return error("SNAPSHOT_SERVER_OLD", "Tables can be read beside the log from PostgreSQL 14 on. Upgrade the server.");
  if (row?.["standby"] === "t")
    return error(
      "SNAPSHOT_STANDBY",
      "Tables cannot be read beside the log of a standby, into which nothing can be written. Read from the primary.",
    );
  return undefined;
}

async function tableFindings(connection: Connection, settings: Settings, collection: string): Promise<readonly Finding[]> {
  if (isOwn(collection)) return [error("SNAPSHOT_UNPUBLISHED", whyOwn(collection))];
  const place = await findTable(connection, settings, collection);
  if (place === undefined) return [error("TABLE_MISSING", missingTable(collection, [...(await tablesOf(connection)).keys()]))];
  const partitions = await partitionsInPlaceOf(connection, settings, collection);
  if (partitions.length > 0) return snapshotFindings(connection, settings, partitions);
  if (!place.isPublished) return [error("SNAPSHOT_UNPUBLISHED", await whyNotPublished(connection, settings, collection, place))];
  return [...(await keyFindings(connection, collection, place)), ...(await rightFindings(connection, collection, place))];
}

async function keyFindings(connection: Connection, collection: string, place: TablePlace): Promise<readonly Finding[]> {
  try {
    await describeTable(connection, collection, place);
    return [];
  } catch (refused) {
    if (!(refused instanceof SnapshotRefused)) throw refused;
    return [error("SNAPSHOT_NO_KEY", refused.message)];
  }
}

async function rightFindings(connection: Connection, collection: string, { oid }: TablePlace): Promise<readonly Finding[]> {
  const [row] = await connection.query(
    `SELECT current_user AS name, has_table_privilege(${literal(oid)}::oid, 'SELECT') AS may, row_security_active(${literal(oid)}::oid) AS hidden`,
  );
  const user = `User "${row?.["name"]}"`;
  if (row?.["may"] !== "t")
    return [error("SNAPSHOT_MAY_NOT_READ", `${user} may not read table "${collection}". GRANT SELECT ON it to that user.`)];
  if (row["hidden"] === "t")
    return [
      error(
        "SNAPSHOT_ROWS_HIDDEN",
        `Row-level security hides rows of table "${collection}" from the user "${row["name"]}". ALTER ROLE … BYPASSRLS, as a superuser.`,
      ),
    ];
  return [];
}
