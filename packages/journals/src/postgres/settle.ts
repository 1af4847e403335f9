import type { ClaimToken, Settlement, Starting } from "@backstitch/core/journal";
import { encodeValue, type Row } from "@backstitch/core/values";
import { PAYLOAD_KEPT_MS } from "../shared/limits.ts";
import { isSettled, mayBeDone } from "../shared/standing.ts";
import { STATES } from "../shared/states.ts";
import type { Statement } from "./database.ts";
import { ASKED, AT, endLeases, type Found } from "./leases.ts";
import { type Joining, joinQueues } from "./queue.ts";
import { callersTime, clockOf, lock, NOW, owned, type Store, workerOf } from "./store.ts";
import { storable } from "./text.ts";
import { rememberAlike } from "./alike.ts";
import { nameOf, namesOf } from "./unsure.ts";

/** A lapsed claim may not start: its lease no longer covers the attempt. The phase stays, so that no index changes. */
const START = `
  WITH ${NOW}
  UPDATE delivery AS d SET state = 'started' FROM t
  WHERE ${ASKED} AND (d.state = 'started' OR d.state = 'claimed' AND d.lease_at > t.now)
  RETURNING d.id, d.claim`;

export async function start(store: Store, claims: readonly Starting[]): Promise<readonly ClaimToken[]> {
  if (claims.length === 0) return [];
  const found = await store.leases.find(claims);
  const values = [clockOf(store), found.map(({ seq }) => seq), found.map(({ claim }) => claim.number)];
  const [rows] = await owned(store, [{ name: "start", text: START, values }, ...rememberAlike(store, claims)]);
  const started = namesOf(rows);
  return claims.filter((token) => started.has(nameOf(token)));
}

const STATE = `(ARRAY[${STATES.map((state) => `'${state}'`).join(", ")}])[($4::int[])${AT}]`;
const ATTEMPTS = `($6::int[])${AT}`;

/** Whether there is an outcome is told apart from it, since texts are looked up slowly. */
const SETTLE = `
  WITH ${NOW},
  moved AS (
    UPDATE delivery AS d SET
      state = ${STATE},
      next_at = CASE
        WHEN ${STATE} = 'held' THEN NULL
        WHEN ${STATE} = 'pending' THEN least(d.recorded_at, t.now)
        WHEN ${STATE} IN ('waiting', 'uncertain') THEN t.now + ($5::bigint[])${AT}
        ELSE t.now + ${PAYLOAD_KEPT_MS}
      END,
      attempts = ${ATTEMPTS},
      tried_at = CASE WHEN ${ATTEMPTS} > 0 THEN coalesce(d.tried_at, t.now) ELSE d.tried_at END,
      claims = CASE WHEN ($8::boolean[])${AT} THEN 0 ELSE d.claims - 1 END,
      uncertain = d.uncertain OR ($7::boolean[])${AT},
      place = CASE WHEN ${STATE} IN ('accepted', 'rejected', 'expired', 'dropped') THEN 0 ELSE d.place END
    FROM t WHERE ${ASKED} AND d.state IN ('claimed', 'started')
    RETURNING d.seq, d.id, d.claim, d.attempts, d.state
  ),
  kept AS (
    INSERT INTO outcome (delivery, claim, attempt, at, code, body)
    SELECT d.seq, d.claim, d.attempts, t.now, ($10::text[])${AT}, ($9::text[])${AT} FROM moved AS d, t WHERE ($8::boolean[])${AT}
  ),
  counted AS (INSERT INTO tally SELECT state, count(*) FROM moved GROUP BY state)
  SELECT id, claim FROM moved`;

/**
 * The first that waits in a lane that nobody is first in any more. Where it is pending, it is due. `left` are the lanes, with `redriven`: of those in
 * order, or of what was sent again. Most times nobody waits in any.
 */
function releasing(left: string, tallied: boolean): string {
  const counted = `counted AS (
    INSERT INTO tally SELECT 'blocked lanes', -count(*) FROM next
    WHERE NOT EXISTS (
      SELECT FROM delivery AS other
      WHERE other.lane = next.lane AND other.redriven = next.redriven AND other.place = 2 AND other.seq <> next.seq OFFSET 0
    )
    HAVING count(*) > 0
  )`;
  return `
  WITH ${NOW},
  free AS (
    SELECT DISTINCT d.* FROM (${left}) AS d WHERE lane <> '' AND EXISTS (SELECT FROM delivery WHERE place = 2 OFFSET 0)
  ),
  next AS (
    SELECT free.lane, free.redriven, behind.seq FROM free CROSS JOIN LATERAL (
      SELECT seq FROM delivery WHERE lane = free.lane AND redriven = free.redriven AND place = 2 ORDER BY seq LIMIT 1
    ) AS behind
    WHERE NOT EXISTS (
      SELECT FROM delivery AS first WHERE first.lane = free.lane AND first.redriven = free.redriven AND first.place = 1 OFFSET 0
    )
  )${
    tallied
      ? `,
  ${counted}`
      : ""
  }
  UPDATE delivery AS d SET place = 1, next_at = CASE d.state WHEN 'pending' THEN least(d.next_at, t.now) ELSE d.next_at END
  FROM t WHERE d.seq = ANY (ARRAY(SELECT seq FROM next))`;
}

