import { setTimeout as wait } from "node:timers/promises";
import { JournalFull } from "@backstitch/core/journal";
import { Pool, type PoolClient } from "pg";
import { explain, type Place, poolConfig, Refused, Unreachable } from "./connect.ts";

/** A statement with its values. It is prepared once a connection, under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /** How long its answer is waited for. @default 20 s */
  readonly waitMs?: number;
}

export type Rows = readonly Readonly<Record<string, unknown>>[];

export interface Database {
  /** Runs the statements in one transaction and one round trip; each sees what was committed when it began. Gives the rows of each. */
  transaction(statements: readonly Statement[]): Promise<readonly Rows[]>;
  /** The same, where a statement depends on what another said. */
  interactive<Result>(work: (query: (statement: Statement) => Promise<Rows>) => Promise<Result>): Promise<Result>;
  /** One statement, which is its own transaction. */
  query(statement: Statement): Promise<Rows>;
  /**
   * Makes a call until the connection lasts as long as it does. It must be one that may be made again.
   * @throws JournalFull where the server stays away for long, or has no room on its disk.
   */
  persist<Result>(call: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** How long a call waits for the server before the caller is told. */
const PATIENCE_MS = 5_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;
const MOST_CONNECTIONS = 6;

export function openDatabase(place: Place): Database {
  const pool = new Pool(poolConfig(place, MOST_CONNECTIONS));
  // An idle connection that ends is replaced when the next is wanted.
  pool.on("error", () => undefined);

  async function withClient<Result>(use: (client: PoolClient) => Promise<Result>): Promise<Result> {
    const client = await pool.connect().catch((error: unknown) => {
      throw explain(error);
    });
    try {
      const result = await use(client);
      client.release();
      return result;
    } catch (error) {
      // What was not answered has left the connection in a state that nobody knows.
      client.release(!(error instanceof Refused));
      throw error;
    }
  }

  return {
    transaction: (statements) => withClient((client) => pipelined(client, statements)),
    interactive: (work) => withClient((client) => inTransaction(client, work)),
    query: (statement) => withClient(async (client) => rowsOf(client, statement)),
    persist: untilItLasts,
    close: () => pool.end(),
  };
}

async function rowsOf(client: PoolClient, { name, text, values, waitMs }: Statement): Promise<Rows> {
  const limit = waitMs === undefined ? {} : { query_timeout: waitMs };
  try {
    return (await client.query<Record<string, unknown>>({ name, text, values: [...values], ...limit })).rows;
  } catch (error) {
    throw explain(error);
  }
}

const BEGIN: Statement = { name: "begin", text: "BEGIN", values: [] };
const COMMIT: Statement = { name: "commit", text: "COMMIT", values: [] };
const ROLLBACK: Statement = { name: "rollback", text: "ROLLBACK", values: [] };

/** All of it is sent before the first answer comes. After one that fails the server refuses the rest, and COMMIT rolls back. */
async function pipelined(client: PoolClient, statements: readonly Statement[]): Promise<readonly Rows[]> {
  const asked = [BEGIN, ...statements, COMMIT].map((statement) => rowsOf(client, statement));
  const ended = await Promise.allSettled(asked);
  for (const one of ended) if (one.status === "rejected") throw one.reason;
  return (await Promise.all(asked)).slice(1, -1);
}

async function inTransaction<Result>(
  client: PoolClient,
  work: (query: (statement: Statement) => Promise<Rows>) => Promise<Result>,
): Promise<Result> {
  await rowsOf(client, BEGIN);
  try {
    const result = await work((statement) => rowsOf(client, statement));
    await rowsOf(client, COMMIT);
    return result;
  } catch (error) {
    if (error instanceof Refused) await rowsOf(client, ROLLBACK);
    throw error;
  }
}

async function untilItLasts<Result>(call: () => Promise<Result>): Promise<Result> {
  const until = performance.now() + PATIENCE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Unreachable) || performance.now() > until) throw fullOf(error) ?? error;
    }
    await wait(pauseMs);
  }
}

/** What passes by itself, as the JournalFull that is waited for; undefined: anything else. */
export function fullOf(error: unknown): JournalFull | undefined {
  if (lacksRoom(error)) return new JournalFull(NO_ROOM);
  return error instanceof Unreachable ? new JournalFull(`${error.message} It goes on by itself when the server answers.`) : undefined;
}

/** Whether the call was refused for want of room on the server's disk. */
export function lacksRoom(error: unknown): boolean {
  return error instanceof Refused && error.code === DISK_FULL;
}

const DISK_FULL = "53100";
const NO_ROOM = "There is no room on the disk of the journal's server; nothing was stored. It goes on by itself when there is room.";
