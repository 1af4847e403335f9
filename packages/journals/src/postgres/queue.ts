import { createHmac } from "node:crypto";
import type { CountedQuota } from "@backstitch/core/journal";
import {
  AGAIN_MS,
  createProbes,
  LIMIT_CHARS,
  limitOf,
  LOOK_QUEUES,
  LOOK_ROWS,
  MORE_MS,
  NOBODY_ASKS,
  PROBE_LIMITS,
  queueOf,
} from "../shared/queue.ts";
import type { Database, Rows, Statement } from "./database.ts";
import { ASKED, AT } from "./leases.ts";
import { NOW } from "./store.ts";

/** Deliveries that quotas keep back: out of the index of what is ready until they are let out, however many they are. */
export interface Queues {
  /** Lets out what has expired, what there is room for, and from time to time one of each limit. `done` takes the rows of the first statement. */
  look(): { readonly statements: readonly Statement[]; readonly done: (probed: Rows) => void };
  /** The name of each quota's queue. */
  names(quotas: readonly CountedQuota[]): Promise<readonly string[]>;
}

/** What is let out stands at its old place among what is due. */
const OUT = "UPDATE delivery AS d SET kept_back = false, next_at = least(d.recorded_at, t.now) FROM t WHERE d.seq";

/** The first queue behind a name that holds any back; digits of a hash come before "g". */
const first = (behind: string): string => `(SELECT quota FROM delivery WHERE kept_back AND quota > ${behind} ORDER BY quota LIMIT 1)`;

/** One of each limit, from one limit on, but of a queue that is looked at anyway. Gives a queue of each. */
const PROBE = `
  WITH RECURSIVE ${NOW},
  found AS (
    (SELECT ${first("$2::text")} AS queue)
    UNION ALL SELECT ${first(`left(found.queue, ${LIMIT_CHARS}) || 'g'`)} FROM found WHERE found.queue IS NOT NULL
  ),
  probed AS (SELECT queue FROM found WHERE queue IS NOT NULL LIMIT ${PROBE_LIMITS}),
  out AS (
    SELECT d.seq FROM probed CROSS JOIN LATERAL (
      SELECT seq FROM delivery WHERE kept_back AND quota = probed.queue ORDER BY seq LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
    ) AS d
    WHERE EXISTS (SELECT FROM queue, t WHERE name = probed.queue AND look_at > t.now OFFSET 0)
  ),
  let_out AS (${OUT} = ANY (ARRAY(SELECT seq FROM out)))
  SELECT queue FROM probed`;

const EXPIRED = `
  WITH ${NOW}
  ${OUT} = ANY (ARRAY(
    SELECT seq FROM delivery WHERE kept_back AND expires_at IS NOT NULL AND expires_at <= (SELECT now FROM t) LIMIT ${LOOK_ROWS} FOR NO KEY UPDATE SKIP LOCKED
  ))`;

/** Locks the queues that are due, and keeps their names until the transaction ends: what is done with them must see what joined them until now. */
const DUE = `
  WITH ${NOW},
  due AS (SELECT name FROM queue, t WHERE look_at <= t.now ORDER BY look_at LIMIT ${LOOK_QUEUES} FOR UPDATE OF queue SKIP LOCKED)
  SELECT set_config('backstitch.due', coalesce((SELECT string_agg(name, ',') FROM due), ''), true)`;

const THEIR_NAMES = "string_to_array(current_setting('backstitch.due'), ',')";

/** As many as there is room for by what is counted now, and when there is room for more. */
const LET_OUT = `
  WITH ${NOW},
  due AS (
    SELECT q.name, q.most, q.most - counted.n AS room, counted.room_at FROM t, unnest(${THEIR_NAMES}) AS one (name)
    CROSS JOIN LATERAL (SELECT name, most FROM queue WHERE queue.name = one.name OFFSET 0) AS q
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS n, min(until) AS room_at FROM (
        SELECT until FROM admitted WHERE counted = substr(q.name, ${LIMIT_CHARS + 1}) AND until > t.now ORDER BY until DESC LIMIT q.most
      ) AS latest
    ) AS counted
  ),
  out AS (
    SELECT d.seq FROM due CROSS JOIN LATERAL (
      SELECT seq FROM delivery WHERE kept_back AND quota = due.name ORDER BY seq LIMIT least(greatest(due.room, 0), ${LOOK_ROWS}) FOR NO KEY UPDATE SKIP LOCKED
    ) AS d
  ),
  let_out AS (${OUT} = ANY (ARRAY(SELECT seq FROM out)))
  UPDATE queue AS q SET look_at = (
    SELECT CASE WHEN room <= 0 THEN room_at WHEN room > ${LOOK_ROWS} THEN t.now + ${MORE_MS} ELSE t.now + ${AGAIN_MS} END FROM due WHERE due.name = q.name
  )
  FROM t WHERE q.name = ANY (${THEIR_NAMES})`;

const FORGET = `
  DELETE FROM queue WHERE name = ANY (${THEIR_NAMES}) AND NOT EXISTS (SELECT FROM delivery WHERE kept_back AND delivery.quota = queue.name OFFSET 0)`;

