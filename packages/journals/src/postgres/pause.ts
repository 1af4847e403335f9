import type { Note, Pause } from "@backstitch/core/journal";
import type { Statement } from "./database.ts";
import { CLAIMABLE, clockOf, NOW, type Store } from "./store.ts";
import { storable, unstorable } from "./text.ts";

/** Services first, by name. */
export async function paused(store: Store): Promise<readonly Pause[]> {
  const text = 'SELECT what AS of, name, since, by, reason FROM pause ORDER BY what DESC, name COLLATE "C"';
  const rows = (await store.db.query({ name: "pause.read", text, values: [] })) as unknown as readonly Pause[];
  return rows.map(({ of, since, ...row }) => {
    const [name, by, reason] = [unstorable(row.name), unstorable(row.by), unstorable(row.reason)];
    return { of, name, since, by, reason };
  });
}

const PAUSE = `
  WITH ${NOW}
  INSERT INTO pause SELECT DISTINCT asked.what, asked.name, t.now, $4::text, $5::text FROM unnest($2::text[], $3::text[]) AS asked (what, name), t
  ON CONFLICT (what, name) DO UPDATE SET since = excluded.since, by = excluded.by, reason = excluded.reason`;

const RESUME =
  "DELETE FROM pause USING unnest($1::text[], $2::text[]) AS asked (what, name) WHERE pause.what = asked.what AND pause.name = asked.name";

export async function setPaused(store: Store, what: readonly Pick<Pause, "of" | "name">[], note: Note | undefined): Promise<void> {
  const names = [what.map(({ of }) => of), what.map(({ name }) => storable(name))];
  if (note === undefined) await store.db.query({ name: "pause.resume", text: RESUME, values: names });
  else {
    const values = [clockOf(store), ...names, storable(note.by), storable(note.reason)];
    await store.db.query({ name: "pause.set", text: PAUSE, values });
  }
}

/**
 * Entries of paused rules. A paused service is left alone by leaving it out; deliveries of a paused rule stand among others, by the million perhaps:
 * each is met once, and then parked.
 */
export const PAUSED_ENTRIES = "SELECT number FROM entry JOIN pause ON pause.what = 'rule' AND pause.name = entry.rule";

/** Most rows that one look parks or takes back. */
const LOOK_ROWS = 500;

const GO_ON = `
  WITH ${NOW},
  back AS (
    SELECT d.seq FROM entry CROSS JOIN LATERAL (
      SELECT seq FROM delivery WHERE parked AND delivery.entry = entry.number LIMIT ${LOOK_ROWS} FOR NO KEY UPDATE SKIP LOCKED
    ) AS d
    WHERE EXISTS (SELECT FROM delivery WHERE parked OFFSET 0) AND NOT EXISTS (SELECT FROM pause WHERE what = 'rule' AND name = entry.rule)
    LIMIT ${LOOK_ROWS}
  )
  UPDATE delivery AS d SET parked = false, next_at = CASE d.state WHEN 'pending' THEN least(d.next_at, t.now) ELSE d.next_at END
  FROM back, t WHERE d.seq = back.seq`;

/** Takes back some of what was parked of rules that go on. */
export function goOn(store: Store): Statement {
  return { name: "pause.go-on", text: GO_ON, values: [clockOf(store)] };
}

const PARK = `
  WITH ${NOW},
  paused AS (
    SELECT d.seq FROM unnest($2::text[], $3::int[]) AS room (service, most), t CROSS JOIN LATERAL (
      SELECT seq, entry FROM delivery WHERE service = room.service AND ${CLAIMABLE} AND next_at <= t.now
      ORDER BY next_at, seq LIMIT room.most + ${LOOK_ROWS} FOR NO KEY UPDATE SKIP LOCKED
    ) AS d
    WHERE EXISTS (SELECT FROM pause WHERE what = 'rule') AND d.entry = ANY (ARRAY(${PAUSED_ENTRIES}))
  )
  UPDATE delivery AS d SET parked = true FROM paused WHERE d.seq = paused.seq`;

/** Parks what stands before others, so that those are claimed. */
export function park(store: Store, services: readonly string[], most: readonly number[]): Statement {
  return { name: "pause.park", text: PARK, values: [clockOf(store), services, most] };
}
