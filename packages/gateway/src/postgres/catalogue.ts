import type { Value } from "@backstitch/core/values";
import type { Database, TextRow } from "./database.ts";

/** A column of a table. */
export interface Column {
  readonly name: string;
  /** Its place among the columns of its table, from 0. */
  readonly index: number;
  /** Quoted, for SQL. */
  readonly sql: string;
  /** The type's name; of a domain, that of its base type. `_text`: an array of it. */
  readonly type: string;
  /** The schema of that type. */
  readonly typeSchema: string;
  /** What the type has, or what the array is of, where that is an enumeration; else none. */
  readonly labels: readonly string[];
  /** Of an array, as they are declared. */
  readonly dimensions: number;
  /** The type as SQL writes it, without modifiers: a cast to them would round and cut. */
  readonly declared: string;
  readonly isNullable: boolean;
  readonly hasDefault: boolean;
  /** The server makes it: nobody may write it. */
  readonly isGenerated: boolean;
  /** Texts that have different bytes may be equal. */
  readonly isLoose: boolean;
  /** Makes a value of what the server prints. */
  readonly read: (text: string) => Value;
}

/** A table, as the database describes it. */
export interface Table {
  /** `orders` in schema public, else `schema.table`. */
  readonly name: string;
  /** Quoted, for SQL. */
  readonly sql: string;
  readonly columns: readonly Column[];
  /** The primary key's, in its order; empty where there is none. */
  readonly key: readonly Column[];
}

/** How a column's values are read: as the log's are, by the type's OID, schema and name. */
export type ReadersOf = (type: { readonly id: number; readonly schema: string; readonly name: string }) => (text: string) => Value;

const COLUMNS = `SELECT n.nspname AS schema, c.relname AS name, a.attname AS column, b.oid::text AS type_id, bn.nspname AS type_schema, b.typname AS type,
   quote_ident(tn.nspname) || '.' || quote_ident(t.typname) AS declared, a.attnotnull AS filled, a.atthasdef OR a.attidentity <> '' AS defaults,
   a.attgenerated <> '' OR a.attidentity = 'a' AS generated, coalesce(NOT k.collisdeterministic, false) AS loose,
   array_position(i.indkey::int2[], a.attnum) AS place, a.attndims AS dimensions,
   (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid IN (b.oid, b.typelem)) AS labels
 FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 JOIN pg_type t ON t.oid = a.atttypid JOIN pg_type b ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
 JOIN pg_namespace tn ON tn.oid = t.typnamespace JOIN pg_namespace bn ON bn.oid = b.typnamespace LEFT JOIN pg_collation k ON k.oid = a.attcollation
 LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
 WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
 ORDER BY c.oid, a.attnum`;

/** The tables of the database, by name. */
export async function readCatalogue(database: Database, readersOf: ReadersOf): Promise<ReadonlyMap<string, Table>> {
  const rows = await database.query(COLUMNS, []);
  const tables = Map.groupBy(rows, ({ schema, name }) => (schema === "public" ? (name ?? "") : `${schema ?? ""}.${name ?? ""}`));
  return new Map([...tables].map(([name, columns]) => [name, tableOf(name, columns, readersOf)]));
}

function tableOf(name: string, rows: readonly TextRow[], readersOf: ReadersOf): Table {
  const columns = rows.map((row, index) => columnOf(row, index, readersOf));
  const key = rows
    .map(({ place }, index) => ({ place: place ?? null, column: columns[index] }))
    .flatMap(({ place, column }) => (place === null || column === undefined ? [] : [{ place: Number(place), column }]))
    .sort((one, other) => one.place - other.place);
  const { schema, name: table } = rows[0] ?? {};
  return { name, sql: `${identifier(schema ?? "")}.${identifier(table ?? "")}`, columns, key: key.map(({ column }) => column) };
}

function columnOf(row: TextRow, index: number, readersOf: ReadersOf): Column {
  const name = row["column"] ?? "";
  const type = row["type"] ?? "";
  const typeSchema = row["type_schema"] ?? "";
  return {
    name,
    index,
    sql: identifier(name),
    type,
    typeSchema,
    labels: JSON.parse(row["labels"] ?? "[]") as readonly string[],
    dimensions: Number(row["dimensions"]),
    declared: row["declared"] ?? type,
    isNullable: row["filled"] !== "t",
    hasDefault: row["defaults"] === "t",
    isGenerated: row["generated"] === "t",
    isLoose: row["loose"] === "t",
    read: readersOf({ id: Number(row["type_id"]), schema: typeSchema, name: type }),
  };
}

/** Quoted: whatever it holds, it is a name. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
