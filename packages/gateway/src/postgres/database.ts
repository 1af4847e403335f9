import type { Secret } from "@backstitch/core/connector";
import { DatabaseError, Pool, Query, type PoolClient, type QueryConfig, type QueryResultRow } from "pg";
import { HttpProblem } from "../http/problem.ts";

/** One row as the server prints it. */
export type TextRow = Readonly<Record<string, string | null>>;

/** One row as the server prints it, by the places of what is selected. */
export type Cells = readonly (string | null)[];

/** The first rows of an answer. */
export interface First {
  readonly rows: readonly Cells[];
  /** Of all their values. */
  readonly characters: number;
  /** There were no others. */
  readonly isWhole: boolean;
}

/** What can be asked within a transaction, and without one. */
export interface Queries {
  /** Values come and go as texts; `sql` holds no text of a request, ever. */
  query(sql: string, parameters: readonly (string | null)[]): Promise<readonly TextRow[]>;
  /** The same, by place: where many rows are read, names cost. */
  cells(sql: string, parameters: readonly (string | null)[]): Promise<readonly Cells[]>;
  /** The first of them, as far as they have so many characters, and one in any case. What else comes is not kept. */
  first(sql: string, parameters: readonly (string | null)[], characters: number): Promise<First>;
}

/** The database whose tables are collections. */
export interface Database extends Queries {
  /** Commits where `work` resolves, rolls back where it throws. */
  transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgres://user:password@host/database`. */
  readonly connectionString: Secret;
  /** Connections at the same time. @default 10 */
  readonly connections?: number | undefined;
  /** A statement that takes longer is cut. Milliseconds. @default 15_000 */
  readonly statementMs?: number | undefined;
  /** A request that gets no connection within it is answered with 503. Milliseconds. @default 10_000 */
  readonly waitMs?: number | undefined;
}

/** Values are printed in the form that they are read from, whatever the server's and the role's own settings. */
const SESSION = [
  ["DateStyle", "ISO"],
  ["IntervalStyle", "iso_8601"],
  ["TimeZone", "UTC"],
  ["extra_float_digits", "3"],
  ["bytea_output", "hex"],
  ["client_encoding", "UTF8"],
] as const;
const AS_TEXT = { getTypeParser: () => (text: string) => text };
/** Statements that are asked again and again are prepared once on each connection; a server keeps so many of each. */
const MOST_PREPARED = 200;

export function openDatabase(options: DatabaseOptions): Database {
  const pool = openPool(options);
  const prepared = namesOfStatements();
  const alone = <Result>(ask: (queries: Queries) => Promise<Result>): Promise<Result> =>
    withClient(pool, (client) => ask(queriesOn(client, prepared)));
  return {
    query: (sql, parameters) => alone((queries) => queries.query(sql, parameters)),
    cells: (sql, parameters) => alone((queries) => queries.cells(sql, parameters)),
    first: (sql, parameters, characters) => alone((queries) => queries.first(sql, parameters, characters)),
    transaction: (work) => withClient(pool, (client) => inTransaction(client, () => work(queriesOn(client, prepared)))),
    close: () => pool.end(),
  };
}

/** Of a gateway without collections: nothing is asked of it. */
export const noDatabase: Database = {
  query: () => Promise.reject(away()),
  cells: () => Promise.reject(away()),
  first: () => Promise.reject(away()),
  transaction: () => Promise.reject(away()),
  close: () => Promise.resolve(),
};

