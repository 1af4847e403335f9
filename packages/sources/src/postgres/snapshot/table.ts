import type { Connection, TextRow } from "../connect.ts";
import type { Settings } from "../options.ts";
import type { Identity, RelationMessage } from "../pgoutput.ts";
import { collectionOf, relationFrom, type Relation } from "../relation.ts";
import { identifier, literal } from "../sql.ts";
import { announcedType, type Convert } from "../types.ts";

/** A table as the log would send it now. */
export interface SnapshotTable {
  readonly relation: Relation;
  /** What comes after FROM. */
  readonly from: string;
  /** The columns that are sent, quoted. */
  readonly columns: readonly string[];
  /** The publication's row filter, as SQL. */
  readonly filter: string | undefined;
  /** The columns that identify a row, quoted, in the order of their index; and where each is among `columns`. */
  readonly key: readonly { readonly sql: string; readonly index: number }[];
  /** Changes where keys would be in another order. */
  readonly order: string;
}

/** A table of which no snapshot can be made as things are. The message says what to do; it holds no values of rows. */
export class SnapshotRefused extends Error {
  override readonly name = "SnapshotRefused";
}

/** What the catalog says of a table, before anything is known of its columns. */
export interface TablePlace {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly isPartitioned: boolean;
  readonly identity: string;
  /** Whether the publication sends its rows under its own name. */
  readonly isPublished: boolean;
  /** Columns in the publication; undefined: the server cannot tell, and sends all. */
  readonly published: readonly string[] | undefined;
  readonly filter: string | undefined;
  /** The snapshot of the database that this was asked in, as it prints it. */
  readonly snapshot: string;
  /** When, by the server's clock: RFC 3339, UTC, microseconds. */
  readonly at: string;
}

/** @returns undefined where the database has no such table. */
export async function findTable(connection: Connection, settings: Settings, collection: string): Promise<TablePlace | undefined> {
  // As JSON, since older servers lack some of the columns.
  const [row] = await connection.query(
    `SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind = 'p' AS partitioned, c.relreplident AS identity,
       p.pubname IS NOT NULL AS published, (to_jsonb(p)->'attnames')::text AS names, to_jsonb(p)->>'rowfilter' AS filter,
       pg_current_snapshot()::text AS snapshot, to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_publication_tables p ON p.pubname = ${literal(settings.publication)} AND p.schemaname = n.nspname AND p.tablename = c.relname
     WHERE c.relkind IN ('r', 'p') AND CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END = ${literal(collection)}`,
  );
  if (row === undefined) return undefined;
  const names = row["names"] ?? null;
  return {
    oid: row["oid"] ?? "",
    schema: row["schema"] ?? "",
    name: row["name"] ?? "",
    isPartitioned: row["partitioned"] === "t",
    identity: row["identity"] ?? "",
    isPublished: row["published"] === "t",
    published: names === null || names === "null" ? undefined : (JSON.parse(names) as readonly string[]),
    filter: row["filter"] ?? undefined,
    snapshot: row["snapshot"] ?? "",
    at: row["at"] ?? "",
  };
}

/** The published partitions of a table that is not published itself. */
export async function partitionsInPlaceOf(connection: Connection, settings: Settings, collection: string): Promise<readonly string[]> {
  const place = await findTable(connection, settings, collection);
  if (place === undefined || place.isPublished || !place.isPartitioned) return [];
  const rows = await connection.query(
    `SELECT p.schemaname, p.tablename FROM pg_partition_tree(${place.oid}) t JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_publication_tables p ON p.pubname = ${literal(settings.publication)} AND p.schemaname = n.nspname AND p.tablename = c.relname`,
  );
  return rows.map(({ schemaname, tablename }) => collectionOf(schemaname ?? "", tablename ?? ""));
}

/** Why the log does not send the table, and what to do. */
export async function whyNotPublished(
  connection: Connection,
  { publication }: Settings,
  collection: string,
  { oid }: TablePlace,
): Promise<string> {
  const [root] = await connection.query(
    `SELECT n.nspname AS schema, c.relname AS name FROM pg_partition_ancestors(${oid}) a JOIN pg_class c ON c.oid = a.relid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_publication_tables p ON p.pubname = ${literal(publication)} AND p.schemaname = n.nspname AND p.tablename = c.relname`,
  );
  if (root === undefined)
    return `Publication "${publication}" does not have table "${collection}". Name it in a rule or in the source's "snapshot", and run "backstitch setup".`;
  return `The rows of "${collection}" are sent as those of table "${collectionOf(root["schema"] ?? "", root["name"] ?? "")}". Name that one.`;
}

