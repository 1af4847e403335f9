import type { DeliveryRecord, Starting } from "@backstitch/core/journal";
import { KEY_KEPT_MS } from "../shared/limits.ts";
import type { Statement } from "./database.ts";
import { recordsOf, SHOW } from "./read.ts";
import { clockOf, NOW, type Store } from "./store.ts";
import { storable } from "./text.ts";

/** Counted by no quota, whose names are lists. It may name a recipient, who is to be known by a keyed hash alone. */
const hashOf = (text: string): string => `left(encode(sha256(convert_to(secret.key || ' alike ' || ${text}, 'UTF8')), 'hex'), 32)`;

const REMEMBER = `
  WITH ${NOW}
  INSERT INTO admitted (counted, delivery, until)
  SELECT DISTINCT ${hashOf("asked.text")}, found.seq, t.now + ${KEY_KEPT_MS} FROM t, secret, unnest($2::text[], $3::text[]) AS asked (id, text)
  CROSS JOIN LATERAL (SELECT seq FROM delivery WHERE delivery.id = asked.id OFFSET 0) AS found
  ON CONFLICT (counted, delivery) DO UPDATE SET until = excluded.until`;

/** Among what is counted, as if by a quota that lets everything through. */
export function rememberAlike(store: Store, claims: readonly Starting[]): readonly Statement[] {
  const known = claims.filter(({ alike }) => alike !== undefined);
  if (known.length === 0) return [];
  const values = [clockOf(store), known.map(({ id }) => id), known.map(({ alike = "" }) => storable(alike))];
  return [{ name: "alike.remember", text: REMEMBER, values }];
}

const ALIKE = `
  WITH ${NOW},
  found AS (
    SELECT admitted.delivery FROM t, secret, admitted WHERE admitted.counted = ${hashOf("$2")} AND admitted.until > t.now
  )
  ${SHOW} WHERE delivery.seq IN (SELECT found.delivery FROM found) ORDER BY delivery.seq`;

export async function alike(store: Store, text: string): Promise<readonly DeliveryRecord[]> {
  return recordsOf(store, await store.db.query({ name: "alike.read", text: ALIKE, values: [clockOf(store), storable(text)] }));
}