function openPool({ connectionString, connections = 10, statementMs = 15_000, waitMs = 10_000 }: DatabaseOptions): Pool {
  const settings = SESSION.map(([name, value]) => `-c ${name}=${value}`).join(" ");
  const pool = new Pool({
    connectionString: connectionString.reveal(),
    max: connections,
    options: `${settings} -c statement_timeout=${statementMs}`,
    fallback_application_name: "backstitch gateway",
    connectionTimeoutMillis: waitMs,
    keepAlive: true,
  });
  // A connection that breaks while nobody uses it is made anew.
  pool.on("error", () => undefined);
  // One that breaks within a transaction says so to whoever asks by it; what it says beside would end the process.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/** Gives a statement the name under which it is prepared; undefined: it is not. */
type NameOf = (sql: string) => string | undefined;

function namesOfStatements(): NameOf {
  const names = new Map<string, string>();
  return (sql) => {
    const known = names.get(sql);
    if (known !== undefined || names.size >= MOST_PREPARED) return known;
    const name = `backstitch_${names.size}`;
    names.set(sql, name);
    return name;
  };
}

/** Connections that are of no more use: they are broken, or their prepared statements are of a table as it was. */
const spent = new WeakSet<PoolClient>();

/** The pool's own way to ask closes the connection after every error, and whoever asks for a key that is none would have one made each time. */
async function withClient<Result>(pool: Pool, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect().catch((error: unknown) => {
    throw toldToAsker(error);
  });
  try {
    return await work(client);
  } finally {
    client.release(spent.has(client));
  }
}

function queriesOn(client: PoolClient, nameOf: NameOf): Queries {
  const asked = (text: string, values: readonly (string | null)[]): QueryConfig => {
    return { name: nameOf(text), text, values: [...values], types: AS_TEXT };
  };
  const refused = (error: unknown): never => {
    if (isOutdated(error)) spent.add(client);
    throw toldToAsker(error);
  };
  return {
    query: (sql, values) => rowsOf<TextRow>(client, asked(sql, values)).catch(refused),
    cells: (sql, values) => rowsOf<Cells>(client, { ...asked(sql, values), rowMode: "array" } as QueryConfig).catch(refused),
    first: (sql, values, characters) => firstOf(client, asked(sql, values), characters).catch(refused),
  };
}

function firstOf(client: PoolClient, config: QueryConfig, most: number): Promise<First> {
  const { promise, resolve, reject } = Promise.withResolvers<First>();
  const rows: Cells[] = [];
  let characters = 0;
  let isWhole = true;
  const query = new Query<(string | null)[]>({ ...config, rowMode: "array" } as QueryConfig);
  query.on("row", (row) => {
    const more = charactersOf(row);
    isWhole &&= rows.length === 0 || characters + more <= most;
    if (!isWhole) return;
    characters += more;
    rows.push(row);
  });
  query.on("end", () => resolve({ rows, characters, isWhole }));
  query.on("error", reject);
  client.query(query);
  return promise;
}

export function charactersOf(cells: Cells): number {
  let characters = 0;
  for (const text of cells) characters += text === null ? 0 : text.length;
  return characters;
}

/** By a callback: what a promise of pg's own leaves behind outlives V8's collections of young objects, and each of them then holds up all requests. */
function rowsOf<Found extends QueryResultRow>(client: PoolClient, config: QueryConfig): Promise<readonly Found[]> {
  return new Promise((resolve, reject) => {
    client.query<Found>(config, (error: Error | null, result) => (error === null ? resolve(result.rows) : reject(error)));
  });
}

/** A column has another type than when the statement was prepared. */
function isOutdated(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === "0A000" && error.routine === "RevalidateCachedQuery";
}

async function inTransaction<Result>(client: PoolClient, work: () => Promise<Result>): Promise<Result> {
  try {
    await rowsOf(client, { text: "BEGIN" });
    const result = await work();
    // A constraint may be checked only now.
    await rowsOf(client, { text: "COMMIT" }).catch((error: unknown) => {
      throw toldToAsker(error);
    });
    return result;
  } catch (error) {
    await rowsOf(client, { text: "ROLLBACK" }).catch(() => void spent.add(client));
    throw error;
  }
}

/** Values that a column cannot hold, and constraints: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const NOT_VALID = /^(?:22|23(?:001|502|503|514)|54000|P0001)/;
/** Unique values, and what an exclusion constraint keeps apart. */
const TAKEN = /^23(?:505|P01)/;

/** What the database refuses of a request is told without values; what it cannot do now is not the asker's. */
export function toldToAsker(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return isAway(error) ? away() : error;
  const { code = "", column, constraint } = error;
  const where = [column && `column ${JSON.stringify(column)}`, constraint && `constraint ${JSON.stringify(constraint)}`].filter(Boolean);
  const place = where.length === 0 ? "" : ` (${where.join(", ")})`;
  if (TAKEN.test(code)) return new HttpProblem(409, "ALREADY_THERE", `There is such a document already${place}.`);
  if (NOT_VALID.test(code)) return new HttpProblem(422, "VALUE_INVALID", `The database does not take a value: ${code}${place}.`);
  // A key that is none was looked for in the transaction before: nothing else goes on after an error.
  if (code === "25P02") return new HttpProblem(422, "VALUE_INVALID", "The key cannot be one of a document here.");
  if (code === "42501") return new HttpProblem(403, "NOT_PERMITTED", "The database does not permit this to the gateway.");
  if (code === "57014") return new HttpProblem(503, "TOO_SLOW", "The database took too long.", { headers: { "retry-after": "5" } });
  if (code === "40001" || code === "40P01" || isOutdated(error))
    return new HttpProblem(503, "BUSY", "Ask again.", { headers: { "retry-after": "1" } });
  return /^(?:08|53|57)/.test(code) ? away() : error;
}

function isAway(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === "string" || (typeof message === "string" && /timeout|terminated|connection/i.test(message));
}

function away(): HttpProblem {
  return new HttpProblem(503, "DATABASE_AWAY", "The database cannot be reached now.", { headers: { "retry-after": "5" } });
}
