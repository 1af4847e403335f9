import type { Connection } from "../connect.ts";
import type { Settings } from "../options.ts";
import { isOwn, whyOwn } from "../relation.ts";
import { literal } from "../sql.ts";
import { wireOf } from "../wire.ts";
import { parseCopyRow } from "./copy-row.ts";
import { emitting } from "./message.ts";
import { describeTable, findTable, fromOf, SnapshotRefused, type SnapshotTable, type TablePlace, whyNotPublished } from "./table.ts";
import { parseVisibility, type Visibility } from "./visibility.ts";

/** Rows of one table that were read at once, in the order of their key. */
export interface Chunk {
  readonly table: SnapshotTable;
  readonly rows: readonly ChunkRow[];
  /** What the database showed just before: the rows have all that it sees, and perhaps more. */
  readonly snapshot: Visibility;
  /** When they were read, by the server's clock: RFC 3339, UTC, microseconds. */
  readonly readAt: string;
  /** Of its rows as they were sent. */
  readonly bytes: number;
  /** No rows come after these. */
  readonly isLast: boolean;
}

/** Values as the server prints them, in the order of the table's columns. */
export type ChunkRow = readonly (string | null)[];

export interface ChunkRequest {
  readonly collection: string;
  /** The key of the row before them; absent: they are the first. */
  readonly after?: readonly string[];
  /** What `after` is of. Where the table's is another, reading begins anew. */
  readonly order?: string;
  readonly most: { readonly rows: number; readonly bytes: number };
  /** Is written into the log once the rows were read: by then the log has all that they show. */
  readonly mark: string;
}

/** @throws SnapshotRefused where the table cannot be read as it is; the server's error otherwise, after which the connection is of no use. */
export async function readChunk(connection: Connection, settings: Settings, request: ChunkRequest): Promise<Chunk> {
  const place = await lockTable(connection, settings, request.collection);
  const table = await describeTable(connection, request.collection, place);
  const { rows, bytes, isLast } = await copyRows(connection, table, request);
  return { table, rows, bytes, isLast, snapshot: parseVisibility(place.snapshot), readAt: place.at };
}

/**
 * Opens a transaction and takes a snapshot of the database once the table is locked: to one taken before, a table that is rewritten or truncated meanwhile is
 * empty. Whatever the isolation, the rows are read by this snapshot or by a later one: see `readOn`.
 */
async function lockTable(connection: Connection, settings: Settings, collection: string): Promise<TablePlace> {
  if (isOwn(collection)) throw new SnapshotRefused(whyOwn(collection));
  const seen = await findTable(connection, settings, collection);
  if (seen === undefined) throw gone(collection);
  // Rows are to come by the key's index, whatever the statistics say.
  await connection.client.query(`BEGIN READ ONLY; SET LOCAL enable_sort = off; LOCK TABLE ${fromOf(seen)} IN ACCESS SHARE MODE`);
  const place = await findTable(connection, settings, collection);
  if (place === undefined) throw gone(collection);
  if (!place.isPublished) throw new SnapshotRefused(await whyNotPublished(connection, settings, collection, place));
  return place;
}

function gone(collection: string): SnapshotRefused {
  return new SnapshotRefused(`There is no table "${collection}" in the database any more.`);
}

/** As `COPY`, since its rows come one by one: those that are too many are passed over and take no memory. */
async function copyRows(
  { client }: Connection,
  table: SnapshotTable,
  { after, order, most, mark }: ChunkRequest,
): Promise<Pick<Chunk, "rows" | "bytes" | "isLast">> {
  const rows: ChunkRow[] = [];
  let bytes = 0;
  let passedOver = false;
  const take = ({ chunk }: { readonly chunk: Buffer }): void => {
    passedOver ||= bytes >= most.bytes;
    if (passedOver) return;
    bytes += chunk.length;
    rows.push(parseCopyRow(chunk));
  };
  const select = selectAfter(table, order === table.order ? after : undefined, most.rows);
  wireOf(client).on("copyData", take);
  try {
    await client.query(`COPY (${select}) TO STDOUT; COMMIT; ${emitting("backstitch-snapshot", mark)}`);
  } finally {
    wireOf(client).off("copyData", take);
  }
  return { rows, bytes, isLast: !passedOver && rows.length < most.rows };
}

function selectAfter({ columns, from, filter, key }: SnapshotTable, after: readonly string[] | undefined, limit: number): string {
  const names = key.map(({ sql }) => sql).join(", ");
  // Without a type, so that each is taken for one of its column's.
  const start = after === undefined ? [] : [`(${names}) > (${after.map(literal).join(", ")})`];
  const where = [...(filter === undefined ? [] : [`(${filter})`]), ...start].join(" AND ");
  return `SELECT ${columns.join(", ")} FROM ${from}${where === "" ? "" : ` WHERE ${where}`} ORDER BY ${names} LIMIT ${limit}`;
}

/** The key of a row, as {@link ChunkRequest.after} takes it. */
export function keyTextOf({ key }: SnapshotTable, row: ChunkRow): readonly string[] {
  return key.map(({ index }) => row[index] ?? "");
}
