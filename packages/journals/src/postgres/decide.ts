import type { Decision, Note } from "@backstitch/core/journal";
import { KEY_KEPT_MS, PAYLOAD_KEPT_MS } from "../shared/limits.ts";
import { decidedOutcome } from "../shared/standing.ts";
import type { Statement } from "./database.ts";
import { FORGET_EVENTS_OF } from "./purge.ts";
import { BY_HAND, statesOf, tallyLanes } from "./redrive.ts";
import { releaseUntallied } from "./settle.ts";
import { clockOf, lock, NOW, type Store } from "./store.ts";

/** What each changes; `over` is the delivery as it was. */
const CHANGES: Readonly<Record<Decision, string>> = {
  drop: `state = 'dropped', next_at = t.now + ${PAYLOAD_KEPT_MS}, place = 0`,
  hold: "state = 'held', next_at = NULL",
  release: `state = 'pending', next_at = least(d.recorded_at, t.now), attempts = 0, tried_at = NULL, claims = 0, uncertain = d.uncertain AND (NOT over.holds OR ${BY_HAND})`,
  // It stays where it stands, and is known until it would have been.
  forget: `args = NULL, turn = NULL, bytes = 0, purged = true, next_at = d.next_at + ${KEY_KEPT_MS - PAYLOAD_KEPT_MS}`,
};

function deciding(decision: Decision): string {
  return `
  WITH ${NOW},
  over AS (
    SELECT d.seq, d.state, d.attempts, d.bytes, coalesce(entry.holds, false) AS holds FROM unnest($2::text[]) AS asked (id)
    JOIN delivery AS d ON d.id = asked.id LEFT JOIN entry ON entry.number = d.entry
    WHERE d.state = ANY($3::text[])${decision === "forget" ? " AND NOT d.purged" : ""} FOR NO KEY UPDATE OF d
  ),
  moved AS (
    UPDATE delivery AS d SET ${CHANGES[decision]}, claim = d.claim + 1, parked = false, kept_back = false FROM over, t WHERE d.seq = over.seq
    RETURNING d.seq, d.id, d.claim, d.state, over.state AS was, over.attempts AS before, over.bytes - d.bytes AS less
  ),
  kept AS (INSERT INTO outcome (delivery, claim, attempt, at, code, body) SELECT seq, claim, before, t.now, $4::text, $5::text FROM moved, t),
  counted AS (
    INSERT INTO tally SELECT was, -count(*) FROM moved GROUP BY was UNION ALL SELECT state, count(*) FROM moved GROUP BY state
    UNION ALL SELECT 'bytes', -coalesce(sum(less), 0) FROM moved
  )
  SELECT id FROM moved`;
}

const DECIDE: Readonly<Record<Decision, string>> = {
  drop: deciding("drop"),
  hold: deciding("hold"),
  release: deciding("release"),
  forget: deciding("forget"),
};

/** Returns the ids to which it was done, each once. */
export async function decide(store: Store, decision: Decision, ids: readonly string[], note: Note): Promise<readonly string[]> {
  const asked = [...new Set(ids)];
  const outcome = decidedOutcome(decision, note);
  const values = [clockOf(store), asked, statesOf(decision), outcome.code, JSON.stringify(outcome)];
  const move: Statement = { name: `decide.${decision}`, text: DECIDE[decision], values };
  // Nobody records of an event while it is found out that nothing refers to it, nor behind what is dropped.
  const locks = decision === "forget" ? [lock("recording", "alone")] : [lock("lanes", "alone"), tallyLanes(asked, [], -1)];
  const after =
    decision === "forget"
      ? [{ name: "decide.events", text: FORGET_EVENTS_OF, values: [asked] }]
      : [releaseUntallied(store, asked, false), releaseUntallied(store, asked, true), tallyLanes(asked, [], 1)];
  const all = await store.db.transaction([...locks, move, ...after]);
  const done = new Set((all[locks.length] ?? []).map((row) => row["id"] as string));
  return ids.filter((id) => done.delete(id));
}
