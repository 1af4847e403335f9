import type { Queries } from "../postgres/database.ts";
import { DAY_MS, instant } from "./time.ts";

/** Anonymous users who did not come back for so long are gone. */
const ANONYMOUS_MS = 90 * DAY_MS;
const MOST_AT_ONCE = 1_000;

/** Removes what has expired, and anonymous users who stay away. */
export async function sweep(queries: Queries, now: number): Promise<void> {
  for (const [table, column] of [
    ["login_ticket", "expires_at"],
    ["login_session", "expires_at"],
    ["login_attempt", "ends_at"],
    ["login_signing_key", "verifies_until"],
  ] as const)
    await queries.query(
      `DELETE FROM backstitch.${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM backstitch.${table} WHERE ${column} <= $1::timestamptz LIMIT ${MOST_AT_ONCE}))`,
      [instant(now)],
    );
  await queries.query(
    `DELETE FROM backstitch.login_user WHERE id = ANY (ARRAY(SELECT u.id FROM backstitch.login_user u
       WHERE u.logged_in_at <= $1::timestamptz AND NOT EXISTS (SELECT FROM backstitch.login_session s WHERE s.user_id = u.id AND s.rotated_at > $1::timestamptz)
       AND EXISTS (SELECT FROM backstitch.login_identity i WHERE i.user_id = u.id)
       AND NOT EXISTS (SELECT FROM backstitch.login_identity i WHERE i.user_id = u.id AND i.provider <> 'anonymous') LIMIT ${MOST_AT_ONCE}))`,
    [instant(now - ANONYMOUS_MS)],
  );
}
