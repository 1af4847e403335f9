import { jsonText, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { HttpProblem } from "../http/problem.ts";
import type { Column } from "../postgres/catalogue.ts";
import type { Cells, Queries } from "../postgres/database.ts";
import { hasKey, type Collection } from "./collection.ts";

/** The whole document with a key, whoever may read it. @param lock Keeps it as it is until the transaction ends. */
export async function storedByKey(
  queries: Queries,
  { collection, key }: { readonly collection: Collection; readonly key: readonly string[] },
  lock: "lock" | "look" = "look",
): Promise<Row | undefined> {
  const { table, byKey, read } = collection;
  if (key.length !== table.key.length) return undefined;
  try {
    const [row] = await queries.cells(lock === "lock" ? `${byKey} FOR UPDATE` : byKey, keyParameters(collection, key));
    return row && read(row);
  } catch (error) {
    // No key is like that.
    if (error instanceof HttpProblem && error.code === "VALUE_INVALID") return undefined;
    throw error;
  }
}

/** Binary is base64 in an address, as it is in documents; a page's own keys are as the server printed them. */
function keyParameters({ table }: Collection, key: readonly string[]): readonly string[] {
  return key.map((text, index) => {
    const column = table.key[index];
    return column?.type === "bytea" && !text.startsWith("\\x") ? hexadecimal(text) : text;
  });
}

/** Adds a document. Of what is not given the database's defaults are taken. @returns It as it is stored. */
export async function insert(queries: Queries, collection: Collection, document: Row): Promise<Row> {
  const { table, selected } = collection;
  const row = rowOf(collection, document);
  const columns = Object.keys(row).map((name) => columnOf(collection, name));
  const into = columns.length === 0 ? "DEFAULT VALUES" : `(${names(columns)}) SELECT ${given(columns)} FROM ${record(collection, 1)}`;
  const values = columns.length === 0 ? [] : [parameterOf(row, columns)];
  const [stored] = await queries.cells(`INSERT INTO ${table.sql} ${into} RETURNING ${selected}`, values);
  return documentOf(collection, stored);
}

/** Writes fields of a document. @param document What it is; `fields` of it are written. @returns It as it is stored. */
export async function update(
  queries: Queries,
  { collection, key }: { readonly collection: Collection; readonly key: readonly string[] },
  document: Row,
  fields: readonly string[],
): Promise<Row> {
  const { table, selected, rules } = collection;
  const row = rowOf(collection, document);
  const isOfColumn = (name: string): boolean =>
    rules.document === undefined || name === rules.document || table.key.some((one) => one.name === name);
  const wanted = new Set(fields.map((name) => (isOfColumn(name) ? name : (rules.document ?? name))));
  const columns = [...wanted].map((name) => columnOf(collection, name));
  const set = `(${names(columns)}) = (SELECT ${given(columns)} FROM ${record(collection, 1)})`;
  const sql = `UPDATE ${table.sql} SET ${set} WHERE ${hasKey(table, 2)} RETURNING ${selected}`;
  const [stored] = await queries.cells(sql, [parameterOf(row, columns), ...keyParameters(collection, key)]);
  return documentOf(collection, stored);
}

/** @param stored What a statement returned of the row that it wrote. */
function documentOf({ read }: Collection, stored: Cells | undefined): Row {
  if (stored !== undefined) return read(stored);
  throw new HttpProblem(422, "NOT_STORED", "The database did not store the document: a trigger or rule of its own prevents it.");
}

export async function remove(queries: Queries, collection: Collection, key: readonly string[]): Promise<void> {
  const { table } = collection;
  await queries.query(`DELETE FROM ${table.sql} WHERE ${hasKey(table)}`, keyParameters(collection, key));
}

/** The row that a document is stored as. */
function rowOf({ table, rules }: Collection, document: Row): Row {
  const { document: held } = rules;
  if (held === undefined) return document;
  const isKey = (name: string): boolean => table.key.some((column) => column.name === name);
  const key = Object.entries(document).filter(([name]) => isKey(name));
  const inside = rowFrom(Object.entries(document).filter(([name]) => !isKey(name)));
  return rowFrom<Value>([...key, [held, inside]]);
}

/** @throws HttpProblem 422 for a field that the table has not, or that nobody may write. */
function columnOf({ table, rules }: Collection, name: string): Column {
  const column = table.columns.find((one) => one.name === name);
  if (column !== undefined && !column.isGenerated) return column;
  const why = column === undefined ? "there is no such field" : "the database makes it by itself";
  throw new HttpProblem(422, "FIELD_UNKNOWN", `${JSON.stringify(name.slice(0, 100))} in "${rules.name}" cannot be written: ${why}.`);
}

function names(columns: readonly Column[]): string {
  return columns.map(({ sql }) => sql).join(", ");
}

function given(columns: readonly Column[]): string {
  return columns.map(({ sql }) => `given.${sql}`).join(", ");
}

/** The server makes values of all its types of one parameter. */
function record({ table }: Collection, parameter: number): string {
  return `jsonb_populate_record(NULL::${table.sql}, $${parameter}::jsonb) AS given`;
}

function parameterOf(row: Row, columns: readonly Column[]): string {
  return jsonText(rowFrom(columns.map((column) => [column.name, forServer(column, row[column.name] ?? null)] as const)));
}

/** Binary is base64 here, and hexadecimal there. */
function forServer({ type }: Column, value: Value): Value {
  return type === "bytea" && typeof value === "string" ? hexadecimal(value) : value;
}

const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}(?:==)?|[A-Za-z\d+/]{3}=?)?$/;

/** @throws HttpProblem 422 for what is no base64: what can be made of it is not what was sent */
function hexadecimal(base64: string): string {
  if (!BASE64.test(base64)) throw new HttpProblem(422, "VALUE_INVALID", "Binary is written as base64.");
  return `\\x${Buffer.from(base64, "base64").toString("hex")}`;
}
