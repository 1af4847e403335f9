import type { EventRecord } from "@backstitch/core/journal";
import type { Undecided } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { decodeValue, encodeValue, type Row } from "@backstitch/core/values";
import type { Origin } from "../shared/origin.ts";
import { whole } from "../shared/whole.ts";
import type { Statement } from "./database.ts";
import { ROW_BYTES } from "./room.ts";
import { clockOf, NOW, type Store } from "./store.ts";
import { storable } from "./text.ts";

/** An event as it is written. */
export interface EventText extends Origin {
  readonly id: string;
  /** Null where the batch does not have it. */
  readonly body: string | null;
  /** Nothing refers to it. */
  readonly unmatched: boolean;
}

/** A delivery, or a failed match, of an event. */
export interface AskedDelivery {
  readonly id: string;
  readonly eventId: string;
}

export function eventText(id: string, event: ChangeEvent | undefined, told: Origin & Pick<EventText, "unmatched">): EventText {
  return { id: storable(id), body: event === undefined ? null : encodeValue(event as unknown as Row), ...told };
}

export function bytesOf({ body }: EventText): number {
  return ROW_BYTES + (body === null ? 0 : Buffer.byteLength(body));
}

/** The event of an id: in brackets, a row or none, and never a join, which would go through all events where its plan is older than they are. */
export function eventOf(id: string, ...columns: readonly string[]): string {
  return `(SELECT ${columns.join(", ")} FROM event WHERE hashtextextended(event.id, 0) = hashtextextended(${id}, 0) AND event.id = ${id} OFFSET 0)`;
}

/** Each is stored once; one that was kept although it matched nothing may match now, under other rules; of one that had matched they may ask for more. */
const STORE = `
  WITH ${NOW},
  asked AS (SELECT * FROM unnest($2::text[], $3::text[], $4::boolean[], $5::bigint[], $6::text[], $7::integer[], $8::integer[], $9::integer[])
    WITH ORDINALITY AS asked (id, body, unmatched, committed_at, trace, hops, deliveries, before, nth)),
  seen AS (
    SELECT asked.*, event.seq, event.unmatched AS was FROM asked LEFT JOIN LATERAL ${eventOf("asked.id", "seq", "unmatched")} AS event ON true
  ),
  more AS (
    SELECT seq, (
      SELECT count(*) FROM unnest(($10::text[])[before + 1 : before + deliveries]) AS one (id)
      WHERE NOT EXISTS (SELECT FROM delivery AS known WHERE known.id = one.id OFFSET 0)
    ) AS n FROM seen WHERE seq IS NOT NULL AND deliveries > 0
  ),
  matched AS (
    UPDATE event SET unmatched = false, asked = asked + coalesce((SELECT n FROM more WHERE more.seq = event.seq), 0),
      (committed_at, trace, hops) = (
        SELECT seen.committed_at, seen.trace, seen.hops FROM seen WHERE seen.seq = event.seq AND event.unmatched
        UNION ALL SELECT event.committed_at, event.trace, event.hops WHERE NOT event.unmatched
      )
    WHERE seq = ANY (ARRAY(SELECT seq FROM seen WHERE was AND NOT unmatched UNION SELECT seq FROM more WHERE n > 0))
  ),
  added AS (
    INSERT INTO event (id, recorded_at, body, unmatched, committed_at, trace, hops, asked)
    SELECT id, t.now, body, unmatched, committed_at, trace, hops, deliveries FROM seen, t WHERE seq IS NULL ORDER BY nth RETURNING body
  )
  INSERT INTO tally SELECT 'bytes', sum(${ROW_BYTES} + coalesce(octet_length(body), 0)) FROM added HAVING count(*) > 0`;

/** Ids are different ones. In a transaction that holds the lock of recording, before the deliveries are stored. */
export function storeEvents(store: Store, events: readonly EventText[], deliveries: readonly AskedDelivery[]): Statement {
  const asked = Map.groupBy(deliveries, ({ eventId }) => storable(eventId));
  const idsOf = events.map(({ id }) => (asked.get(id) ?? []).map((one) => one.id));
  let before = 0;
  const columns = [
    events.map(({ id }) => id),
    events.map(({ body }) => body),
    events.map(({ unmatched }) => unmatched),
    events.map(({ committedAt }) => committedAt ?? null),
    events.map(({ trace }) => trace ?? null),
    events.map(({ hops }) => hops ?? null),
    idsOf.map((ids) => ids.length),
    idsOf.map((ids) => (before += ids.length) - ids.length),
    idsOf.flat(),
  ];
  return { name: "event.store", text: STORE, values: [clockOf(store), ...columns] };
}

/** A batch that is read again adds only what was not undecided before. */
const STORE_UNDECIDED = `
  WITH ${NOW},
  asked AS (SELECT * FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS asked (event, what, body, nth)),
  added AS (
    INSERT INTO undecided (event, what, recorded_at, body)
    SELECT event.seq, asked.what, t.now, asked.body FROM t, asked CROSS JOIN LATERAL ${eventOf("asked.event", "seq")} AS event
    ORDER BY nth ON CONFLICT DO NOTHING RETURNING 1
  ),
  counted AS (INSERT INTO tally SELECT 'undecided', count(*) FROM added)
  INSERT INTO tally SELECT 'bytes', ${ROW_BYTES} * count(*) FROM added`;

export function storeUndecided(store: Store, undecided: readonly Undecided[]): Statement {
  const columns = [
    undecided.map(({ eventId }) => storable(eventId)),
    undecided.map(({ rule, then }) => JSON.stringify([rule, then])),
    undecided.map((one) => JSON.stringify(one)),
  ];
  return { name: "event.undecided", text: STORE_UNDECIDED, values: [clockOf(store), ...columns] };
}

/** Most are asked for because something refers to them; there is no index over the few others. */
const READ = `
  WITH kept AS (
    SELECT body, (SELECT json_agg(undecided.body ORDER BY undecided.n) FROM undecided WHERE undecided.event = event.seq)::text AS undecided, false AS recent
    FROM event WHERE hashtextextended(id, 0) = hashtextextended($1, 0) AND id = $1
  )
  SELECT * FROM kept UNION ALL (
    SELECT bodies[(SELECT max(n) FROM unnest(array_positions(ids, $1)) AS n)], NULL, true FROM recent WHERE NOT EXISTS (SELECT FROM kept) AND $1 = ANY(ids) ORDER BY seq DESC LIMIT 1
  )`;

/** The event, with every field of the contract there. */
export async function readEvent(store: Store, id: string): Promise<EventRecord | undefined> {
  const held = store.recent.held(id);
  const [row] = await store.db.query({ name: "event.read", text: READ, values: [storable(id)] });
  if (held !== undefined && (row === undefined || row["recent"] === true)) return { event: whole(held), undecided: [] };
  if (row === undefined || row["body"] === null) return undefined;
  const event = decodeValue(row["body"] as string) as unknown as ChangeEvent;
  const undecided = row["undecided"] === null ? [] : (JSON.parse(row["undecided"] as string) as string[]);
  return { event: whole(event), undecided: undecided.map((body) => JSON.parse(body) as Undecided) };
}
