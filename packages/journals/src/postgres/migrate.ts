import { readdirSync, readFileSync } from "node:fs";
import { type Client, escapeIdentifier, escapeLiteral } from "pg";
import { explain, type Place } from "./connect.ts";
import type { Database, Rows } from "./database.ts";
import { keyOf } from "./lock.ts";

/** Beside `src` and `dist` alike. */
const FOLDER = new URL("../../migrations/postgres/", import.meta.url);

interface Migration {
  readonly number: number;
  readonly name: string;
}

/** The numbered files, in order. */
function migrations(): readonly Migration[] {
  return readdirSync(FOLDER)
    .filter((name) => /^\d{3}-[a-z-]+\.sql$/.test(name))
    .toSorted()
    .map((name) => ({ name, number: Number(name.slice(0, 3)) }));
}

/**
 * Makes the tables, or brings them up to date: each file once, in a transaction of its own, whoever comes first. A session for which it fails is to be ended.
 * @throws Error where a newer Backstitch made them.
 */
export async function migrate(session: Client, place: Place): Promise<void> {
  const query: Query = async (text, values) => {
    try {
      return (await session.query<Record<string, unknown>>(text, values)).rows;
    } catch (error) {
      throw explain(error);
    }
  };
  await query(`SELECT pg_advisory_lock(${LOCK})`, [place.schema]);
  if ((await storedNumber(query, place.schema)) === undefined) await createSchema(query, place);
  const stored = (await storedNumber(query, place.schema)) ?? 0;
  refuseNewer(stored, place);
  for (const migration of migrations().filter(({ number }) => number > stored)) await apply(query, migration);
  await query(`SELECT pg_advisory_unlock(${LOCK})`, [place.schema]);
}

const LOCK = keyOf("$1", "'migrate'");

/** @throws Error where the tables are not there, or are another Backstitch's. */
export async function checkMigrated(db: Database, place: Place): Promise<void> {
  const stored = await storedNumber((text, values = []) => db.query({ name: UNPREPARED, text, values }), place.schema);
  if (stored === undefined) throw new Error(`There is no journal in the schema "${place.schema}" yet: "backstitch run" makes it.`);
  refuseNewer(stored, place);
  if (stored < latest()) {
    throw new Error(
      `The journal in the schema "${place.schema}" was written by an older Backstitch: "backstitch run" brings it up to date.`,
    );
  }
}

/** It is asked once. */
const UNPREPARED = "";

function latest(): number {
  return migrations().at(-1)?.number ?? 0;
}

function refuseNewer(stored: number, { schema }: Place): void {
  if (stored <= latest()) return;
  throw new Error(
    `The journal in the schema "${schema}" was written by a newer Backstitch (migration ${stored}, here ${latest()}). Update Backstitch.`,
  );
}

/** @throws Unreachable | Refused */
type Query = (text: string, values?: unknown[]) => Promise<Rows>;

/** Undefined: there is no table of migrations. */
async function storedNumber(query: Query, schema: string): Promise<number | undefined> {
  const [found] = await query("SELECT to_regclass(quote_ident($1) || '.migration') IS NOT NULL AS there", [schema]);
  if (found?.["there"] !== true) return undefined;
  const [last] = await query("SELECT coalesce(max(number), 0) AS number FROM migration");
  return last?.["number"] as number;
}

/** A schema that is there already need not be the user's own, and is not asked for again. */
async function createSchema(query: Query, { schema }: Place): Promise<void> {
  const found = await query("SELECT FROM pg_namespace WHERE nspname = $1", [schema]);
  if (found.length === 0) await query(`CREATE SCHEMA ${escapeIdentifier(schema)}`);
  await query("CREATE TABLE migration (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");
}

async function apply(query: Query, { name, number }: Migration): Promise<void> {
  const sql = readFileSync(new URL(name, FOLDER), "utf8");
  const note = `INSERT INTO migration (number, name) VALUES (${number}, ${escapeLiteral(name)})`;
  await query(`BEGIN; ${sql}; ${note}; COMMIT`);
}
