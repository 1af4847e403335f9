import { readdirSync, readFileSync } from "node:fs";
import { HttpProblem } from "../http/problem.ts";
import type { Database, Queries } from "./database.ts";

/** Tables of the gateway's own, in the schema `backstitch`. Each part counts for itself, and so does a journal that is in the same schema. */
const PARTS = {
  login: { done: "backstitch.login_migration", kept: "Users are" },
  idempotency: { done: "backstitch.gateway_idempotency_migration", kept: "Idempotency keys are" },
} as const;

type Part = keyof typeof PARTS;

/** What should be kept cannot be kept where it should be. */
export class TablesUnavailable extends Error {
  override readonly name = "TablesUnavailable";
}

/** Makes the tables of a part, or brings them up to date, whoever comes first. @throws TablesUnavailable */
export async function migrate(database: Database, part: Part): Promise<void> {
  const { done, kept } = PARTS[part];
  try {
    await database.transaction(async (queries) => {
      await queries.query("SELECT pg_advisory_xact_lock(hashtextextended('backstitch/' || $1 || '/migrate', 0))", [part]);
      const stored = await storedNumber(queries, done);
      const files = migrationsOf(part);
      const latest = files.at(-1)?.number ?? 0;
      if (stored > latest)
        throw new TablesUnavailable(
          `${kept} kept in the schema "backstitch" by a newer Backstitch (migration ${stored}, here ${latest}). Update Backstitch.`,
        );
      for (const file of files.filter(({ number }) => number > stored)) await apply(queries, file, done);
    });
  } catch (error) {
    if (!(error instanceof HttpProblem) || error.code !== "NOT_PERMITTED") throw error;
    throw new TablesUnavailable(
      `${kept} kept in the schema "backstitch", which the gateway may not make: GRANT CREATE ON DATABASE … TO its role, or make the schema and let the role own it.`,
    );
  }
}

interface Migration {
  readonly number: number;
  readonly path: URL;
}

/** Beside `src` and `dist` alike. */
function migrationsOf(part: Part): readonly Migration[] {
  const folder = new URL(`../../migrations/${part}/`, import.meta.url);
  return readdirSync(folder)
    .filter((name) => /^\d{3}-[a-z-]+\.sql$/.test(name))
    .toSorted()
    .map((name) => ({ path: new URL(name, folder), number: Number(name.slice(0, 3)) }));
}

async function storedNumber(queries: Queries, done: string): Promise<number> {
  const [schema] = await queries.query("SELECT FROM pg_namespace WHERE nspname = 'backstitch'", []);
  if (schema === undefined) await queries.query("CREATE SCHEMA IF NOT EXISTS backstitch", []);
  const [there] = await queries.query(`SELECT to_regclass('${done}') IS NOT NULL AS there`, []);
  if (there?.["there"] !== "t") {
    await queries.query(`CREATE TABLE ${done} (number integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`, []);
    return 0;
  }
  const [last] = await queries.query(`SELECT coalesce(max(number), 0) AS number FROM ${done}`, []);
  return Number(last?.["number"]);
}

/** What is prepared is one statement at a time. */
async function apply(queries: Queries, { number, path }: Migration, done: string): Promise<void> {
  const sql = readFileSync(path, "utf8").replaceAll(/^--.*$/gm, "");
  for (const statement of sql.split(/;\s*$/m)) if (statement.trim() !== "") await queries.query(statement, []);
  await queries.query(`INSERT INTO ${done} (number) VALUES ($1::integer)`, [String(number)]);
}
