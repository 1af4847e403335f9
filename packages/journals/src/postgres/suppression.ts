import { addressOf, shownAddress } from "@backstitch/core/connector";
import type { Addressed, Suppression, SuppressionFilter } from "@backstitch/core/journal";
import { KEY_KEPT_MS, PURGE_ROWS, SHOWN } from "../shared/limits.ts";
import { nameOfSuppressed, type Change } from "../shared/news.ts";
import type { Statement } from "./database.ts";
import { clockOf, NOW, type Store } from "./store.ts";
import { storable, unstorable } from "./text.ts";

/** Of a name that holds a recipient, who is known by it alone. */
const hashOf = (name: string): string => `left(encode(sha256(convert_to(secret.key || ' ' || ${name}, 'UTF8')), 'hex'), 32)`;

const LISTED = "suppression.code IS NOT NULL AND suppression.since > suppression.lifted_at";
const SUPPRESS = `
  INSERT INTO suppression SELECT ${hashOf("$1::text")}, $2::text, $3::text, $4::text, $5::bigint, $6::text, -1 FROM secret
  ON CONFLICT (recipient) DO UPDATE SET code = excluded.code, since = excluded.since, delivery = excluded.delivery
  WHERE excluded.since > suppression.since RETURNING true AS changed`;
const LIFT = `
  WITH was AS (SELECT FROM suppression, secret WHERE recipient = ${hashOf("$1::text")} AND ${LISTED} AND since <= $4::bigint)
  INSERT INTO suppression SELECT ${hashOf("$1::text")}, $2::text, $3::text, NULL, -1, NULL, $4::bigint FROM secret
  ON CONFLICT (recipient) DO UPDATE SET lifted_at = greatest(suppression.lifted_at, excluded.lifted_at)
  RETURNING EXISTS (SELECT FROM was) AS changed`;

/** Whether it changes who is suppressed, or why. */
export async function suppress(store: Store, { service, address, at, code, deliveryId }: Change): Promise<boolean> {
  const recipient = addressOf(address);
  const whom = [storable(nameOfSuppressed(service, recipient)), storable(service), storable(shownAddress(recipient))];
  const time = Math.round(at);
  const statement: Statement =
    code === undefined
      ? { name: "suppression.lift", text: LIFT, values: [...whom, time] }
      : {
          name: "suppression.add",
          text: SUPPRESS,
          values: [...whom, storable(code), time, deliveryId === undefined ? null : storable(deliveryId)],
        };
  const [row] = await store.db.query(statement);
  return row?.["changed"] === true;
}

const FIND = `
  SELECT asked.nth::int, suppression.* FROM secret, unnest($1::text[], $2::int[]) AS asked (name, nth)
  CROSS JOIN LATERAL (SELECT * FROM suppression WHERE recipient = ${hashOf("asked.name")} OFFSET 0) AS suppression WHERE ${LISTED}`;

export async function suppressed(store: Store, asked: readonly Addressed[]): Promise<readonly (readonly Suppression[])[]> {
  const names = asked.flatMap(({ service, addresses }, nth) =>
    addresses.map((address) => [storable(nameOfSuppressed(service, addressOf(address))), nth] as const),
  );
  const found: Suppression[][] = asked.map(() => []);
  if (names.length === 0) return found;
  const values = [names.map(([name]) => name), names.map(([, nth]) => nth)];
  const rows = await store.db.query({ name: "suppression.find", text: FIND, values });
  for (const row of rows) found[row["nth"] as number]?.push(shownRow(row));
  return found;
}

const LIST = `
  SELECT * FROM suppression WHERE ${LISTED} AND ($1::text IS NULL OR service = $1) ORDER BY since DESC, recipient DESC LIMIT $2`;

export async function suppressions(store: Store, { service, limit = SHOWN }: SuppressionFilter): Promise<readonly Suppression[]> {
  const values = [service === undefined ? null : storable(service), limit];
  return (await store.db.query({ name: "suppression.list", text: LIST, values })).map(shownRow).toReversed();
}

function shownRow(row: Readonly<Record<string, unknown>>): Suppression {
  const text = (name: string): string => unstorable(row[name] as string);
  return {
    service: text("service"),
    shown: text("shown"),
    code: text("code"),
    since: row["since"] as number,
    deliveryId: row["delivery"] === null ? undefined : text("delivery"),
  };
}

const FORGET = `
  WITH ${NOW},
  old AS (
    SELECT recipient FROM suppression, t WHERE lifted_at >= since AND lifted_at <= t.now - ${KEY_KEPT_MS} LIMIT ${PURGE_ROWS}
    FOR UPDATE OF suppression SKIP LOCKED
  ),
  gone AS (DELETE FROM suppression USING old WHERE suppression.recipient = old.recipient RETURNING true)
  SELECT count(*)::int AS n FROM gone`;

/** Forgets whom it was said so long ago that they are sent to again. Tells how many. */
export function forgetLifted(store: Store): Statement {
  return { name: "suppression.forget", text: FORGET, values: [clockOf(store)] };
}