const RELEASE = releasing("SELECT lane, redriven FROM delivery WHERE seq = ANY ($2::bigint[])", true);
const RELEASE_UNTALLIED = releasing("SELECT lane, $3::boolean AS redriven FROM delivery WHERE id = ANY ($2::text[])", false);

/** Lets the lanes go on that these deliveries have left. In the transaction in which they left, under the lock of the lanes. */
function release(store: Store, numbers: readonly number[]): Statement {
  return { name: "release", text: RELEASE, values: [clockOf(store), numbers] };
}

/** The same where whoever asks counts the lanes that are blocked. */
export function releaseUntallied(store: Store, ids: readonly string[], redriven: boolean): Statement {
  return { name: "release.untallied", text: RELEASE_UNTALLIED, values: [clockOf(store), ids, redriven] };
}

/** A settlement with how long it waits, in milliseconds; null: it does not. */
export type Timed = Settlement & { readonly delayMs: number | null };

/** When it is due is told by the caller's clock, as it is now, and waited for by the server's. */
export function timed(store: Store, settlements: readonly Settlement[]): readonly Timed[] {
  const now = callersTime(store);
  return settlements.map((one) => ({ ...one, delayMs: "dueAt" in one.next ? Math.round(one.next.dueAt - now) : null }));
}

/** Returns the claims that were no longer the latest. Of two settlements of one claim the first counts. */
export async function settle(store: Store, settlements: readonly Timed[]): Promise<readonly ClaimToken[]> {
  const first = new Map<string, Timed>();
  for (const one of settlements) if (!first.has(nameOf(one.claim))) first.set(nameOf(one.claim), one);
  const stored = await store.unsure.settled(first, (some) => settleOnce(store, some));
  return settlements.filter((one) => first.get(nameOf(one.claim)) !== one || !stored.has(nameOf(one.claim))).map(({ claim }) => claim);
}

async function settleOnce(store: Store, settlements: readonly Timed[]): Promise<ReadonlySet<string>> {
  if (settlements.length === 0) return new Set();
  const claims = settlements.map(({ claim }) => claim);
  const asked = new Map(settlements.map((one) => [nameOf(one.claim), one]));
  const found = await store.leases.find(claims);
  const sorted = found.flatMap(({ claim }) => asked.get(nameOf(claim)) ?? []);
  const calls = store.leases.endingWith(claims);
  const ended = found.filter((_, index) => isSettled(sorted[index]?.next.state ?? "pending")).map(({ seq }) => seq);
  const move: Statement = { name: "settle", text: SETTLE, values: [clockOf(store), found.map(({ seq }) => seq), ...columnsOf(sorted)] };
  // What is recorded behind these meanwhile waits for the lock, or is there when the lanes are released.
  const joins = joinQueues(clockOf(store), await joiningOf(store, found, sorted));
  const around =
    ended.length === 0 ? { before: joins, after: [] } : { before: [lock("lanes", "shared"), ...joins], after: [release(store, ended)] };
  const statements = [...around.before, move, ...around.after, ...endLeases(workerOf(store).number, calls)];
  const moved = (await owned(store, statements))[around.before.length];
  store.leases.settled(claims, calls);
  return namesOf(moved);
}

async function joiningOf(store: Store, found: readonly Found[], settlements: readonly Timed[]): Promise<readonly Joining[]> {
  const kept = found.flatMap(({ seq }, index) => {
    const { next, claim, delayMs } = settlements[index] ?? {};
    if (next?.state !== "waiting" || next.quota === undefined || claim === undefined) return [];
    return [{ seq, claim: claim.number, quota: next.quota, delayMs: delayMs ?? 0 }];
  });
  if (kept.length === 0) return [];
  const names = await store.queues.names(kept.map(({ quota }) => quota));
  return kept.map(({ seq, claim, quota, delayMs }, index) => ({ seq, claim, queue: names[index] ?? "", most: quota.most, delayMs }));
}

function columnsOf(settlements: readonly Timed[]): readonly unknown[] {
  return [
    settlements.map(({ claim }) => claim.number),
    settlements.map(({ next }) => STATES.indexOf(next.state) + 1),
    settlements.map(({ delayMs }) => delayMs ?? 0),
    settlements.map(({ attempts }) => attempts),
    settlements.map(({ next, outcome }) => next.state !== "pending" && (next.state === "uncertain" || mayBeDone(outcome))),
    settlements.map(({ outcome }) => outcome !== undefined),
    settlements.map(({ outcome }) => (outcome === undefined ? null : encodeValue(outcome as unknown as Row))),
    settlements.map(({ outcome }) => (outcome === undefined || outcome.kind === "accepted" ? null : storable(outcome.code))),
  ];
}
