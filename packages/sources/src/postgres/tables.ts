import type { Connection, TextRow } from "./connect.ts";
import { collectionOf } from "./relation.ts";
import { identifier } from "./sql.ts";

/** A table that the rules read. */
export interface TableNeed {
  /** `inventory` (schema public) or `schema.table`. */
  readonly collection: string;
  /** Whether a rule reads the row as it was before: needs REPLICA IDENTITY FULL. */
  readonly needsBefore: boolean;
}

/** Beside what the rules read, the tables of which a snapshot is configured. */
export function withSnapshots(needs: readonly TableNeed[], snapshot: readonly string[] | "all"): readonly TableNeed[] {
  const more = snapshot === "all" ? [] : snapshot.filter((collection) => !needs.some((need) => need.collection === collection));
  return [...needs, ...[...new Set(more)].map((collection) => ({ collection, needsBefore: false }))];
}

/** A table of the database. */
export interface Table {
  readonly collection: string;
  /** Quoted, for SQL. */
  readonly sql: string;
  readonly isPartitioned: boolean;
  /** Itself, and where it is partitioned its partitions: each has a replica identity of its own, and the partition's decides. */
  readonly parts: readonly TablePart[];
}

export interface TablePart {
  readonly sql: string;
  readonly identity: string;
  readonly hasPrimaryKey: boolean;
  /** Which kinds of generated columns it has whose rows the server refuses to update, where the whole row identifies them and they are not published. */
  readonly generated: { readonly stored: boolean; readonly virtual: boolean };
}

/** https://www.postgresql.org/docs/18/logical-replication-gencols.html: older servers send no generated column, and refuse nothing because of one. */
const FIRST_TO_REFUSE = 180_000;

/** All ordinary and partitioned tables, by collection. */
export async function tablesOf(connection: Connection): Promise<ReadonlyMap<string, Table>> {
  const rows = await connection.query(
    `SELECT n.nspname AS schema, c.relname AS name, c.relkind = 'p' AS partitioned,
       pn.nspname AS part_schema, p.relname AS part_name, p.relreplident AS identity,
       EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = p.oid AND i.indisprimary) AS keyed,
       (SELECT string_agg(a.attgenerated::text, '') FROM pg_attribute a WHERE a.attrelid = p.oid AND NOT a.attisdropped
          AND current_setting('server_version_num')::int >= ${FIRST_TO_REFUSE}) AS generated
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL (SELECT c.oid UNION SELECT relid FROM pg_partition_tree(c.oid) WHERE isleaf) parts (oid)
     JOIN pg_class p ON p.oid = parts.oid AND p.relkind IN ('r', 'p') JOIN pg_namespace pn ON pn.oid = p.relnamespace
     WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     ORDER BY c.oid, p.oid = c.oid DESC, p.oid`,
  );
  const tables = Map.groupBy(rows, ({ schema, name }) => collectionOf(schema ?? "", name ?? ""));
  return new Map([...tables].map(([collection, parts]) => [collection, tableFrom(collection, parts)]));
}

function tableFrom(collection: string, rows: readonly TextRow[]): Table {
  const { schema, name, partitioned } = rows[0] ?? {};
  return { collection, sql: quoted(schema, name), isPartitioned: partitioned === "t", parts: rows.map(partFrom) };
}

function partFrom({ part_schema: schema, part_name: name, identity, keyed, generated }: TextRow): TablePart {
  const kinds = generated ?? "";
  return {
    sql: quoted(schema, name),
    identity: identity ?? "",
    hasPrimaryKey: keyed === "t",
    generated: { stored: kinds.includes("s"), virtual: kinds.includes("v") },
  };
}

function quoted(schema: string | null | undefined, name: string | null | undefined): string {
  return `${identifier(schema ?? "")}.${identifier(name ?? "")}`;
}

/**
 * The parts whose replica identity must become FULL: a rule reads `before`, or nothing identifies a row.
 * A published table without identity refuses UPDATE and DELETE altogether.
 */
export function lackingIdentity({ parts }: Table, { needsBefore }: TableNeed): readonly TablePart[] {
  return parts.filter(
    ({ identity, hasPrimaryKey }) => identity !== "f" && (needsBefore || identity === "n" || (identity === "d" && !hasPrimaryKey)),
  );
}

/** Whether the whole row identifies it, or will once it is set up. */
export function isFull(table: Table, need: TableNeed): boolean {
  return need.needsBefore || table.parts[0]?.identity === "f" || lackingIdentity(table, need).length > 0;
}

/** The collections that a publication covers. */
export async function publishedBy(connection: Connection, publicationLiteral: string): Promise<ReadonlySet<string>> {
  const rows = await connection.query(`SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = ${publicationLiteral}`);
  return new Set(rows.map(({ schemaname, tablename }) => collectionOf(schemaname ?? "", tablename ?? "")));
}
