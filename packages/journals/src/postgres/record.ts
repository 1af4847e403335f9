import { PositionMoved, type ClaimedDelivery, type ClaimRequest } from "@backstitch/core/journal";
import { deliveryId, type FailedMatch, type Matched, needsJournal, type NewDelivery } from "@backstitch/core/rules";
import type { Batch, ChangeEvent } from "@backstitch/core/source";
import { encodeValue } from "@backstitch/core/values";
import { PAYLOAD_KEPT_MS, unmatchedOf } from "../shared/limits.ts";
import { originOf } from "../shared/origin.ts";
import { claimedUnknown } from "./claim.ts";
import { Refused, Unreachable } from "./connect.ts";
import type { Rows, Statement } from "./database.ts";
import type { Entry } from "../shared/entry.ts";
import { bytesOf, eventOf, eventText, type EventText, storeEvents, storeUndecided } from "./event.ts";
import { leasing } from "./leases.ts";
import { PAUSED_ENTRIES } from "./pause.ts";
import { positions } from "./read.ts";
import { ROW_BYTES } from "./room.ts";
import { clockOf, lock, LOCKS, NOW, owned, roomOf, type Store, workerOf } from "./store.ts";
import { storable } from "./text.ts";

/** What one call of `record` stores. */
export interface Recording {
  readonly batch: Batch;
  readonly matched: Matched;
  readonly ruleSetHash: string;
  readonly claim: ClaimRequest;
}

/** SQLSTATE of a batch that goes on from another position. */
const POSITION_MOVED = "BS002";

/**
 * Everything in one transaction: the compare-and-set of the position, the events that matter, the deliveries, and claims of those that fit.
 * A batch whose answer was lost is found recorded when it is recorded again.
 */
export async function record(store: Store, recording: Recording): Promise<readonly ClaimedDelivery[]> {
  const { batches } = store.unsure;
  const { batch } = recording;
  const written = writtenOf(store, recording);
  if (!batches.has(batch)) await store.room.check(written.bytes);
  await store.entries.store(written.rows.map(({ entry }) => entry));
  try {
    const claims = await store.unsure.claiming((call) => write(store, recording, written, call));
    batches.delete(batch);
    // Last: of a batch that is refused none is kept.
    await store.recent.hold(written.recent, (statements) => owned(store, statements));
    return claims;
  } catch (error) {
    if (error instanceof Unreachable) batches.add(batch);
    if (!(error instanceof Refused && error.code === POSITION_MOVED)) throw error;
    const isOurs = batches.has(batch) && (await positions(store, batch.source)).get(batch.partition) === batch.to;
    if (!isOurs) throw new PositionMoved(batch.source, batch.partition);
    const claims = await claimedUnknown(store, recording.claim);
    // Last: where that breaks too, the batch is asked for again.
    batches.delete(batch);
    return claims;
  }
}

/** A batch as it is written. */
interface Written {
  readonly rows: readonly DeliveryText[];
  readonly events: readonly EventText[];
  /** What is kept in another way, since nothing refers to it. */
  readonly recent: readonly ChangeEvent[];
  readonly bytes: number;
}

interface DeliveryText {
  readonly id: string;
  readonly eventId: string;
  readonly entry: Entry;
  readonly service: string | undefined;
  readonly lane: string;
  readonly args: string | null;
  readonly turn: string | undefined;
  readonly bytes: number;
  readonly expiresAt: number | undefined;
  /** Of a failed match. */
  readonly outcome: string | null;
  readonly code: string | null;
  readonly asked: NewDelivery | undefined;
}

