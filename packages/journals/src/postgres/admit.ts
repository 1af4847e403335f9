import type { Admission, AdmitRequest, CountedQuota } from "@backstitch/core/journal";
import { countedOf, givenUp, type Judged, limitOf } from "../shared/queue.ts";
import { refusalOf, type Room } from "../shared/refusal.ts";
import type { Rows, Statement } from "./database.ts";
import { giveUp, type OpenQueue, openQueueOf, openQueues, putOff } from "./queue.ts";
import { callersTime, clockOf, lock, NOW, ownedBy, type Store, workerOf } from "./store.ts";
import { unstorable } from "./text.ts";
import { own } from "./worker.ts";

type Query = (statement: Statement) => Promise<Rows>;

/** One after another, over all workers, so that each is counted by what was admitted before it. */
export async function admit(store: Store, requests: readonly AdmitRequest[]): Promise<readonly (Admission | undefined)[]> {
  if (requests.length === 0) return [];
  const worker = workerOf(store);
  try {
    const asked = await named(store, requests);
    const { now, admissions } = await store.db.interactive(async (query) => {
      await query(own(worker));
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
  /** The queue in which it waited last. */
  readonly quota: string | null;
  readonly codes: readonly string[];
}

const HELD = `
  SELECT found.id, found.claim, found.seq, found.quota, ARRAY(SELECT code FROM outcome WHERE outcome.delivery = found.seq AND code IS NOT NULL ORDER BY outcome.claim) AS codes
  FROM unnest($1::text[]) AS asked (id)
  CROSS JOIN LATERAL (
    SELECT id, claim, seq, quota FROM delivery WHERE delivery.id = asked.id AND state IN ('claimed', 'started') OFFSET 0
  ) AS found`;

interface Asked {
  readonly requests: readonly AdmitRequest[];
  /** The quotas of each. */
  readonly asked: readonly (readonly NamedQuota[] | undefined)[];
}

/** By the server's clock, which is `now`. */
async function admitAll(
  store: Store,
  { requests, asked }: Asked,
  query: Query,
): Promise<{ readonly now: number; readonly admissions: readonly (Admission | undefined)[] }> {
  const ids = [...new Set(requests.map(({ claim }) => claim.id))];
  const rows = (await query({ name: "admit.held", text: HELD, values: [ids] })) as unknown as readonly Held[];
  const held = new Map(rows.map((row) => [row.id, row]));
  const all = asked.flatMap((quotas) => quotas ?? []);
  const { now, counted } = await countedBy(store, all, { query, deliveries: rows.map(({ seq }) => seq) });
  const open = await query(openQueues([...new Set(all.map(({ queue }) => queue))]));
  const deciding = { now, counted, queues: new Map(open.map(openQueueOf).map((queue) => [queue.name, queue])) };
  const added = new Map<string, Added>();
  const lookAts = new Map<string, number>();
  const judged: Judged[] = [];
  const admissions = requests.map(({ claim, peek = false }, index) => {
    const row = held.get(claim.id);
    if (row?.claim !== claim.number) return undefined;
    const quotas = asked[index];
    judged.push({ before: row.quota === null ? undefined : limitOf(row.quota), now: quotas?.map(({ queue }) => limitOf(queue)) });
    const refusal = refusalOf(
      (quotas ?? []).map((quota) => roomOf(deciding, quota, row.seq)),
      now,
    );
    if (refusal === undefined && !peek && quotas !== undefined) count(deciding, quotas, row.seq, { added, lookAts });
    return { refusal, codes: row.codes.map(unstorable) };
  });
  if (added.size > 0) await query(storeAdmitted([...added.values()]));
  for (const statement of [...putOff(lookAts), ...giveUp(givenUp(judged))]) await query(statement);
  return { now, admissions };
}

interface NamedQuota extends CountedQuota {
  readonly queue: string;
  readonly hash: string;
}

/** Names of recipients outlive the deliveries to them by a hash alone, which nobody can guess from who there is: its key is this journal's. */
async function named(store: Store, requests: readonly AdmitRequest[]): Promise<Asked["asked"]> {
  const names = await store.queues.names(requests.flatMap(({ quotas = [] }) => quotas));
  let nth = 0;
  return requests.map(({ quotas }) =>
    quotas?.map((quota) => {
      const queue = names[nth++] ?? "";
      return { ...quota, queue, hash: countedOf(queue) };
    }),
  );
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
  quotas: readonly NamedQuota[],
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

/** By what it is decided. What is decided changes it. */
interface Deciding {
  readonly now: number;
  readonly counted: Counted;
  readonly queues: Map<string, OpenQueue>;
}

/** One that the quota counts already has its place. */
function roomOf({ now, counted, queues }: Deciding, { hash, most, queue }: NamedQuota, delivery: number): Room {
  if (counted.get(hash)?.has(delivery) === true) return { roomAt: now };
  const open = queues.get(queue);
  return { roomAt: roomAtOf(counted, { hash, most }, now), behind: open && open.oldest < delivery ? open.lookAt : undefined };
}

/** When the quota has room for one more. */
function roomAtOf(counted: Counted, { hash, most }: Pick<NamedQuota, "hash" | "most">, now: number): number {
  return [...(counted.get(hash)?.values() ?? [])].sort((left, right) => right - left)[most - 1] ?? now;
}

interface Added {
  readonly hash: string;
  readonly delivery: number;
  readonly until: number;
}

interface Written {
  readonly added: Map<string, Added>;
  /** When open queues are looked at next, by their names. */
  readonly lookAts: Map<string, number>;
}

function count({ now, counted, queues }: Deciding, quotas: readonly NamedQuota[], delivery: number, { added, lookAts }: Written): void {
  for (const { hash, perMs } of quotas) {
    const until = now + perMs;
    counted.get(hash)?.set(delivery, until);
    added.set(`${hash}/${delivery}`, { hash, delivery, until });
  }
  for (const quota of quotas) {
    const open = queues.get(quota.queue);
    const lookAt = roomAtOf(counted, quota, now);
    if (open === undefined || lookAt <= now) continue;
    queues.set(quota.queue, { ...open, lookAt });
    lookAts.set(quota.queue, lookAt);
  }
}

const STORE = `
  INSERT INTO admitted (counted, delivery, until) SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])
  ON CONFLICT (counted, delivery) DO UPDATE SET until = excluded.until`;

function storeAdmitted(added: readonly Added[]): Statement {
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
