import { connect } from "./connect.ts";
import { settingsOf, type PostgresSourceOptions } from "./options.ts";
import { collectionOf } from "./relation.ts";

/** What a column holds besides null, as events have it. `json`: anything. */
export type ColumnType = "text" | "number" | "boolean" | "list" | "json";

const NUMBERS = ["int2", "int4", "int8", "oid", "float4", "float8", "numeric"];
const LISTED = [...NUMBERS, "bool", "bytea", "json", "jsonb", "timestamp", "timestamptz", "text", "varchar", "bpchar", "uuid", "date"];
const OF_TYPE: ReadonlyMap<string, ColumnType> = new Map([
  ...NUMBERS.map((name) => [name, "number"] as const),
  ...LISTED.map((name) => [`_${name}`, "list"] as const),
  ["bool", "boolean"],
  ["json", "json"],
  ["jsonb", "json"],
]);

/**
 * The columns of all tables, by collection and name.
 * @throws Error where the database cannot be asked.
 */
export async function columnsOfPostgres(options: PostgresSourceOptions): Promise<ReadonlyMap<string, ReadonlyMap<string, ColumnType>>> {
  const connection = await connect(settingsOf(options));
  try {
    const rows = await connection.query(
      `SELECT n.nspname AS schema, c.relname AS name, a.attname AS column, b.typname AS type, b.typtype = 'b' AND bn.nspname = 'pg_catalog' AS built_in,
         t.typtype = 'd' AND b.typtype = 'd' AS nested
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_type t ON t.oid = a.atttypid JOIN pg_type b ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
       JOIN pg_namespace bn ON bn.oid = b.typnamespace
       WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const tables = Map.groupBy(rows, ({ schema, name }) => collectionOf(schema ?? "", name ?? ""));
    return new Map(
      [...tables].map(([collection, columns]) => [collection, new Map(columns.map((row) => [row["column"] ?? "", typeOf(row)]))]),
    );
  } finally {
    await connection.close();
  }
}

/** Arrays of which it is not certain that they are read as such, and domains over domains, may be anything. */
function typeOf(row: Readonly<Record<string, string | null>>): ColumnType {
  const { type, built_in: builtIn, nested } = row;
  const known = builtIn === "t" ? OF_TYPE.get(type ?? "") : undefined;
  if (known !== undefined) return known;
  return nested === "t" || type?.startsWith("_") === true ? "json" : "text";
}
