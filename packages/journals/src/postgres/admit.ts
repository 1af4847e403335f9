import { createHmac } from "node:crypto";
import type { Admission, AdmitRequest, CountedQuota } from "@backstitch/core/journal";
import { refusalOf } from "../shared/refusal.ts";
import type { Rows, Statement } from "./database.ts";
import { callersTime, clockOf, lock, NOW, ownedBy, type Store, workerOf } from "./store.ts";
import { unstorable } from "./text.ts";
import { own } from "./worker.ts";

type Query = (statement: Statement) => Promise<Rows>;

/** One after another, over all workers, so that each is counted by what was admitted before it. */
export async function admit(store: Store, requests: readonly AdmitRequest[]): Promise<readonly (Admission | undefined)[]> {
  if (requests.length === 0) return [];
  const worker = workerOf(store);
  try {
    const { now, admissions } = await store.db.interactive(async (query) => {
      await query(own(worker));
      // Before all others wait.
      const asked = await hashed(requests, query);
      await query(lock("admitting", "alone"));
      return admitAll(store, { requests, asked }, query);
    });
    // Only now: the answer may have taken long, and the caller's clock been set meanwhile.
    const ahead = callersTime(store) - now;
    return admissions.map((one) => one && { ...one, refusal: one.refusal && { ...one.refusal, roomAt: one.refusal.roomAt + ahead } });
  } catch (error) {
    throw await ownedBy(store, worker, error);
  }
}

/** A delivery under the claim that is asked about. */
interface Held {
  readonly id: string;
  readonly claim: number;
  readonly seq: number;
  readonly codes: readonly string[];
}

const HELD = `
  SELECT found.id, found.claim, found.seq, ARRAY(SELECT code FROM outcome WHERE outcome.delivery = found.seq AND code IS NOT NULL ORDER BY outcome.claim) AS codes
  FROM unnest($1::text[]) AS asked (id)
  CROSS JOIN LATERAL (
    SELECT id, claim, seq FROM delivery WHERE delivery.id = asked.id AND state IN ('claimed', 'started') OFFSET 0
  ) AS found`;

/** By the server's clock, which is `now`. */
async function admitAll(
  store: Store,
  { requests, asked }: { readonly requests: readonly AdmitRequest[]; readonly asked: readonly (readonly HashedQuota[])[] },
  query: Query,
): Promise<{ readonly now: number; readonly admissions: readonly (Admission | undefined)[] }> {
  const ids = [...new Set(requests.map(({ claim }) => claim.id))];
  const rows = (await query({ name: "admit.held", text: HELD, values: [ids] })) as unknown as readonly Held[];
  const held = new Map(rows.map((row) => [row.id, row]));
  const { now, counted } = await countedBy(store, asked.flat(), { query, deliveries: rows.map(({ seq }) => seq) });
  const added = new Map<string, { readonly hash: string; readonly delivery: number; readonly until: number }>();
  const admissions = requests.map(({ claim }, index) => {
    const row = held.get(claim.id);
    if (row?.claim !== claim.number) return undefined;
    const quotas = asked[index] ?? [];
    const refusal = refusalOf(
      quotas.map((quota) => roomOf(counted, quota, { delivery: row.seq, now })),
      now,
    );
    for (const { hash, perMs } of refusal === undefined ? quotas : []) {
      const until = now + perMs;
      counted.get(hash)?.set(row.seq, until);
      added.set(`${hash}/${row.seq}`, { hash, delivery: row.seq, until });
    }
    return { refusal, codes: row.codes.map(unstorable) };
  });
  if (added.size > 0) await query(storeAdmitted([...added.values()]));
  return { now, admissions };
}

interface HashedQuota extends CountedQuota {
  readonly hash: string;
}

/** Names of recipients outlive the deliveries to them by a hash alone, which nobody can guess from who there is: its key is this journal's. */
async function hashed(requests: readonly AdmitRequest[], query: Query): Promise<readonly (readonly HashedQuota[])[]> {
  const [row] = await query({ name: "admit.secret", text: "SELECT key FROM secret", values: [] });
  const hashOf = (of: string): string =>
    createHmac("sha256", row?.["key"] as string)
      .update(of)
      .digest("hex")
      .slice(0, 32);
  return requests.map(({ quotas }) => quotas.map((quota) => ({ ...quota, hash: hashOf(quota.of) })));
}

/** The latest of each quota, as many as it lets through, and those of the deliveries that are asked about. */
const COUNTED = `
  WITH ${NOW}
  SELECT t.now, asked.hash, latest.delivery, latest.until FROM t, unnest($2::text[], $3::int[]) AS asked (hash, most)
  CROSS JOIN LATERAL (
    (SELECT delivery, until FROM admitted WHERE counted = asked.hash AND until > (SELECT now FROM t) ORDER BY until DESC LIMIT asked.most)
    UNION
    SELECT delivery, until FROM admitted WHERE counted = asked.hash AND delivery = ANY($4::bigint[]) AND until > (SELECT now FROM t)
  ) AS latest
  UNION ALL SELECT now, NULL, NULL, NULL FROM t`;

/** By a quota's hash: until when each delivery is counted. */
type Counted = ReadonlyMap<string, Map<number, number>>;

async function countedBy(
  store: Store,
  quotas: readonly HashedQuota[],
  { query, deliveries }: { readonly query: Query; readonly deliveries: readonly number[] },
): Promise<{ readonly now: number; readonly counted: Counted }> {
  const most = new Map<string, number>();
  for (const quota of quotas) most.set(quota.hash, Math.max(quota.most, most.get(quota.hash) ?? 0));
  const values = [clockOf(store), [...most.keys()], [...most.values()], deliveries];
  const rows = await query({ name: "admit.counted", text: COUNTED, values });
  const counted = new Map([...most.keys()].map((hash) => [hash, new Map<number, number>()]));
  for (const row of rows) counted.get(row["hash"] as string)?.set(row["delivery"] as number, row["until"] as number);
  return { now: rows[0]?.["now"] as number, counted };
}

/** When the quota has room for the delivery. One that is counted already has its place. */
function roomOf(
  counted: Counted,
  { hash, most }: HashedQuota,
  { delivery, now }: { readonly delivery: number; readonly now: number },
): number {
  const by = counted.get(hash) ?? new Map<number, number>();
  return by.has(delivery) ? now : ([...by.values()].sort((left, right) => right - left)[most - 1] ?? now);
}

const STORE = `
  INSERT INTO admitted (counted, delivery, until) SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])
  ON CONFLICT (counted, delivery) DO UPDATE SET until = excluded.until`;

function storeAdmitted(added: readonly { readonly hash: string; readonly delivery: number; readonly until: number }[]): Statement {
  const columns = [added.map(({ hash }) => hash), added.map(({ delivery }) => delivery), added.map(({ until }) => until)];
  return { name: "admit.store", text: STORE, values: columns };
}

const FORGET = `
  WITH ${NOW},
  gone AS (
    DELETE FROM admitted WHERE (counted, delivery) IN (
      SELECT counted, delivery FROM admitted, t WHERE until <= t.now ORDER BY until LIMIT $2 FOR UPDATE OF admitted SKIP LOCKED
    ) RETURNING 1
  )
  SELECT count(*)::int AS n FROM gone`;

/** What is counted no longer, at most so many rows. */
export function forgetAdmitted(store: Store, limit: number): Statement {
  return { name: "admit.forget", text: FORGET, values: [clockOf(store), limit] };
}
