import { Client } from "pg";
import type { Batch, ChangeEvent, Positions, Source } from "@backstitch/core/source";
import { postgresSource, setupPostgres, type PostgresSourceOptions, type TableNeed } from "@backstitch/sources/postgres";

/** A database of its own on a test server. */
export interface Database {
  readonly url: string;
  /** Runs statements one after the other. */
  run(...statements: readonly string[]): Promise<void>;
  rows(sql: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

let databases = 0;
/** Those that were closed, by their server: to make one takes longer than most tests do, to empty one does not. */
const closed = new Map<string, Set<string>>();

export async function openDatabase(serverUrl: string): Promise<Database> {
  const free = closed.get(serverUrl) ?? new Set();
  closed.set(serverUrl, free);
  const [again] = free;
  if (again !== undefined) free.delete(again);
  const database = await connectTo(again ?? (await createDatabase(serverUrl)));
  if (again !== undefined) await empty(database);
  return {
    ...database,
    async close() {
      await database.close();
      free.add(database.url);
    },
  };
}

async function createDatabase(serverUrl: string): Promise<string> {
  const name = `test_${process.pid}_${++databases}`;
  const admin = await connected(serverUrl);
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  return serverUrl.replace(/\/[^/]*$/, `/${name}`);
}

/** As it was made. */
async function empty({ run, rows }: Database): Promise<void> {
  const slots = "FROM pg_replication_slots WHERE database = current_database()";
  await until(async () => {
    await run(`SELECT pg_drop_replication_slot(slot_name) ${slots} AND NOT active`);
    return (await rows(`SELECT pg_terminate_backend(active_pid) ${slots}`)).length === 0;
  });
  await run(`DO $$ DECLARE gone text; BEGIN
    FOR gone IN SELECT format('PUBLICATION %I', pubname) FROM pg_publication
      UNION ALL SELECT format('SCHEMA %I CASCADE', nspname) FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)'
    LOOP EXECUTE 'DROP ' || gone; END LOOP;
    CREATE SCHEMA public AUTHORIZATION pg_database_owner;
    GRANT USAGE ON SCHEMA public TO PUBLIC;
  END $$`);
}

/** A connection to a database that is there. */
export async function connectTo(url: string): Promise<Database> {
  const client = await connected(url);
  return {
    url,
    async run(...statements) {
      for (const sql of statements) await client.query(sql);
    },
    rows: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
    close: () => client.end(),
  };
}

async function connected(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  // A server that is stopped on purpose.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

let sources = 0;

/** Options of a source whose slot nobody else has. */
export function freshOptions(database: Database, more: Partial<PostgresSourceOptions> = {}): PostgresSourceOptions {
  return { name: `shop${++sources}_${process.pid}`, connectionString: database.url, ...more };
}

/** A source that is set up for the tables: what is committed from now on is read. */
export async function setUp(database: Database, tables: readonly TableNeed[], more: Partial<PostgresSourceOptions> = {}): Promise<Source> {
  const options = freshOptions(database, more);
  await setupPostgres(options, tables);
  return postgresSource(options);
}

/** Reads until so many events came, then stops. */
export async function readEvents(source: Source, count: number, from: Positions = new Map()): Promise<readonly ChangeEvent[]> {
  return (await readBatches(source, (batches) => batches.reduce((sum, { events }) => sum + events.length, 0) >= count, from)).flatMap(
    ({ events }) => events,
  );
}

const DEADLINE_MS = 20_000;

/** Reads until enough was accepted. */
export async function readBatches(
  source: Source,
  enough: (batches: readonly Batch[]) => boolean,
  from: Positions = new Map(),
): Promise<readonly Batch[]> {
  const batches: Batch[] = [];
  const stop = new AbortController();
  const late = AbortSignal.timeout(DEADLINE_MS);
  await source.read(
    from,
    async (batch) => {
      batches.push(batch);
      if (enough(batches)) stop.abort();
    },
    AbortSignal.any([stop.signal, late]),
  );
  if (!enough(batches))
    throw new Error(
      `Not enough within ${DEADLINE_MS} ms: ${batches.length} batches, ${batches.flatMap(({ events }) => events).length} events.`,
    );
  return batches;
}

export function positionsAfter(batches: readonly Batch[]): Positions {
  return new Map(batches.map(({ partition, to }) => [partition, to]));
}

/** Asks until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>, deadlineMs = DEADLINE_MS): Promise<void> {
  for (const end = Date.now() + deadlineMs; !(await isSo());) {
    if (Date.now() > end) throw new Error(`It did not come to be within ${deadlineMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
