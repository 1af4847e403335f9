import { KEY_KEPT_MS, PAYLOAD_KEPT_MS, PURGE_BYTES, PURGE_ROWS } from "../shared/limits.ts";
import { forgetAdmitted } from "./admit.ts";
import type { Rows, Statement } from "./database.ts";
import { ROW_BYTES } from "./room.ts";
import { clockOf, lock, NOW, ownedBy, type Store, workerOf } from "./store.ts";
import { forgetLifted } from "./suppression.ts";
import { own } from "./worker.ts";

/** Of what was settled long ago first the payload goes, then the key. What another worker purges is left to it. */
const FORGET = `
  WITH ${NOW},
  due AS (
    SELECT seq, event, state, purged, bytes, next_at FROM delivery, t WHERE phase = 2 AND next_at <= t.now
    ORDER BY next_at LIMIT ${PURGE_ROWS} FOR UPDATE OF delivery SKIP LOCKED
  ),
  sized AS (SELECT *, sum(bytes) OVER age AS total, row_number() OVER age AS nth FROM due WINDOW age AS (ORDER BY next_at, seq)),
  old AS (SELECT * FROM sized WHERE total <= ${PURGE_BYTES} OR nth = 1),
  payloads AS (
    UPDATE delivery AS d SET args = NULL, turn = NULL, bytes = 0, purged = true, next_at = d.next_at + ${KEY_KEPT_MS - PAYLOAD_KEPT_MS}
    FROM old WHERE d.seq = old.seq AND NOT old.purged
  ),
  outcomes AS (DELETE FROM outcome USING old WHERE outcome.delivery = old.seq AND old.purged),
  reports AS (DELETE FROM report USING old WHERE report.delivery = old.seq AND old.purged),
  keys AS (DELETE FROM delivery AS d USING old WHERE d.seq = old.seq AND old.purged),
  counted AS (INSERT INTO tally SELECT state, -count(*) FROM old WHERE purged GROUP BY state),
  weighed AS (INSERT INTO tally SELECT 'bytes', -sum(bytes + CASE WHEN purged THEN ${ROW_BYTES} ELSE 0 END) FROM old HAVING count(*) > 0)
  SELECT event, purged FROM old`;

/** The event goes with the last of its deliveries' arguments, and is forgotten with the last of their keys, and of what is undecided for it. */
function forgettingEvents(asked: string): string {
  return `
  WITH asked AS (${asked}),
  over AS (
    SELECT event.seq, coalesce(octet_length(event.body), 0) AS bytes,
      EXISTS (SELECT FROM delivery WHERE delivery.event = event.seq) OR EXISTS (SELECT FROM undecided WHERE undecided.event = event.seq) AS known
    FROM asked JOIN event ON event.seq = asked.seq
    WHERE NOT EXISTS (SELECT FROM delivery WHERE delivery.event = event.seq AND NOT delivery.purged)
  ),
  emptied AS (UPDATE event SET body = NULL FROM over WHERE event.seq = over.seq AND over.known),
  gone AS (DELETE FROM event USING over WHERE event.seq = over.seq AND NOT over.known)
  INSERT INTO tally SELECT 'bytes', -sum(bytes + CASE WHEN known THEN 0 ELSE ${ROW_BYTES} END) FROM over HAVING count(*) > 0`;
}

/** Under the lock of recording. */
const UNASK = `
  UPDATE event SET asked = asked - gone.n FROM (SELECT seq, count(*) AS n FROM unnest($1::bigint[]) AS key (seq) GROUP BY seq) AS gone
  WHERE event.seq = gone.seq`;

const FORGET_EVENTS = forgettingEvents("SELECT DISTINCT seq FROM unnest($1::bigint[]) AS asked (seq)");
/** Of deliveries by their ids. */
export const FORGET_EVENTS_OF = forgettingEvents(
  "SELECT DISTINCT d.event AS seq FROM unnest($1::text[]) AS asked (id) JOIN delivery AS d ON d.id = asked.id",
);