function writtenOf(store: Store, { batch, matched, ruleSetHash }: Recording): Written {
  const { deliveries, failures, undecided } = matched;
  const all = [...failures.map((one) => failureText(one, ruleSetHash)), ...deliveries.map((one) => deliveryText(one, ruleSetHash))];
  // Of two with the same key the first counts.
  const byKey = new Map<string, DeliveryText>();
  for (const row of all) if (!byKey.has(row.id)) byKey.set(row.id, row);
  const rows = [...byKey.values()];
  const byId = new Map(batch.events.map((event) => [event.id, event]));
  const ids = new Set([...undecided, ...failures, ...deliveries].map(({ eventId }) => eventId));
  const rest = unmatchedOf(batch.events, matched);
  const kept = store.events === "all" ? new Map(rest.map((event) => [event.id, event])).values() : [];
  const events = [
    ...[...ids].map((id) => eventText(id, byId.get(id), { ...originOf(byId.get(id), matched), unmatched: false })),
    ...[...kept].map((event) => eventText(event.id, event, { ...originOf(event, matched), unmatched: true })),
  ];
  const sizes = [...rows.map(({ bytes }) => ROW_BYTES + bytes), ...events.map(bytesOf), ROW_BYTES * undecided.length];
  return { rows, events, recent: store.events === "matched" ? rest : [], bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

function deliveryText(asked: NewDelivery, ruleSetHash: string): DeliveryText {
  const { key, eventId, rule, then, service, action, lane, ifUncertain, retry, limits, expiresAt } = asked;
  const args = encodeValue(asked.args);
  const entry = { rule, then, action, ifUncertain, retry, limits, ruleSetHash };
  return {
    id: deliveryId(key),
    eventId,
    entry,
    service,
    lane,
    args,
    turn: asked.turn,
    bytes: Buffer.byteLength(args),
    expiresAt,
    outcome: null,
    code: null,
    asked,
  };
}

/** A condition or template that failed is a rejected delivery without arguments, in no lane. */
function failureText({ key, eventId, rule, then, service, action, code, reason }: FailedMatch, ruleSetHash: string): DeliveryText {
  const entry: Entry = { rule, then, action, ifUncertain: "retry", ruleSetHash };
  const outcome = encodeValue({ kind: "rejected", code, reason });
  return {
    id: deliveryId(key),
    eventId,
    entry,
    service,
    lane: "",
    args: null,
    turn: undefined,
    bytes: 0,
    expiresAt: undefined,
    outcome,
    code: storable(code),
    asked: undefined,
  };
}

async function write(store: Store, recording: Recording, written: Written, call: number): Promise<readonly ClaimedDelivery[]> {
  const { batch, matched, claim } = recording;
  const { rows, events } = written;
  const seen: Statement = { name: "record.seen", text: "INSERT INTO tally VALUES ('events', $1)", values: [batch.events.length] };
  const position = movePosition(batch);
  if (events.length === 0) {
    await owned(store, batch.events.length === 0 ? [position] : [position, seen]);
    return [];
  }
  const undecided = matched.undecided.length === 0 ? [] : [storeUndecided(store, matched.undecided)];
  const failed = matched.failures.length === 0 ? [] : [storeReasons(store, rows)];
  const statements = [position, seen, lock("recording", "alone"), storeEvents(store, events, rows), ...undecided];
  if (rows.length === 0) {
    await owned(store, statements);
    return [];
  }
  const write = storeDeliveries(store, rows, claim, call);
  const all = await owned(store, [...statements, lockLanes(rows), write, ...failed]);
  const claimed = all[statements.length + 1] ?? [];
  store.leases.note(call, claimed, claim.leaseMs);
  return claimsOf(rows, claimed, recording);
}

function movePosition({ source, partition, from, to }: Batch): Statement {
  const moved =
    from === undefined
      ? "INSERT INTO position VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
      : "UPDATE position SET position = $3 WHERE source = $1 AND partition = $2 AND position = $4";
  const text = `WITH moved AS (${moved} RETURNING 1) SELECT refuse('${POSITION_MOVED}') WHERE NOT EXISTS (SELECT FROM moved)`;
  const values = [source, partition, to, ...(from === undefined ? [] : [from])].map(storable);
  return { name: from === undefined ? "record.first" : "record.move", text, values };
}

/** Whatever is recorded behind another delivery must be seen by whoever settles that one: the two do not run at the same time. */
const LOCK_LANES = `
  SELECT pg_advisory_xact_lock(hashtext(current_schema()), ${LOCKS.lanes})
  WHERE EXISTS (
    SELECT FROM unnest($1::text[]) AS asked (lane)
    CROSS JOIN LATERAL (SELECT FROM delivery WHERE delivery.lane = asked.lane AND NOT delivery.redriven AND delivery.place = 1 OFFSET 0) AS first
  )`;

function lockLanes(rows: readonly DeliveryText[]): Statement {
  return { name: "record.lanes", text: LOCK_LANES, values: [[...new Set(rows.map(({ lane }) => storable(lane)))]] };
}

const STORE = `
  WITH ${NOW},
  ${roomOf("$12", "$13")},
  asked AS (
    SELECT * FROM unnest($2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::int[], $9::bigint[], $10::boolean[], $17::boolean[], $18::text[])
    WITH ORDINALITY AS asked (id, event, entry, service, lane, args, bytes, expires_at, failed, limited, turns_by, nth)
  ),
  fresh AS (
    SELECT asked.*, event.seq, limited OR asked.entry = ANY (ARRAY(${PAUSED_ENTRIES})) AS waits,
      CASE
        WHEN failed THEN 0
        WHEN EXISTS (SELECT FROM delivery AS first WHERE first.lane = asked.lane AND NOT first.redriven AND first.place = 1) THEN 2
        ELSE least(2, row_number() OVER (PARTITION BY asked.lane, failed ORDER BY nth))
      END AS place
    FROM asked CROSS JOIN LATERAL ${eventOf("asked.event", "seq")} AS event
    WHERE NOT EXISTS (SELECT FROM delivery AS known WHERE known.id = asked.id OFFSET 0)
  ),
  free AS (
    SELECT fresh.*, place = 1 AND NOT waits
      AND row_number() OVER (PARTITION BY fresh.service, place = 1 AND NOT waits ORDER BY nth) <= coalesce(room.most, 0) AS fits
    FROM fresh LEFT JOIN room ON room.service = fresh.service
  ),
  sized AS (SELECT *, sum(bytes) FILTER (WHERE fits) OVER age AS total, count(*) FILTER (WHERE fits) OVER age AS turn FROM free WINDOW age AS (ORDER BY nth)),
  taken AS (SELECT *, fits AND (total <= $14::bigint OR turn = 1) AS now_claimed FROM sized),
  added AS (
    INSERT INTO delivery (id, event, entry, service, lane, recorded_at, args, bytes, expires_at, state, next_at, lease_at, place, attempts,
      claim, claims, uncertain, redriven, purged, turn)
    SELECT id, seq, entry, service, lane, t.now, args, bytes, expires_at,
      CASE WHEN failed THEN 'rejected' WHEN now_claimed THEN 'claimed' ELSE 'pending' END,
      CASE WHEN failed THEN t.now + ${PAYLOAD_KEPT_MS} ELSE t.now END,
      CASE WHEN now_claimed THEN t.now + $15::bigint END,
      place, 0, now_claimed::int, now_claimed::int, false, false, false, turns_by
    FROM taken, t ORDER BY nth
    RETURNING id, seq, claim, state, bytes
  ),
  m AS (SELECT id, seq, claim FROM added WHERE state = 'claimed'),
  leased AS (${leasing("m", { worker: "$11", call: "$16", until: "(SELECT now FROM t) + $15::bigint" })}),
  counted AS (INSERT INTO tally SELECT state, count(*) FROM added WHERE state <> 'claimed' GROUP BY state),
  blocked AS (
    INSERT INTO tally SELECT 'blocked lanes', count(DISTINCT lane) FROM fresh
    WHERE place = 2 AND NOT EXISTS (SELECT FROM delivery AS other WHERE other.lane = fresh.lane AND NOT other.redriven AND other.place = 2 OFFSET 0)
    HAVING count(*) > 0
  ),
  weighed AS (INSERT INTO tally SELECT 'bytes', sum(${ROW_BYTES} + bytes) FROM added HAVING count(*) > 0)
  SELECT id, seq, claim FROM m`;

function storeDeliveries(store: Store, rows: readonly DeliveryText[], claim: ClaimRequest, call: number): Statement {
  const room = [...claim.room].filter(([, most]) => most > 0);
  const values = [
    clockOf(store),
    rows.map(({ id }) => id),
    rows.map(({ eventId }) => storable(eventId)),
    rows.map(({ entry }) => store.entries.numberOf(entry)),
    rows.map(({ service }) => (service === undefined ? null : storable(service))),
    rows.map(({ lane }) => storable(lane)),
    rows.map(({ args }) => args),
    rows.map(({ bytes }) => bytes),
    rows.map(({ expiresAt }) => expiresAt ?? null),
    rows.map(({ outcome }) => outcome !== null),
    workerOf(store).number,
    room.map(([service]) => storable(service)),
    room.map(([, most]) => most),
    claim.bytes,
    claim.leaseMs,
    call,
    rows.map(({ entry }) => needsJournal(entry.limits)),
    // What is missing at the end of a list is null.
    rows.some(({ turn }) => turn !== undefined) ? rows.map(({ turn }) => (turn === undefined ? null : storable(turn))) : [],
  ];
  return { name: "record.store", text: STORE, values };
}

/** One that was read again has its reason. */
const STORE_REASONS = `
  WITH ${NOW}
  INSERT INTO outcome (delivery, claim, attempt, at, code, body)
  SELECT d.seq, 0, 0, t.now, asked.code, asked.outcome FROM t, unnest($2::text[], $3::text[], $4::text[]) AS asked (id, outcome, code)
  CROSS JOIN LATERAL (SELECT seq FROM delivery WHERE id = asked.id AND lane = '' AND claim = 0 OFFSET 0) AS d
  ON CONFLICT DO NOTHING`;

function storeReasons(store: Store, rows: readonly DeliveryText[]): Statement {
  const failed = rows.filter(({ outcome }) => outcome !== null);
  const columns = [failed.map(({ id }) => id), failed.map(({ outcome }) => outcome), failed.map(({ code }) => code)];
  return { name: "record.reasons", text: STORE_REASONS, values: [clockOf(store), ...columns] };
}

function claimsOf(rows: readonly DeliveryText[], claimed: Rows, { batch, matched }: Recording): readonly ClaimedDelivery[] {
  const events = new Map(batch.events.map((event) => [event.id, event]));
  const ids = new Set(claimed.map((row) => row["id"] as string));
  return rows.flatMap(({ id, asked }) => {
    if (asked === undefined || !ids.has(id)) return [];
    const { key: _, ...rest } = asked;
    const standing = { attempts: 0, triedAt: undefined, claims: 1, uncertain: false, redriven: false };
    return [{ ...rest, id, claim: { id, number: 1 }, ...standing, ...originOf(events.get(asked.eventId), matched) }];
  });
}
