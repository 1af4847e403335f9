import { readdirSync, readFileSync } from "node:fs";
import type { Client } from "pg";
import { connectSession, type Place } from "./connect.ts";

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
 * Makes the tables, or brings them up to date: each file once, in a transaction of its own, whoever comes first.
 * @throws Error where a newer Backstitch made them.
 */
export async function migrate(place: Place): Promise<void> {
  const client = await connectSession(place);
  try {
    await client.query("SELECT pg_advisory_lock(hashtextextended('backstitch/' || $1 || '/migrate', 0))", [place.schema]);
    if ((await storedNumber(client, place.schema)) === undefined) await createSchema(client, place);
    const stored = (await storedNumber(client, place.schema)) ?? 0;
    refuseNewer(stored, place);
    for (const migration of migrations().filter(({ number }) => number > stored)) await apply(client, migration);
  } finally {
    await client.end();
  }
}

/** @throws Error where the tables are not there, or are another Backstitch's. */
export async function checkMigrated(place: Place): Promise<void> {
  const client = await connectSession(place);
  try {
    const stored = await storedNumber(client, place.schema);
    if (stored === undefined) throw new Error(`There is no journal in the schema "${place.schema}" yet: "backstitch run" makes it.`);
    refuseNewer(stored, place);
    if (stored < latest()) {
      throw new Error(
        `The journal in the schema "${place.schema}" was written by an older Backstitch: "backstitch run" brings it up to date.`,
      );
    }
  } finally {
    await client.end();
  }
}

function latest(): number {
  return migrations().at(-1)?.number ?? 0;
}

function refuseNewer(stored: number, { schema }: Place): void {
  if (stored <= latest()) return;
  throw new Error(
    `The journal in the schema "${schema}" was written by a newer Backstitch (migration ${stored}, here ${latest()}). Update Backstitch.`,
  );
}

/** Undefined: there is no table of migrations. */
async function storedNumber(client: Client, schema: string): Promise<number | undefined> {
  const { rows } = await client.query<{ there: boolean }>("SELECT to_regclass(quote_ident($1) || '.migration') IS NOT NULL AS there", [
    schema,
  ]);
  if (rows[0]?.there !== true) return undefined;
  const found = await client.query<{ number: number }>("SELECT coalesce(max(number), 0) AS number FROM migration");
  return found.rows[0]?.number ?? 0;
}

/** A schema that is there already need not be the user's own, and is not asked for again. */
async function createSchema(client: Client, { schema }: Place): Promise<void> {
  const { rows } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [schema]);
  if (rows.length === 0) await client.query(`CREATE SCHEMA ${client.escapeIdentifier(schema)}`);
  await client.query(
    "CREATE TABLE migration (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
  );
}

async function apply(client: Client, { name, number }: Migration): Promise<void> {
  const sql = readFileSync(new URL(name, FOLDER), "utf8");
  const note = `INSERT INTO migration (number, name) VALUES (${number}, ${client.escapeLiteral(name)})`;
  await client.query(`BEGIN; ${sql}; ${note}; COMMIT`);
}