/** The columns that are sent, or are of the key, with their place in the index by which the log tells rows apart. */
export async function describeTable(connection: Connection, collection: string, place: TablePlace): Promise<SnapshotTable> {
  const rows = await connection.query(
    `WITH RECURSIVE base (type, of) AS (
       SELECT DISTINCT atttypid, atttypid FROM pg_attribute WHERE attrelid = ${place.oid} AND attnum > 0 AND NOT attisdropped
       UNION ALL SELECT b.type, t.typbasetype FROM base b JOIN pg_type t ON t.oid = b.of WHERE t.typtype = 'd')
     SELECT a.attnum AS number, a.attname AS name, a.atttypid AS type, a.attcollation AS collation, a.attgenerated <> '' AND current_setting('server_version_num')::int < 180000 AS withheld,
       n.nspname AS base_schema, t.typname AS base_name, i.place
     FROM pg_attribute a JOIN base b ON b.type = a.atttypid JOIN pg_type t ON t.oid = b.of AND t.typtype <> 'd' JOIN pg_namespace n ON n.oid = t.typnamespace
     LEFT JOIN LATERAL (
       SELECT k.place FROM pg_index x CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY k (number, place)
       WHERE x.indrelid = a.attrelid AND x.indisvalid AND k.number = a.attnum AND k.place <= x.indnkeyatts
         AND CASE ${literal(place.identity)} WHEN 'i' THEN x.indisreplident WHEN 'f' THEN x.indisprimary ELSE x.indisprimary AND x.indimmediate END) i ON true
     WHERE a.attrelid = ${place.oid} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
  );
  const keyed = rows.filter(({ place: at }) => at !== null).sort((a, b) => Number(a["place"]) - Number(b["place"]));
  if (keyed.length === 0) throw new SnapshotRefused(noKey(collection, place));
  const sent = rows.filter((row) => isSent(row, place));
  const key = keyed.map((row) => ({ sql: identifier(row["name"] ?? ""), index: sent.indexOf(row) }));
  const hidden = keyed.find((row) => !sent.includes(row));
  if (hidden !== undefined) throw new SnapshotRefused(hiddenKey(collection, hidden["name"] ?? ""));
  return {
    relation: relationOf(place, sent, keyed),
    from: fromOf(place),
    columns: sent.map(({ name }) => identifier(name ?? "")),
    filter: place.filter,
    key,
    order: keyed.map(({ number, type, collation }) => `${number}:${type}:${collation}`).join(),
  };
}

/** What inherits from an ordinary table is a table of its own in the log. */
export function fromOf({ schema, name, isPartitioned }: TablePlace): string {
  return `${isPartitioned ? "" : "ONLY "}${identifier(schema)}.${identifier(name)}`;
}

function isSent(row: TextRow, { published }: TablePlace): boolean {
  // Before PostgreSQL 18 the log leaves out what is generated, though the catalog lists it.
  return row["withheld"] !== "t" && (published === undefined || published.includes(row["name"] ?? ""));
}

function noKey(collection: string, { identity }: TablePlace): string {
  return identity === "i"
    ? `Table "${collection}" has lost the index of its replica identity, by which its rows are read in order. Set another one, or give it a primary key.`
    : `Table "${collection}" has no primary key, by which its rows are read in order. Give it one: ALTER TABLE … ADD PRIMARY KEY.`;
}

function hiddenKey(collection: string, column: string): string {
  return `The publication leaves out "${column}" of table "${collection}", which is of its key. Put it into the publication's column list.`;
}

/** As the log would announce it: rows are then read in the same way. */
function relationOf({ oid, schema, name, identity }: TablePlace, sent: readonly TextRow[], keyed: readonly TextRow[]): Relation {
  const message: RelationMessage = {
    kind: "relation",
    id: Number(oid),
    schema,
    name,
    identity: identity as Identity,
    columns: sent.map((row) => ({ name: row["name"] ?? "", typeId: Number(row["type"]), identifies: keyed.includes(row) })),
  };
  const primaryKey = keyed.map(({ name: column }) => column ?? "");
  return relationFrom(message, ownTypes(sent), primaryKey);
}

/** The server announces no type of its own: https://github.com/postgres/postgres/blob/master/src/include/access/transam.h */
const FIRST_ANNOUNCED = 10_000;

function ownTypes(sent: readonly TextRow[]): ReadonlyMap<number, Convert> {
  const own = sent.filter(({ type }) => Number(type) >= FIRST_ANNOUNCED);
  return new Map(
    own.map((row) => {
      const schema = row["base_schema"] ?? "";
      return [Number(row["type"]), announcedType(schema === "pg_catalog" ? "" : schema, row["base_name"] ?? "")];
    }),
  );
}
