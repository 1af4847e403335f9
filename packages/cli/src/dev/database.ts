import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { Quit } from "../quit.ts";
import { commentOf, statementsOf } from "./play.ts";

/** The time between two statements, so that a person can watch. */
const PAUSE_MS = 600;

/** Runs a file of SQL as one. @throws Quit with PostgreSQL's words where a statement is wrong. */
export async function applySql(url: string, file: string): Promise<void> {
  const sql = await readFile(file, "utf8").catch(() => undefined);
  if (sql !== undefined) await withClient(url, (client) => runSql(client, file, sql));
}

/** Runs a file of SQL statement by statement, telling each statement's comment. */
export async function playSql(url: string, file: string, tell: (comment: string) => void, signal: AbortSignal): Promise<void> {
  const sql = await readFile(file, "utf8").catch(() => {
    throw new Quit(`There is no file "${file}" to play.`);
  });
  await withClient(url, async (client) => {
    for (const statement of statementsOf(sql)) {
      if (signal.aborted) return;
      const comment = commentOf(statement);
      if (comment !== undefined) tell(comment);
      await runSql(client, file, statement);
      await wait(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  });
}

/** Resolves when the slots have been acknowledged up to what is written now: everything so far is in the journal. */
export async function caughtUp(url: string, signal: AbortSignal): Promise<void> {
  await withClient(url, async (client) => {
    const written = await client.query<{ lsn: string }>("SELECT pg_current_wal_lsn()::text AS lsn");
    const behind = "SELECT 1 FROM pg_replication_slots WHERE slot_type = 'logical' AND confirmed_flush_lsn < $1::pg_lsn";
    while (!signal.aborted && ((await client.query(behind, [written.rows[0]?.lsn])).rowCount ?? 0) > 0) await wait(50);
  });
}

async function runSql(client: Client, file: string, sql: string): Promise<void> {
  await client.query(sql).catch((error: unknown) => {
    throw new Quit(`${file}: PostgreSQL says: ${error instanceof Error ? error.message : "no reason given"}.`);
  });
}

async function withClient(url: string, use: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
