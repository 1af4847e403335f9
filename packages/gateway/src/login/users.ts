import { randomUUID } from "node:crypto";
import { jsonText, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { HttpProblem } from "../http/problem.ts";
import type { Database, Queries } from "../postgres/database.ts";
import type { CustomData } from "./custom-data.ts";
import { rowOf } from "./row-of.ts";
import { instant } from "./time.ts";

/** By what somebody logs in. */
export interface Identity {
  readonly provider: string;
  readonly subject: string;
}

/** Who may ask. */
export interface Users {
  /** The user with an identity, who is made where there is none. @param data Replaces what was known; undefined: stays. */
  withIdentity(identity: Identity, data?: Row): Promise<string>;
  /** As rules see them; undefined: gone, or disabled. */
  read(id: string): Promise<Row | undefined>;
}

const READ = `SELECT u.type, u.data, (SELECT jsonb_agg(jsonb_build_object('id', i.subject, 'providerType', i.provider) ORDER BY i.provider, i.subject)
 FROM backstitch.login_identity i WHERE i.user_id = u.id) AS identities FROM backstitch.login_user u WHERE u.id = $1 AND NOT u.disabled`;
const SEEN = `UPDATE backstitch.login_user u SET data = coalesce($3::jsonb, u.data)
 FROM backstitch.login_identity i WHERE i.provider = $1 AND i.subject = $2 AND i.user_id = u.id RETURNING u.id, u.disabled`;

export function createUsers(database: Database, customData: CustomData, now: () => number): Users {
  return {
    async withIdentity(identity, data) {
      const at = now();
      return (await seen(database, identity, data)) ?? (await made(database, identity, data, at));
    },
    async read(id) {
      const [row] = await database.query(READ, [id]);
      if (row === undefined) return undefined;
      const held = rowOf(`{"data": ${row["data"] ?? "{}"}, "identities": ${row["identities"] ?? "[]"}}`);
      return rowFrom<Value>([
        ["id", id],
        ["type", row["type"] ?? "normal"],
        ["data", held["data"] ?? null],
        ["customData", await customData(id)],
        ["identities", held["identities"] ?? null],
      ]);
    },
  };
}

async function seen(queries: Queries, { provider, subject }: Identity, data: Row | undefined): Promise<string | undefined> {
  const [row] = await queries.query(SEEN, [provider, subject, data === undefined ? null : jsonText(data)]);
  if (row?.["disabled"] === "t") throw new HttpProblem(401, "USER_DISABLED", "This user may not log in any more.");
  return row?.["id"] ?? undefined;
}

/** Whoever logs in twice at once for the first time is one all the same. */
async function made(database: Database, identity: Identity, data: Row | undefined, at: number): Promise<string> {
  const id = await database.transaction((queries) => addUser(queries, identity, { data: data ?? {}, at }));
  const known = id ?? (await seen(database, identity, data));
  if (known === undefined) throw new HttpProblem(503, "BUSY", "Ask again.", { headers: { "retry-after": "1" } });
  return known;
}

export interface NewUser {
  readonly data: Row;
  readonly at: number;
  /** @default "normal" */
  readonly type?: "normal" | "server";
  /** @default a random one */
  readonly id?: string;
}

/** Undefined: somebody has this identity, and nobody was made. */
export async function addUser(queries: Queries, { provider, subject }: Identity, user: NewUser): Promise<string | undefined> {
  const { data, at, type = "normal", id = randomUUID() } = user;
  await queries.query(
    "INSERT INTO backstitch.login_user (id, type, data, created_at, logged_in_at) VALUES ($1, $2, $3::jsonb, $4::timestamptz, $4::timestamptz)",
    [id, type, jsonText(data), instant(at)],
  );
  const [row] = await queries.query(
    "INSERT INTO backstitch.login_identity (provider, subject, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING user_id",
    [provider, subject, id],
  );
  if (row === undefined) await queries.query("DELETE FROM backstitch.login_user WHERE id = $1", [id]);
  return row && id;
}
