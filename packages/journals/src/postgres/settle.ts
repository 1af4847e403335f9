import type { ClaimToken, Settlement, Starting } from "@backstitch/core/journal";
import { encodeValue, type Row } from "@backstitch/core/values";
import { PAYLOAD_KEPT_MS } from "../shared/limits.ts";
import { isSettled, mayBeDone } from "../shared/standing.ts";
import type { Statement } from "./database.ts";
import { callersTime, clockOf, lock, NOW, owned, type Store } from "./store.ts";
import { storable } from "./text.ts";
import { rememberAlike } from "./alike.ts";
import { nameOf, namesOf } from "./unsure.ts";

/**
 * The delivery of each id that is asked for. A look-up that cannot become a join: what a plan knows of the tables' sizes may be long past, and one
 * that goes through all deliveries, or a whole partial index, for each id would be kept. For the same reason no condition names a partial index's own.
 */
const FOUND = "CROSS JOIN LATERAL (SELECT seq FROM delivery WHERE delivery.id = asked.id OFFSET 0) AS found";

/** A lapsed claim may not start: its lease no longer covers the attempt. The phase stays, so that no index changes. */
const START = `
  WITH ${NOW}
  UPDATE delivery AS d SET state = 'started' FROM t, unnest($2::text[], $3::int[]) AS asked (id, claim) ${FOUND}
  WHERE d.seq = found.seq AND d.claim = asked.claim AND (d.state = 'started' OR d.state = 'claimed' AND d.next_at > t.now)
  RETURNING d.id, d.claim`;

export async function start(store: Store, claims: readonly Starting[]): Promise<readonly ClaimToken[]> {
  const values = [clockOf(store), claims.map(({ id }) => id), claims.map(({ number }) => number)];
  if (claims.length === 0) return [];
  const [rows] = await owned(store, [{ name: "start", text: START, values }, ...rememberAlike(store, claims)]);
  const started = namesOf(rows);
  return claims.filter((token) => started.has(nameOf(token)));
}

const SETTLE = `
  WITH ${NOW},
  asked AS (
    SELECT * FROM unnest($2::text[], $3::int[], $4::text[], $5::bigint[], $6::int[], $7::boolean[], $8::text[], $9::text[])
    AS asked (id, claim, state, delay, attempts, maybe, outcome, code)
  ),
  moved AS (
    UPDATE delivery AS d SET
      state = asked.state,
      next_at = CASE
        WHEN asked.state = 'held' THEN NULL
        WHEN asked.state = 'pending' THEN least(d.recorded_at, t.now)
        WHEN asked.delay IS NULL THEN t.now + ${PAYLOAD_KEPT_MS}
        ELSE t.now + asked.delay
      END,
      attempts = asked.attempts,
      tried_at = CASE WHEN asked.attempts > 0 THEN coalesce(d.tried_at, t.now) ELSE d.tried_at END,
      claims = CASE WHEN asked.outcome IS NULL THEN d.claims - 1 ELSE 0 END,
      uncertain = d.uncertain OR asked.maybe,
      place = CASE WHEN asked.delay IS NULL AND asked.state NOT IN ('held', 'pending') THEN 0 ELSE d.place END
    FROM t, asked ${FOUND}
    WHERE d.seq = found.seq AND d.claim = asked.claim AND d.state IN ('claimed', 'started')
    RETURNING d.seq, d.id, d.claim, d.attempts, d.state, asked.outcome, asked.code
  ),
  kept AS (
    INSERT INTO outcome (delivery, claim, attempt, at, code, body)
    SELECT seq, claim, attempts, t.now, code, outcome FROM moved, t WHERE outcome IS NOT NULL
  ),
  counted AS (INSERT INTO tally SELECT state, count(*) FROM moved GROUP BY state)
  SELECT id, claim FROM moved`;

/**
 * The first that waits in a lane that nobody is first in any more. Where it is pending, it is due. `$3`: of the lane in order, or of what was sent again;
 * null: of that in which the delivery is.
 */
function releasing(tallied: boolean): string {
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
    SELECT DISTINCT d.lane, coalesce($3::boolean, d.redriven) AS redriven FROM unnest($2::text[]) AS asked (id)
    CROSS JOIN LATERAL (SELECT lane, redriven FROM delivery WHERE delivery.id = asked.id OFFSET 0) AS d WHERE d.lane <> ''
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
  FROM next, t WHERE d.seq = next.seq`;
}

const RELEASE = releasing(true);
const RELEASE_UNTALLIED = releasing(false);

/** Lets the lanes go on that these deliveries have left. In the transaction in which they left, under the lock of the lanes. */
function release(store: Store, ids: readonly string[]): Statement {
  return { name: "release", text: RELEASE, values: [clockOf(store), ids, null] };
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
  const ended = settlements.filter(({ next }) => isSettled(next.state)).map(({ claim }) => claim.id);
  const move: Statement = { name: "settle", text: SETTLE, values: [clockOf(store), ...columnsOf(settlements)] };
  if (ended.length === 0) return namesOf((await owned(store, [move]))[0]);
  // What is recorded behind these meanwhile waits for the lock, or is there when the lanes are released.
  const [, moved] = await owned(store, [lock("lanes", "shared"), move, release(store, ended)]);
  return namesOf(moved);
}

function columnsOf(settlements: readonly Timed[]): readonly unknown[] {
  return [
    settlements.map(({ claim }) => claim.id),
    settlements.map(({ claim }) => claim.number),
    settlements.map(({ next }) => next.state),
    settlements.map(({ delayMs }) => delayMs),
    settlements.map(({ attempts }) => attempts),
    settlements.map(({ next, outcome }) => next.state !== "pending" && (next.state === "uncertain" || mayBeDone(outcome))),
    settlements.map(({ outcome }) => (outcome === undefined ? null : encodeValue(outcome as unknown as Row))),
    settlements.map(({ outcome }) => (outcome === undefined || outcome.kind === "accepted" ? null : storable(outcome.code))),
  ];
}
