import { rowFrom, type Row } from "@backstitch/core/values";
import type { CollectionRules } from "@backstitch/rules/roles";
import type { Table } from "../postgres/catalogue.ts";
import type { Queries } from "../postgres/database.ts";
import { documentReader, selectedOf } from "../collections/collection.ts";
import type { CustomDataOptions } from "./settings.ts";

/** What the project knows of a user. */
export type CustomData = (userId: string) => Promise<Row>;

/** Where it is. */
export interface CustomDataPlace {
  readonly table: Table;
  readonly rules: Pick<CollectionRules, "document">;
  readonly options: CustomDataOptions;
}

/** @returns What is wrong, in a sentence, where it cannot be there. */
export function customDataPlace(
  options: CustomDataOptions,
  collections: readonly CollectionRules[],
  tables: ReadonlyMap<string, Table>,
): CustomDataPlace | string {
  const named = collections.find(({ name }) => name === options.collection);
  const table = tables.get(named?.table ?? options.collection);
  if (table === undefined) return `The database has no table ${JSON.stringify(named?.table ?? options.collection)}.`;
  const rules = { document: named?.document };
  const column = table.columns.find(({ name }) => name === options.userIdField);
  const [where, what] = [JSON.stringify(table.name), JSON.stringify(options.userIdField)];
  if (column === undefined && rules.document === undefined) return `The table ${where} has no column ${what}.`;
  if (column !== undefined && !ID_TYPES.has(column.type))
    return `The column ${what} of the table ${where} holds no ids of users: it is of the type ${column.type}, not text or uuid.`;
  return { table, rules, options };
}

const ID_TYPES: ReadonlySet<string> = new Set(["text", "varchar", "uuid"]);

/** Of several rows for a user the one with the first key is taken. */
export async function readCustomData(queries: Queries, { table, rules, options }: CustomDataPlace, userId: string): Promise<Row> {
  const column = table.columns.find(({ name }) => name === options.userIdField);
  const held = table.columns.find(({ name }) => name === rules.document);
  const place = column === undefined ? `${held?.sql ?? ""} ->> $2 = $1` : `${column.sql} = $1::${column.declared}`;
  const order = table.key.map(({ sql }) => sql).join(", ");
  const [row] = await queries.cells(
    `SELECT ${selectedOf(table)} FROM ${table.sql} WHERE ${place}${order === "" ? "" : ` ORDER BY ${order}`} LIMIT 1`,
    column === undefined ? [userId, options.userIdField] : [userId],
  );
  if (row === undefined) return {};
  const document = documentReader({ table, rules })(row);
  const { fields } = options;
  return fields === undefined ? document : rowFrom(Object.entries(document).filter(([name]) => fields.includes(name)));
}
