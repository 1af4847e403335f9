import type { Row } from "@backstitch/core/values";
import { readable, type Asker, type Query } from "@backstitch/rules/roles";
import { HttpProblem } from "../http/problem.ts";
import type { Cells, Queries } from "../postgres/database.ts";
import { every, narrow, Parameters, type ColumnOf, type Narrowed } from "../postgres/narrow.ts";
import { createBatches, type Batches } from "./batches.ts";
import { fieldsOf, type Collection } from "./collection.ts";
import type { Position } from "./cursor.ts";
import { createRoom } from "./room.ts";
import { after, orderBy, type SortKey } from "./sort.ts";
import { createTurn } from "./turn.ts";
import { rightsOf } from "./visible.ts";

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
  /** Where the next begins, though this may have fewer than the limit; undefined: there is none. */
  readonly next: Position | undefined;
}

/** So many rows are looked at for one page, where statements cannot tell which are wanted. */
const MOST_LOOKED_AT = 10_000;

/** The documents that an asker may read and that match: narrowed by the database, decided for each. */
export async function list(queries: Queries, collection: Collection, asker: Asker, options: ListOptions): Promise<Page> {
  const { query, sort, limit } = options;
  const documents: Row[] = [];
  const keys: (readonly string[])[] = [];
  const batches = batchesOf(queries, collection, asker, options);
  const hasRoom = createRoom();
  let last: Cells | undefined;
  for (let looked = 0; ;) {
    const { rows, isLast } = await batches.next(Math.max(limit - documents.length + 1, looked));
    const turn = createTurn();
    for (const row of rows) {
      if (turn.isOver()) await turn.next();
      const document = visible(collection, asker, query, row);
      if (document !== undefined) {
        // The page is full, and this is of the next.
        if (documents.length === limit || !hasRoom(document, row)) return { documents, keys, next: last && positionOf(last, sort) };
        documents.push(document);
        keys.push(collection.table.key.map(({ index }) => row[index] ?? ""));
      }
      last = row;
    }
    if (isLast) return { documents, keys, next: undefined };
    looked += rows.length;
    if (looked >= MOST_LOOKED_AT) return { documents, keys, next: last && positionOf(last, sort) };
  }
}

function visible(collection: Collection, asker: Asker, query: Query | undefined, row: Cells): Row | undefined {
  const document = readable(collection.rules, asker, collection.read(row));
  return document === undefined || query === undefined || query.matches(document) ? document : undefined;
}

function positionOf(row: Cells, sort: readonly SortKey[]): Position {
  return sort.map(({ column }) => row[column.index] ?? null);
}

function batchesOf(queries: Queries, collection: Collection, asker: Asker, { query, sort, from }: Omit<ListOptions, "limit">): Batches {
  const { table, selected } = collection;
  const narrowed = narrowedFor(collection, asker, query);
  return createBatches((last, limit, characters) => {
    const parameters = new Parameters();
    const found = narrowed.sql(parameters);
    const behind = last === undefined ? from : positionOf(last, sort);
    const where = behind === undefined ? found : `(${found}) AND (${after(sort, behind, parameters)})`;
    // The limit is written out, or the plan of a prepared statement would expect a tenth of the table.
    const sql = `SELECT ${selected} FROM ${table.sql} WHERE ${where} ORDER BY ${orderBy(sort)} LIMIT ${limit}`;
    return queries.first(sql, parameters.values, characters);
  });
}

/** How many documents the asker may read match. @throws HttpProblem 422 where they would all have to be looked at, and are too many */
export async function count(queries: Queries, collection: Collection, asker: Asker, query: Query | undefined): Promise<number> {
  const { sql, exact } = narrowedFor(collection, asker, query);
  if (exact) {
    const parameters = new Parameters();
    const [row] = await queries.cells(`SELECT count(*) FROM ${collection.table.sql} WHERE ${sql(parameters)}`, parameters.values);
    return Number(row?.[0] ?? 0);
  }
  const sort = collection.table.key.map((column) => ({ column, descending: false }));
  const batches = batchesOf(queries, collection, asker, { query, sort, from: undefined });
  let found = 0;
  for (let looked = 0; looked <= MOST_LOOKED_AT;) {
    const { rows, isLast } = await batches.next(MOST_LOOKED_AT + 1 - looked);
    const turn = createTurn();
    for (const row of rows) {
      if (turn.isOver()) await turn.next();
      if (visible(collection, asker, query, row) !== undefined) found += 1;
    }
    looked += rows.length;
    if (isLast && looked <= MOST_LOOKED_AT) return found;
  }
  throw new HttpProblem(422, "COUNT_TOO_LARGE", `More than ${MOST_LOOKED_AT} documents would have to be looked at to be counted.`);
}

/** What the database can decide of the asker's rights and of what they ask. */
function narrowedFor(collection: Collection, asker: Asker, query: Query | undefined): Narrowed {
  const { rules, columns } = collection;
  const { visible, canAlwaysRead } = rightsOf(rules, asker, fieldsOf(collection));
  // A field that an asker may not read in every document would tell of itself by which are found.
  const askedColumn: ColumnOf = (field) => (canAlwaysRead(field) ? columns.get(field) : undefined);
  const byRules = narrow(visible, (field) => columns.get(field));
  const parts = query === undefined ? [byRules] : [byRules, narrow(query.condition.form, askedColumn)];
  return every(parts) ?? { sql: () => "TRUE", exact: false };
}