const FORGET_UNDECIDED = `
  WITH ${NOW},
  gone AS (
    DELETE FROM undecided WHERE ctid IN (
      SELECT undecided.ctid FROM undecided, t WHERE recorded_at <= t.now - ${PAYLOAD_KEPT_MS} ORDER BY recorded_at LIMIT $2 FOR UPDATE OF undecided SKIP LOCKED
    ) RETURNING event
  ),
  weighed AS (INSERT INTO tally SELECT 'bytes', -${ROW_BYTES} * count(*) FROM gone HAVING count(*) > 0)
  SELECT event FROM gone`;

/** Events that matched nothing. */
const FORGET_UNMATCHED = `
  WITH ${NOW},
  due AS (
    SELECT seq, recorded_at, coalesce(octet_length(body), 0) AS bytes FROM event, t WHERE unmatched AND recorded_at <= t.now - $2::bigint
    ORDER BY recorded_at LIMIT $3 FOR UPDATE OF event SKIP LOCKED
  ),
  sized AS (SELECT *, sum(bytes) OVER age AS total, row_number() OVER age AS nth FROM due WINDOW age AS (ORDER BY recorded_at, seq)),
  gone AS (
    DELETE FROM event WHERE seq IN (SELECT seq FROM sized WHERE total <= ${PURGE_BYTES} OR nth = 1) RETURNING body
  ),
  weighed AS (INSERT INTO tally SELECT 'bytes', -sum(${ROW_BYTES} + coalesce(octet_length(body), 0)) FROM gone HAVING count(*) > 0)
  SELECT count(*)::int AS n FROM gone`;

/** Adds up the tally: whoever reads it meanwhile sees the rows before or after, never both. */
const ADD_UP = `
  WITH added AS (SELECT ctid FROM tally LIMIT 100000 FOR UPDATE SKIP LOCKED),
  gone AS (DELETE FROM tally WHERE ctid = ANY(ARRAY(SELECT ctid FROM added)) RETURNING name, n)
  INSERT INTO tally SELECT name, sum(n) FROM gone GROUP BY name`;

/** Forgets payloads, then keys, of what was settled long ago: at most so many rows a call. Returns how many it touched. */
export async function purge(store: Store): Promise<number> {
  const worker = workerOf(store);
  try {
    await store.db.transaction([own(worker), { name: "purge.tally", text: ADD_UP, values: [] }]);
    return await store.db.interactive(async (query) => {
      await query(own(worker));
      return forget(store, query);
    });
  } catch (error) {
    throw await ownedBy(store, worker, error);
  }
}

async function forget(store: Store, query: (statement: Statement) => Promise<Rows>): Promise<number> {
  const now = clockOf(store);
  const old = await query({ name: "purge.deliveries", text: FORGET, values: [now] });
  let left = PURGE_ROWS - old.length;
  // Nothing may be recorded of an event while it is found out that nothing refers to it.
  await query(lock("recording", "alone"));
  const undecided = await query({ name: "purge.undecided", text: FORGET_UNDECIDED, values: [now, left] });
  const events = [...old, ...undecided].map((row) => row["event"]);
  const keys = old.filter((row) => row["purged"] === true).map((row) => row["event"]);
  if (keys.length > 0) await query({ name: "purge.asked", text: UNASK, values: [keys] });
  if (events.length > 0) await query({ name: "purge.events", text: FORGET_EVENTS, values: [events] });
  left -= undecided.length;
  const age = store.events === "none" ? 0 : PAYLOAD_KEPT_MS;
  const [gone] = await query({ name: "purge.unmatched", text: FORGET_UNMATCHED, values: [now, age, left] });
  const [uncounted] = await query(forgetAdmitted(store, PURGE_ROWS));
  const [lifted] = await query(forgetLifted(store));
  return PURGE_ROWS - left + numberOf(gone) + numberOf(uncounted) + numberOf(lifted);
}

function numberOf(row: Rows[number] | undefined): number {
  return (row?.["n"] as number | undefined) ?? 0;
}
