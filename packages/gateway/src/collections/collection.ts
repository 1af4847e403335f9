import { isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { CollectionRules } from "@backstitch/rules/roles";
import type { Column, Table } from "../postgres/catalogue.ts";
import type { TextRow } from "../postgres/database.ts";

/** A collection over HTTP: a table, and the rules over its documents. */
export interface Collection {
  readonly rules: CollectionRules;
  readonly table: Table;
  /** SQL of what a document is read from. */
  readonly selected: string;
}

export function collectionOf(rules: CollectionRules, table: Table): Collection {
  return { rules, table, selected: table.columns.map(({ sql }) => sql).join(", ") };
}

/** The fields that every document has. */
export function fieldsOf({ table, rules }: Collection): readonly string[] {
  return (rules.document === undefined ? table.columns : table.key).map(({ name }) => name);
}

/** Where documents are. */
export interface DocumentPlace {
  readonly table: Table;
  readonly rules: Pick<CollectionRules, "document">;
}

/** The document that a row is; where a column holds the documents, that column's with the key's fields. */
export function documentOf({ table, rules }: DocumentPlace, row: TextRow): Row {
  if (rules.document === undefined) return rowFrom(table.columns.map((column) => [column.name, valueOf(column, row)] as const));
  const held = table.columns.find(({ name }) => name === rules.document);
  const inside = held === undefined ? null : valueOf(held, row);
  const key = table.key.map((column) => [column.name, valueOf(column, row)] as const);
  const fields = isRow(inside) ? Object.entries(inside).filter(([name]) => !table.key.some((column) => column.name === name)) : [];
  return rowFrom([...key, ...fields]);
}

/** The document that a row of the log is. */
export function documentOfValues({ table, rules: { document } }: Pick<Collection, "table" | "rules">, row: Row): Row {
  if (document === undefined) return row;
  const inside = row[document];
  const isKey = (name: string): boolean => table.key.some((column) => column.name === name);
  const key = Object.entries(row).filter(([name]) => isKey(name));
  return rowFrom([...key, ...(isRow(inside) ? Object.entries(inside).filter(([name]) => !isKey(name)) : [])]);
}

function valueOf({ name, read }: Column, row: TextRow): Value {
  const text = row[name] ?? null;
  return text === null ? null : read(text);
}
