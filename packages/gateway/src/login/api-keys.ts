import { randomUUID } from "node:crypto";
import type { Row } from "@backstitch/core/values";
import { HttpProblem } from "../http/problem.ts";
import type { Database, Queries, TextRow } from "../postgres/database.ts";
import { digestOf, randomSecret } from "./digest.ts";
import { instant } from "./time.ts";
import { addUser } from "./users.ts";

/** A key, without what it is. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly disabled: boolean;
  readonly createdAt: string;
}

/** A key that was just made: nobody sees it again. */
export interface NewApiKey extends ApiKey {
  readonly key: string;
}

/** Keys of one user or, where none is named, of servers. */
export interface ApiKeys {
  list(): Promise<readonly ApiKey[]>;
  /** @throws HttpProblem 409 where there are as many as there may be. */
  create(name: string): Promise<NewApiKey>;
  /** Disabling ends the sessions that were begun by it. @throws HttpProblem 404 */
  setDisabled(id: string, disabled: boolean): Promise<void>;
  /** @throws HttpProblem 404 */
  remove(id: string): Promise<void>;
}

const PREFIX = "bsk_";
const KEY = /^bsk_[A-Za-z0-9_-]{43}$/;
const MOST_OF_USER = 20;
const MOST_OF_SERVERS = 100;
const COLUMNS = "k.id, k.name, k.disabled, k.created_at";
/** A server's key has a user of its own, of the same id. */
const WHOSE = "($1::text IS NULL AND k.user_id = k.id OR k.user_id = $1 AND k.user_id <> k.id)";

/** @param userId Undefined: servers'. */
export function apiKeysOf(database: Database, userId: string | undefined, now: () => number): ApiKeys {
  const whose = userId ?? null;
  const changed = async (sql: string, queries: Queries, id: string): Promise<void> => {
    const [row] = await queries.query(sql, [whose, id]);
    if (row === undefined) throw new HttpProblem(404, "API_KEY_UNKNOWN", "You have no such API key.");
  };
  return {
    async list() {
      const rows = await database.query(`SELECT ${COLUMNS} FROM backstitch.login_api_key k WHERE ${WHOSE} ORDER BY k.created_at, k.id`, [
        whose,
      ]);
      return rows.map(apiKeyOf);
    },
    create: (name) => database.transaction((queries) => create(queries, userId, { name, at: now() })),
    setDisabled: (id, disabled) =>
      database.transaction(async (queries) => {
        const sql = `UPDATE backstitch.login_api_key k SET disabled = ${disabled} WHERE ${WHOSE} AND k.id = $2 RETURNING k.id`;
        await changed(sql, queries, id);
        if (disabled) await queries.query("DELETE FROM backstitch.login_session WHERE api_key_id = $1", [id]);
      }),
    async remove(id) {
      // With a server's key its user goes, and by that the key.
      const sql =
        userId === undefined
          ? `DELETE FROM backstitch.login_user u USING backstitch.login_api_key k WHERE ${WHOSE} AND k.id = $2 AND u.id = k.id RETURNING k.id`
          : `DELETE FROM backstitch.login_api_key k WHERE ${WHOSE} AND k.id = $2 RETURNING k.id`;
      await changed(sql, database, id);
    },
  };
}

async function create(queries: Queries, userId: string | undefined, { name, at }: { name: string; at: number }): Promise<NewApiKey> {
  // Of those that are made at the same time none is one too many.
  await queries.query("SELECT pg_advisory_xact_lock(hashtextextended('backstitch/login/api-keys/' || $1, 0))", [userId ?? "servers"]);
  const [counted] = await queries.query(`SELECT count(*) AS n FROM backstitch.login_api_key k WHERE ${WHOSE}`, [userId ?? null]);
  const most = userId === undefined ? MOST_OF_SERVERS : MOST_OF_USER;
  if (Number(counted?.["n"]) >= most)
    throw new HttpProblem(409, "API_KEYS_TOO_MANY", `There are ${most} API keys, which is the most. Delete one.`);
  const [id, key] = [randomUUID(), `${PREFIX}${randomSecret()}`];
  if (userId === undefined) await addUser(queries, { provider: "apiKey", subject: id }, { id, type: "server", data: { name }, at });
  const [row] = await queries.query(
    `INSERT INTO backstitch.login_api_key AS k (id, user_id, name, hash, created_at) VALUES ($1, $2, $3, $4, $5::timestamptz) RETURNING ${COLUMNS}`,
    [id, userId ?? id, name, digestOf(key), instant(at)],
  );
  return { ...apiKeyOf(row ?? {}), key };
}

function apiKeyOf(row: TextRow): ApiKey {
  return {
    id: row["id"] ?? "",
    name: row["name"] ?? "",
    disabled: row["disabled"] === "t",
    createdAt: new Date(row["created_at"] ?? 0).toISOString(),
  };
}

/** Whose a key is. Undefined: nobody's, or it is disabled. */
export async function ownerOfKey(queries: Queries, key: string): Promise<{ readonly id: string; readonly userId: string } | undefined> {
  if (!KEY.test(key)) return undefined;
  const [row] = await queries.query("SELECT id, user_id FROM backstitch.login_api_key WHERE hash = $1 AND NOT disabled", [digestOf(key)]);
  return row && { id: row["id"] ?? "", userId: row["user_id"] ?? "" };
}

/** As it is answered. */
export function apiKeyRow({ id, name, disabled, createdAt }: ApiKey): Row {
  return { id, name, disabled, createdAt };
}
