import { isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { CollectionRules } from "@backstitch/rules/roles";
import type { Column, Table } from "../postgres/catalogue.ts";
import type { Cells } from "../postgres/database.ts";

/** A collection over HTTP: a table, and the rules over its documents. */
export interface Collection {
  readonly rules: CollectionRules;
  readonly table: Table;
  /** SQL of what a document is read from. */
  readonly selected: string;
  /** Makes a document of what was selected. */
  readonly read: ReadDocument;
  /** Those that are fields of every document, by name. */
  readonly columns: ReadonlyMap<string, Column>;
  /** SQL that asks for the document with a key. */
  readonly byKey: string;
}

export type ReadDocument = (cells: Cells) => Row;

export function collectionOf(rules: CollectionRules, table: Table): Collection {
  const selected = selectedOf(table);
  const columns = new Map((rules.document === undefined ? table.columns : table.key).map((column) => [column.name, column]));
  const byKey = `SELECT ${selected} FROM ${table.sql} WHERE ${hasKey(table)}`;
  return { rules, table, selected, read: documentReader({ table, rules }), columns, byKey };
}

/** SQL of all columns, in their order. */
export function selectedOf({ columns }: Table): string {
  return columns.map(({ sql }) => sql).join(", ");
}

/** SQL that tells the row with a key. @param first The number of the parameter that its first column is. */
export function hasKey({ key }: Table, first = 1): string {
  return key.map(({ sql, declared }, index) => `${sql} = $${index + first}::${declared}`).join(" AND ");
}

/** The fields that every document has. */
export function fieldsOf({ columns }: Collection): readonly string[] {
  return [...columns.keys()];
}

/** Where documents are. */
export interface DocumentPlace {
  readonly table: Table;
  readonly rules: Pick<CollectionRules, "document">;
}

/** Makes documents of rows, of which all columns were selected; where a column holds the documents, that column's with the key's fields. */
export function documentReader({ table, rules }: DocumentPlace): ReadDocument {
  if (rules.document === undefined) return rowReader(table.columns);
  const held = table.columns.find(({ name }) => name === rules.document);
  const readKey = rowReader(table.key);
  return (cells) => {
    return withKey(readKey(cells), held === undefined ? null : valueOf(held, cells));
  };
}

/** A document that a column holds: its key is that of the row, whatever stands in it. */
function withKey(key: Row, held: Value | undefined): Row {
  const fields = isRow(held) ? Object.entries(held).filter(([name]) => !Object.hasOwn(key, name)) : [];
  return rowFrom([...Object.entries(key), ...fields]);
}

function rowReader(columns: readonly Column[]): ReadDocument {
  // Its copies have each name as their own, whatever it is.
  const empty: Row = rowFrom(columns.map(({ name }) => [name, null] as const));
  return (cells) => {
    const row: Record<string, Value> = { ...empty };
    for (const column of columns) row[column.name] = valueOf(column, cells);
    return row;
  };
}

/** The document that a row of the log is. */
export function documentOfValues({ table, rules: { document } }: Pick<Collection, "table" | "rules">, row: Row): Row {
  if (document === undefined) return row;
  const key = Object.entries(row).filter(([name]) => table.key.some((column) => column.name === name));
  return withKey(rowFrom(key), row[document]);
}

function valueOf({ index, read }: Column, cells: Cells): Value {
  const text = cells[index] ?? null;
  return text === null ? null : read(text);
}
