import { readdirSync, readFileSync } from "node:fs";
import { HttpProblem } from "../http/problem.ts";
import type { Database, Queries } from "../postgres/database.ts";

/** Beside `src` and `dist` alike. */
const FOLDER = new URL("../../migrations/", import.meta.url);
/** Of its own: the journal may be in the same schema, and has its own numbers. */
const DONE = "backstitch.login_migration";

/** Users and sessions cannot be kept where they should be. */
export class LoginUnavailable extends Error {
  override readonly name = "LoginUnavailable";
}

/** Makes the tables, or brings them up to date, whoever comes first. @throws LoginUnavailable */
export async function migrateLogin(database: Database): Promise<void> {
  try {
    await database.transaction(async (queries) => {
      await queries.query("SELECT pg_advisory_xact_lock(hashtextextended('backstitch/login/migrate', 0))", []);
      const stored = await storedNumber(queries);
      const files = migrations();
      const latest = files.at(-1)?.number ?? 0;
      if (stored > latest)
        throw new LoginUnavailable(
          `The users in the schema "backstitch" are a newer Backstitch's (migration ${stored}, here ${latest}). Update Backstitch.`,
        );
      for (const { number, name } of files.filter((file) => file.number > stored)) await apply(queries, number, name);
    });
  } catch (error) {
    if (!(error instanceof HttpProblem) || error.code !== "NOT_PERMITTED") throw error;
    throw new LoginUnavailable(
      'Users are kept in the schema "backstitch", which the gateway may not make: GRANT CREATE ON DATABASE … TO its role, or make the schema and let the role own it.',
    );
  }
}

function migrations(): readonly { readonly number: number; readonly name: string }[] {
  return readdirSync(FOLDER)
    .filter((name) => /^\d{3}-[a-z-]+\.sql$/.test(name))
    .toSorted()
    .map((name) => ({ name, number: Number(name.slice(0, 3)) }));
}

async function storedNumber(queries: Queries): Promise<number> {
  const [schema] = await queries.query("SELECT FROM pg_namespace WHERE nspname = 'backstitch'", []);
  if (schema === undefined) await queries.query("CREATE SCHEMA backstitch", []);
  const [there] = await queries.query(`SELECT to_regclass('${DONE}') IS NOT NULL AS there`, []);
  if (there?.["there"] !== "t") {
    await queries.query(`CREATE TABLE ${DONE} (number integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`, []);
    return 0;
  }
  const [last] = await queries.query(`SELECT coalesce(max(number), 0) AS number FROM ${DONE}`, []);
  return Number(last?.["number"]);
}

/** What is prepared is one statement at a time. */
async function apply(queries: Queries, number: number, name: string): Promise<void> {
  const sql = readFileSync(new URL(name, FOLDER), "utf8").replaceAll(/^--.*$/gm, "");
  for (const statement of sql.split(/;\s*$/m)) if (statement.trim() !== "") await queries.query(statement, []);
  await queries.query(`INSERT INTO ${DONE} (number) VALUES ($1::integer)`, [String(number)]);
}
