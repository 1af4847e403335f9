import { randomUUID } from "node:crypto";
import { HttpProblem } from "../http/problem.ts";
import type { Database, Queries, TextRow } from "../postgres/database.ts";
import { digestOf, keyedDigest, randomSecret } from "./digest.ts";
import { DAY_MS, instant } from "./time.ts";

/** Logged in somewhere, until logged out. */
export interface Sessions {
  /** @param apiKey By which it was begun: the session ends with it. */
  begin(userId: string, apiKey?: string): Promise<Session>;
  /** Another refresh token for this one, which is not good any more. @throws HttpProblem 401 */
  refresh(token: string): Promise<Session>;
  /** Whether a session was begun by an API key. @throws HttpProblem 401 where it has ended */
  isOfApiKey(id: string): Promise<boolean>;
  end(token: string): Promise<void>;
  endAll(userId: string): Promise<void>;
}

export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly refreshToken: string;
}

/** An answer that was lost is given again for so long; later, somebody else has the token. */
const AGAIN_MS = 10_000;

interface SessionsOptions {
  readonly database: Database;
  readonly now: () => number;
  readonly sessionDays: number;
}

export function createSessions({ database, now, sessionDays }: SessionsOptions): Sessions {
  return {
    async begin(userId, apiKey) {
      const [id, family, secret] = [randomUUID(), randomSecret(), randomSecret()];
      await database.query(
        `WITH seen AS (UPDATE backstitch.login_user SET logged_in_at = $7::timestamptz WHERE id = $2)
         INSERT INTO backstitch.login_session (id, user_id, api_key_id, family_hash, secret_hash, salt, rotated_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7::timestamptz, $8::timestamptz)`,
        [
          id,
          userId,
          apiKey ?? null,
          digestOf(family),
          digestOf(secret),
          randomSecret(),
          instant(now()),
          instant(now() + sessionDays * DAY_MS),
        ],
      );
      return { id, userId, refreshToken: `${family}.${secret}` };
    },
    async refresh(token) {
      // Whoever shows an old token ends the session, and is told so outside the transaction that ends it.
      const session = await database.transaction((queries) => rotated(queries, token, now()));
      if (session === undefined) throw sessionOver();
      return session;
    },
    async isOfApiKey(id) {
      const [row] = await database.query("SELECT api_key_id FROM backstitch.login_session WHERE id = $1", [id]);
      if (row === undefined) throw sessionOver();
      return typeof row["api_key_id"] === "string";
    },
    async end(token) {
      const [family = ""] = token.split(".");
      await database.query("DELETE FROM backstitch.login_session WHERE family_hash = $1", [digestOf(family)]);
    },
    endAll: (userId) => endSessions(database, userId),
  };
}

export async function endSessions(queries: Queries, userId: string): Promise<void> {
  await queries.query("DELETE FROM backstitch.login_session WHERE user_id = $1", [userId]);
}

const OF_FAMILY = `SELECT id, user_id, secret_hash, salt, previous_hash, previous_salt, rotated_at > $3::timestamptz AS just_now
 FROM backstitch.login_session WHERE family_hash = $1 AND expires_at > $2::timestamptz FOR UPDATE`;

/** Undefined: there is no such session, or not any more. */
async function rotated(queries: Queries, token: string, at: number): Promise<Session | undefined> {
  const [family = "", secret = ""] = token.split(".");
  const [row] = await queries.query(OF_FAMILY, [digestOf(family), instant(at), instant(at - AGAIN_MS)]);
  if (row === undefined) return undefined;
  const next = await nextSecret(queries, row, { secret, at });
  const { id, user_id: userId } = row;
  if (typeof id !== "string" || typeof userId !== "string") return undefined;
  if (next !== undefined) return { id, userId, refreshToken: `${family}.${next}` };
  await queries.query("DELETE FROM backstitch.login_session WHERE id = $1", [id]);
  return undefined;
}

async function nextSecret(queries: Queries, row: TextRow, shown: { secret: string; at: number }): Promise<string | undefined> {
  const digest = digestOf(shown.secret);
  if (digest === row["previous_hash"] && row["just_now"] === "t") return keyedDigest(row["previous_salt"] ?? "", shown.secret);
  if (digest !== row["secret_hash"]) return undefined;
  const next = keyedDigest(row["salt"] ?? "", shown.secret);
  await queries.query(
    `UPDATE backstitch.login_session SET previous_hash = secret_hash, previous_salt = salt, secret_hash = $2, salt = $3, rotated_at = $4::timestamptz
     WHERE id = $1`,
    [row["id"] ?? "", digestOf(next), randomSecret(), instant(shown.at)],
  );
  return next;
}

export function sessionOver(): HttpProblem {
  return new HttpProblem(401, "SESSION_INVALID", "There is no such session, or not any more. Log in.");
}