/** @param clockOf Gives the value of `$1` in {@link NOW}. */
export function createQueues(
  db: Database,
  { clockOf, now }: { readonly clockOf: () => number | null; readonly now: () => number },
): Queues {
  const probes = createProbes();
  let key: string | undefined;

  async function keyOf(): Promise<string> {
    const [row] = await db.query({ name: "queue.secret", text: "SELECT key FROM secret", values: [] });
    return row?.["key"] as string;
  }

  return {
    look() {
      const clock = clockOf();
      const after = probes.due(now());
      return {
        statements: [
          ...(after === undefined ? [] : [{ name: "queue.probe", text: PROBE, values: [clock, after === "" ? "" : `${after}g`] }]),
          { name: "queue.expired", text: EXPIRED, values: [clock] },
          { name: "queue.due", text: DUE, values: [clock] },
          { name: "queue.let-out", text: LET_OUT, values: [clock] },
          { name: "queue.forget", text: FORGET, values: [] },
        ],
        done(rows) {
          const limits = rows.flatMap((row) => (row["queue"] === undefined ? [] : limitOf(row["queue"] as string)));
          if (after !== undefined) probes.done(limits, now());
        },
      };
    },
    async names(quotas) {
      const known = (key ??= await keyOf());
      const hashOf = (text: string): string => createHmac("sha256", known).update(text).digest("hex").slice(0, 32);
      return quotas.map((quota) => queueOf(quota, hashOf));
    },
  };
}

/** In the order of names, as whoever locks several of them does. A queue that is open is looked at when it would have been. */
const JOIN = `
  WITH ${NOW},
  joined AS (
    UPDATE delivery AS d SET kept_back = true, quota = ($4::text[])${AT}
    WHERE ${ASKED} AND d.state IN ('claimed', 'started')
    RETURNING d.quota
  )
  INSERT INTO queue (name, most, look_at)
  SELECT asked.name, asked.most, t.now + asked.delay FROM t, unnest($5::text[], $6::int[], $7::bigint[]) AS asked (name, most, delay)
  WHERE asked.name = ANY (ARRAY(SELECT quota FROM joined)) ORDER BY asked.name
  ON CONFLICT (name) DO UPDATE SET most = excluded.most`;

/** A delivery under a claim that joins a queue. */
export interface Joining {
  readonly seq: number;
  readonly claim: number;
  readonly queue: string;
  readonly most: number;
  readonly delayMs: number;
}

/** Before they are settled, so that they are never ready. @param joining In the order of {@link Leases.find} */
export function joinQueues(clock: number | null, joining: readonly Joining[]): readonly Statement[] {
  if (joining.length === 0) return [];
  const queues = [...Map.groupBy(joining, ({ queue }) => queue)];
  const values = [
    clock,
    joining.map(({ seq }) => seq),
    joining.map(({ claim }) => claim),
    joining.map(({ queue }) => queue),
    queues.map(([name]) => name),
    queues.map(([, all]) => all.at(-1)?.most),
    queues.map(([, all]) => all[0]?.delayMs),
  ];
  return [{ name: "queue.join", text: JOIN, values }];
}

/** Queues in which any waits: the oldest of each, and when it is looked at next. */
export interface OpenQueue {
  readonly name: string;
  readonly oldest: number;
  readonly lookAt: number;
}

const OPEN = `
  SELECT queue.name, oldest.seq, queue.look_at FROM unnest($1::text[]) AS asked (name)
  CROSS JOIN LATERAL (SELECT name, look_at FROM queue WHERE queue.name = asked.name OFFSET 0) AS queue
  CROSS JOIN LATERAL (SELECT seq FROM delivery WHERE kept_back AND quota = asked.name ORDER BY seq LIMIT 1) AS oldest`;

export function openQueues(names: readonly string[]): Statement {
  return { name: "queue.open", text: OPEN, values: [names] };
}

export function openQueueOf(row: Rows[number]): OpenQueue {
  return { name: row["name"] as string, oldest: row["seq"] as number, lookAt: row["look_at"] as number };
}

const PUT_OFF = `
  WITH locked AS (SELECT name FROM queue WHERE name = ANY ($1::text[]) ORDER BY name FOR UPDATE)
  UPDATE queue SET look_at = ($2::bigint[])[array_position($1::text[], name)] WHERE name = ANY (ARRAY(SELECT name FROM locked))`;

/** Quotas have counted others: their queues are looked at when they have room again. */
export function putOff(lookAts: ReadonlyMap<string, number>): readonly Statement[] {
  return lookAts.size === 0 ? [] : [{ name: "queue.put-off", text: PUT_OFF, values: [[...lookAts.keys()], [...lookAts.values()]] }];
}

const GIVE_UP = `
  WITH given_up AS (
    SELECT queue.name FROM unnest($1::text[]) AS asked (prefix) CROSS JOIN LATERAL (
      SELECT name FROM queue WHERE name > asked.prefix AND name < asked.prefix || 'g' AND most < ${NOBODY_ASKS} LIMIT ${LOOK_ROWS} FOR UPDATE SKIP LOCKED
    ) AS queue
  )
  UPDATE queue SET most = ${NOBODY_ASKS}, look_at = 0 WHERE name = ANY (ARRAY(SELECT name FROM given_up))`;

/** Some of the queues of these limits hold nothing back any more. */
export function giveUp(limits: readonly string[]): readonly Statement[] {
  return limits.length === 0 ? [] : [{ name: "queue.give-up", text: GIVE_UP, values: [limits] }];
}
