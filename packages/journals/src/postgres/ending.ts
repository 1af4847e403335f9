import { type WhyLapsed, lapseOutcome } from "../shared/standing.ts";
import type { Statement } from "./database.ts";
import { underClaim } from "./leases.ts";
import { NOW } from "./store.ts";

/** Most calls whose lapsed claims are ended at once. Where there were as many there may be more. */
export const SWEEP_CALLS = 8;

/** Ends claims without an outcome: pending again at its old place, or uncertain where a request may have been written. `which` finds the leases. */
function ending(which: string): string {
  return `
  WITH ${NOW},
  due AS (SELECT worker, call FROM lease, t WHERE ${which}),
  gone AS (
    DELETE FROM lease USING due WHERE lease.worker = due.worker AND lease.call = due.call RETURNING lease.deliveries, lease.claims
  ),
  over AS (SELECT d.seq FROM gone CROSS JOIN LATERAL ${underClaim("gone", ["claimed", "started"], "locked")} AS d),
  moved AS (
    UPDATE delivery AS d SET
      state = CASE d.state WHEN 'started' THEN 'uncertain' ELSE 'pending' END,
      next_at = CASE d.state WHEN 'started' THEN t.now ELSE least(d.recorded_at, t.now) END,
      attempts = CASE d.state WHEN 'started' THEN d.attempts + 1 ELSE d.attempts END,
      tried_at = CASE d.state WHEN 'started' THEN coalesce(d.tried_at, t.now) ELSE d.tried_at END,
      uncertain = d.uncertain OR d.state = 'started'
    FROM t WHERE d.seq = ANY (ARRAY(SELECT seq FROM over))
    RETURNING d.seq, d.claim, d.attempts, d.state
  ),
  kept AS (
    INSERT INTO outcome (delivery, claim, attempt, at, code, body)
    SELECT seq, claim, attempts, t.now, $3::text, $2::text FROM moved, t WHERE state = 'uncertain'
  ),
  counted AS (INSERT INTO tally SELECT state, count(*) FROM moved GROUP BY state)
  SELECT count(*)::int AS calls FROM gone`;
}

const LAPSED = ending(`until <= t.now ORDER BY until LIMIT ${SWEEP_CALLS} FOR UPDATE OF lease SKIP LOCKED`);
const VOID = ending("worker = $4::int FOR UPDATE OF lease");

/** Ends claims whose lease is over; tells of how many calls. */
export function endLapsed(clock: number | null): Statement {
  return { name: "claim.lapsed", text: LAPSED, values: [clock, ...because("CLAIM_LAPSED")] };
}

/** Ends every claim of an earlier process of this worker's name. */
export function voidClaims(clock: number | null, worker: number): Statement {
  return { name: "claim.void", text: VOID, values: [clock, ...because("CRASHED"), worker] };
}

function because(lapse: WhyLapsed): readonly [outcome: string, code: string] {
  return [JSON.stringify(lapseOutcome(lapse)), lapse];
}
