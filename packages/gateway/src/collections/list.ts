import type { Row } from "@backstitch/core/values";
import { readable, type Asker, type Query } from "@backstitch/rules/roles";
import { HttpProblem } from "../http/problem.ts";
import type { Column } from "../postgres/catalogue.ts";
import type { Queries, TextRow } from "../postgres/database.ts";
import { narrow, Parameters, type Narrowed } from "../postgres/narrow.ts";
import { documentOf, fieldsOf, type Collection } from "./collection.ts";
import type { Position } from "./cursor.ts";
import { after, orderBy, type SortKey } from "./sort.ts";
import { rightsOf, type Rights } from "./visible.ts";

/** What is asked of a collection. */
export interface ListOptions {
  /** Over what the asker may read of a document. Absent: all that they may read. */
  readonly query: Query | undefined;
  readonly sort: readonly SortKey[];
  readonly limit: number;
  /** Behind it. Absent: from the beginning. */
  readonly from: Position | undefined;
}

/** A page of what the asker may read. */
export interface Page {
  readonly documents: readonly Row[];
  /** Of the same documents, as they stand in an address, whoever may read them. */
  readonly keys: readonly (readonly string[])[];
  /** Where the next begins; undefined: there is none. */
  readonly next: Position | undefined;
}

/** So many rows are looked at for one page, where statements cannot tell which are wanted. */
const MOST_LOOKED_AT = 10_000;
const LARGEST_BATCH = 1_000;

/** The documents that an asker may read and that match: narrowed by the database, decided for each. */
export async function list(queries: Queries, collection: Collection, asker: Asker, options: ListOptions): Promise<Page> {
  const { query, sort, limit } = options;
  const documents: Row[] = [];
  const keys: (readonly string[])[] = [];
  let from = options.from;
  let last: TextRow | undefined;
  for (let looked = 0; ;) {
    const wanted = Math.min(LARGEST_BATCH, Math.max(limit - documents.length + 1, looked));
    const rows = await select(queries, collection, asker, { ...options, from, limit: wanted });
    for (const row of rows) {
      const document = visible(collection, asker, query, row);
      // The page is full, and this is of the next.
      if (document !== undefined && documents.length === limit) return { documents, keys, next: last && positionOf(last, sort) };
      if (document !== undefined) documents.push(document);
      if (document !== undefined) keys.push(collection.table.key.map(({ name }) => row[name] ?? ""));
      last = row;
    }
    if (rows.length < wanted) return { documents, keys, next: undefined };
    from = last && positionOf(last, sort);
    looked += rows.length;
    if (looked >= MOST_LOOKED_AT) return { documents, keys, next: from };
  }
}

function visible(collection: Collection, asker: Asker, query: Query | undefined, row: TextRow): Row | undefined {
  const document = readable(collection.rules, asker, documentOf(collection, row));
  return document === undefined || query === undefined || query.matches(document) ? document : undefined;
}

function positionOf(row: TextRow, sort: readonly SortKey[]): Position {
  return sort.map(({ column }) => row[column.name] ?? null);
}

async function select(
  queries: Queries,
  collection: Collection,
  asker: Asker,
  { query, sort, from, limit }: ListOptions,
): Promise<readonly TextRow[]> {
  const { table, selected } = collection;
  const parameters = new Parameters();
  const narrowed = narrowedFor(collection, asker, query, parameters);
  const where = [narrowed.text, ...(from === undefined ? [] : [after(sort, from, parameters)])].map((text) => `(${text})`).join(" AND ");
  // Written out, or the plan of a prepared statement would expect a tenth of the table.
  return asked(queries, parameters, `SELECT ${selected} FROM ${table.sql} WHERE ${where} ORDER BY ${orderBy(sort)} LIMIT ${limit}`);
}

function asked(queries: Queries, parameters: Parameters, text: string): Promise<readonly TextRow[]> {
  const { sql, values } = parameters.statement(text);
  return queries.query(sql, values);
}

/** How many documents the asker may read match. @throws HttpProblem 422 where they would all have to be looked at, and are too many */
export async function count(queries: Queries, collection: Collection, asker: Asker, query: Query | undefined): Promise<number> {
  const parameters = new Parameters();
  const narrowed = narrowedFor(collection, asker, query, parameters);
  if (narrowed.exact) {
    const [row] = await asked(queries, parameters, `SELECT count(*) AS count FROM ${collection.table.sql} WHERE ${narrowed.text}`);
    return Number(row?.["count"] ?? 0);
  }
  const most = MOST_LOOKED_AT + 1;
  const sql = `SELECT ${collection.selected} FROM ${collection.table.sql} WHERE ${narrowed.text} LIMIT ${most}`;
  const rows = await asked(queries, parameters, sql);
  if (rows.length === most)
    throw new HttpProblem(422, "COUNT_TOO_LARGE", `More than ${MOST_LOOKED_AT} documents would have to be looked at to be counted.`);
  return rows.filter((row) => visible(collection, asker, query, row) !== undefined).length;
}

/** What the database can decide of the asker's rights and of what they ask. */
function narrowedFor(collection: Collection, asker: Asker, query: Query | undefined, parameters: Parameters): Narrowed {
  const rights = rightsOf(collection.rules, asker, fieldsOf(collection));
  const columns = columnsOf(collection);
  const byRules = narrow(rights.visible, { parameters, column: (field) => columns.get(field) });
  const byQuery = query && narrow(query.condition.form, { parameters, column: askedColumn(columns, rights) });
  const known = [byRules, ...(query === undefined ? [] : [byQuery])];
  const parts = known.filter((part) => part !== undefined);
  return {
    text: parts.length === 0 ? "TRUE" : parts.map(({ text }) => `(${text})`).join(" AND "),
    exact: parts.length === known.length && parts.every(({ exact }) => exact),
  };
}

/** A field that an asker may not read in every document would tell of itself by which are found. */
function askedColumn(columns: ReadonlyMap<string, Column>, rights: Rights): (field: string) => Column | undefined {
  return (field) => (rights.canAlwaysRead(field) ? columns.get(field) : undefined);
}

function columnsOf({ table, rules }: Collection): ReadonlyMap<string, Column> {
  const columns = rules.document === undefined ? table.columns : table.key;
  return new Map(columns.map((column) => [column.name, column]));
}
