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

/** A table of the database. */
export interface Table {
  readonly collection: string;
  /** Quoted, for SQL. */
  readonly sql: string;
  readonly identity: string;
  readonly hasPrimaryKey: boolean;
}

/** All ordinary and partitioned tables, by collection. */
export async function tablesOf(connection: Connection): Promise<ReadonlyMap<string, Table>> {
  const rows = await connection.query(
    `SELECT n.nspname AS schema, c.relname AS name, c.relreplident AS identity,
       EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) AS keyed
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
  );
  return new Map(rows.map(tableFrom).map((table) => [table.collection, table]));
}

function tableFrom({ schema, name, identity, keyed }: TextRow): Table {
  return {
    collection: collectionOf(schema ?? "", name ?? ""),
    sql: `${identifier(schema ?? "")}.${identifier(name ?? "")}`,
    identity: identity ?? "",
    hasPrimaryKey: keyed === "t",
  };
}

/**
 * Whether the table's replica identity must become FULL: a rule reads `before`, or the table has nothing that identifies a row.
 * A published table without identity refuses UPDATE and DELETE altogether.
 */
export function lacksIdentity({ identity, hasPrimaryKey }: Table, { needsBefore }: TableNeed): boolean {
  if (identity === "f") return false;
  return needsBefore || identity === "n" || (identity === "d" && !hasPrimaryKey);
}

/** The collections that a publication covers. */
export async function publishedBy(connection: Connection, publicationLiteral: string): Promise<ReadonlySet<string>> {
  const rows = await connection.query(`SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = ${publicationLiteral}`);
  return new Set(rows.map(({ schemaname, tablename }) => collectionOf(schemaname ?? "", tablename ?? "")));
}
