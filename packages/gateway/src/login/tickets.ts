import { jsonText, type Row } from "@backstitch/core/values";
import type { Queries } from "../postgres/database.ts";
import { digestOf, randomSecret } from "./digest.ts";
import { rowOf } from "./row-of.ts";
import { instant } from "./time.ts";

/** What can be shown once, and what it stands for. */
export type Purpose = "confirm" | "reset" | "oidc-state" | "oidc-code";

export interface NewTicket {
  readonly purpose: Purpose;
  readonly userId?: string;
  readonly held: Row;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** @returns What to show. Its hash alone is stored. */
export async function writeTicket(queries: Queries, { purpose, userId, held, until }: NewTicket): Promise<string> {
  const secret = randomSecret();
  await queries.query(
    "INSERT INTO backstitch.login_ticket (hash, purpose, user_id, held, expires_at) VALUES ($1, $2, $3, $4::jsonb, $5::timestamptz)",
    [digestOf(secret), purpose, userId ?? null, jsonText(held), instant(until)],
  );
  return secret;
}

/** What a ticket stands for that stays good. Undefined: there is none, or not any more. */
export async function readTicket(queries: Queries, purpose: Purpose, shown: { secret: string; now: number }): Promise<Row | undefined> {
  const [row] = await queries.query(
    "SELECT held FROM backstitch.login_ticket WHERE hash = $1 AND purpose = $2 AND expires_at > $3::timestamptz",
    [digestOf(shown.secret), purpose, instant(shown.now)],
  );
  return row && rowOf(row["held"]);
}

/** Whoever shows it first has it. Undefined: there is none, or not any more. */
export async function takeTicket(queries: Queries, purpose: Purpose, shown: { secret: string; now: number }): Promise<Row | undefined> {
  const [row] = await queries.query(
    "DELETE FROM backstitch.login_ticket WHERE hash = $1 AND purpose = $2 AND expires_at > $3::timestamptz RETURNING held",
    [digestOf(shown.secret), purpose, instant(shown.now)],
  );
  return row && rowOf(row["held"]);
}
