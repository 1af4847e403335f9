import { isClaimed, isSettled, type Standing } from "../shared/standing.ts";
import { PAYLOAD_KEPT_MS } from "../shared/limits.ts";
import { readRow } from "../shared/readable.ts";
import { codeOf, stateOf } from "./schema.ts";
import type { Store } from "./store.ts";

/** What a transition reads of a delivery. */
export interface DeliveryRow extends Standing {
  readonly seq: number;
  readonly id: string;
  readonly event: number;
  readonly entry: number;
  readonly service: string | null;
  readonly lane: string;
  /** The queue in which it waits, or waited last. */
  readonly quota: string | null;
  readonly recordedAt: number;
  readonly bytes: number;
  /** It waits in its lane: neither under a claim nor settled. */
  readonly queued: boolean;
  /** Another of its lane goes first. */
  readonly blocked: boolean;
  readonly redriven: boolean;
  readonly expiresAt: number | undefined;
}

const COLUMNS =
  "seq, id, event, entry, service, lane, quota, recorded_at, bytes, queued, blocked, redriven, state, next_at, attempts, claim, claims, uncertain, expires_at, tried_at";

type Columns = [number, string, number, number, string | null, string, string | null, ...(number | null)[]];

/** Reads deliveries by a condition of the caller's, in one statement: a statement a row costs more than the row. */
export function selectDeliveries(store: Store, condition: string, ...values: (string | number)[]): DeliveryRow[] {
  const rows = store.arrays(`SELECT ${COLUMNS} FROM delivery ${condition}`).all(...values);
  return (rows as unknown as Columns[]).map(rowOf);
}

/** By id; ids that are not there are left out. */
export function deliveriesById(store: Store, ids: readonly string[]): Map<string, DeliveryRow> {
  const rows = selectDeliveries(store, "WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(ids));
  return new Map(rows.map((row) => [row.id, row]));
}

function rowOf([seq, id, event, entry, service, lane, quota, ...numbers]: Columns): DeliveryRow {
  const [recordedAt, bytes, queued, blocked, redriven, code, nextAt, attempts, claim, claims, uncertain, expires, tried] =
    numbers as FixedNumbers;
  const state = stateOf(code);
  const dueAt = isSettled(state) ? undefined : (nextAt ?? undefined);
  const standing = { state, dueAt, attempts, triedAt: tried ?? undefined, claim, claims, uncertain: uncertain === 1 };
  const expiresAt = expires ?? undefined;
  const marks = { queued: queued === 1, blocked: blocked === 1, redriven: redriven === 1, expiresAt };
  return { seq, id, event, entry, service, lane, quota, recordedAt, bytes, ...marks, ...standing };
}

type FixedNumbers = [
  number,
  number,
  number,
  number,
  number,
  number,
  number | null,
  number,
  number,
  number,
  number,
  number | null,
  number | null,
];

const MOVE = "UPDATE delivery SET state = ?, next_at = ?, attempts = ?, claim = ?, claims = ?, uncertain = ?, tried_at = ?";
const MOVE_BY_SEQ = `${MOVE} WHERE seq = ?`;
// Naming an indexed column costs, changed or not: the usual move, from a claim to settled, does not change it.
const MOVE_AND_QUEUE_BY_SEQ = `${MOVE}, queued = ? WHERE seq = ?`;

/** Stores where a delivery stands now. When it settles, the caller releases its lane. */
export function moveTo(store: Store, row: DeliveryRow, to: Standing, now: number): void {
  const queued = !isClaimed(to.state) && !isSettled(to.state);
  const nextAt = isSettled(to.state) ? now + PAYLOAD_KEPT_MS : (to.dueAt ?? null);
  const moved = [codeOf(to.state), nextAt, to.attempts, to.claim, to.claims, to.uncertain ? 1 : 0, to.triedAt ?? null] as const;
  if (queued === row.queued) store.sql(MOVE_BY_SEQ).run(...moved, row.seq);
  else store.sql(MOVE_AND_QUEUE_BY_SEQ).run(...moved, queued ? 1 : 0, row.seq);
  if (!row.redriven && isClaimed(row.state) !== isClaimed(to.state)) store.lanes.mark(row.lane, isClaimed(to.state));
  store.count(row.state, -1);
  store.count(to.state, 1);
}

const RELEASE = `
  UPDATE delivery SET blocked = 0, next_at = min(next_at, ?2) WHERE blocked = 1 AND seq IN (
    SELECT (SELECT seq FROM delivery WHERE lane = value ->> 0 AND redriven = value ->> 1 AND queued = 1 ORDER BY seq LIMIT 1) FROM json_each(?1)
  )`;

/** Those that were first in their lanes are so no more: the first that is left in each is no longer blocked. Redriven ones have a lane of their own. */
export function releaseLanes(store: Store, left: readonly Pick<DeliveryRow, "lane" | "redriven">[]): void {
  if (left.length === 0) return;
  const lanes = JSON.stringify(left.map(({ lane, redriven }) => [lane, redriven ? 1 : 0]));
  store.sql(RELEASE).run(lanes, store.now());
}

export function storeOutcome(store: Store, row: { seq: number; claim: number }, kept: { attempt: number; at: number; body: string }): void {
  store.sql("INSERT INTO outcome VALUES (?, ?, ?, ?, ?)").run(row.seq, row.claim, kept.attempt, kept.at, kept.body);
}

/** The outcome of a claim, or what was decided under it; null: it has none. */
export function outcomeOf(store: Store, seq: number, claim: number): string | null {
  const row = store.sql("SELECT body FROM outcome WHERE delivery = ? AND claim = ?").get(seq, claim);
  return (row as { readonly body: string } | undefined)?.body ?? null;
}

/** Code of the outcome of its latest claim; undefined: that one has none. */
export function lastCode(store: Store, { seq, claim }: Pick<DeliveryRow, "seq" | "claim">): string | undefined {
  return (readRow(outcomeOf(store, seq, claim)) as { readonly code?: string } | undefined)?.code;
}

/** What takes turns by nothing of its event, as most do, names no column for it. */
export function storePayload(store: Store, seq: number, args: string, turn: string | undefined): void {
  if (turn === undefined) store.sql("INSERT INTO payload (delivery, args) VALUES (?, ?)").run(seq, args);
  else store.sql("INSERT INTO payload (delivery, args, turn) VALUES (?, ?, ?)").run(seq, args, turn);
}
