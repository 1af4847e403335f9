import type { ClaimedDelivery } from "@backstitch/core/journal";
import { decodeValue, type Row } from "@backstitch/core/values";
import { isSettled, type Standing } from "../shared/standing.ts";
import { PAYLOAD_KEPT_MS } from "../shared/limits.ts";
import { codeOf, stateOf } from "./schema.ts";
import type { Store } from "./store.ts";

/** What a transition reads of a delivery. */
export interface DeliveryRow {
  readonly seq: number;
  readonly id: string;
  readonly event: number;
  readonly entry: number;
  readonly service: string | null;
  readonly lane: string;
  readonly recorded_at: number;
  readonly bytes: number;
  readonly state: number;
  readonly next_at: number | null;
  readonly blocked: number;
  readonly holds: number;
  readonly redriven: number;
  readonly purged: number;
  readonly attempts: number;
  readonly claim: number;
  readonly claims: number;
  readonly uncertain: number;
}

export function standingOf(row: DeliveryRow): Standing {
  const state = stateOf(row.state);
  return {
    state,
    dueAt: isSettled(state) ? undefined : (row.next_at ?? undefined),
    attempts: row.attempts,
    claim: row.claim,
    claims: row.claims,
    uncertain: row.uncertain === 1,
  };
}

/** Stores where a delivery stands now. A settled one gives up its place in the lane to the next. */
export function moveTo(store: Store, row: DeliveryRow, to: Standing, now: number): void {
  const code = codeOf(to.state);
  const nextAt = isSettled(to.state) ? now + PAYLOAD_KEPT_MS : (to.dueAt ?? null);
  store
    .sql("UPDATE delivery SET state = ?, next_at = ?, attempts = ?, claim = ?, claims = ?, uncertain = ? WHERE seq = ?")
    .run(code, nextAt, to.attempts, to.claim, to.claims, to.uncertain ? 1 : 0, row.seq);
  store.count(stateOf(row.state), -1);
  store.count(to.state, 1);
  if (isSettled(to.state) && row.holds === 1) leaveLane(store, row);
}

/** The next of the lane, if there is one, is no longer blocked. */
export function leaveLane(store: Store, row: DeliveryRow): void {
  store.sql("UPDATE delivery SET holds = 0 WHERE seq = ?").run(row.seq);
  const next = store.sql("SELECT seq, blocked FROM delivery WHERE lane = ? AND holds = 1 ORDER BY seq LIMIT 1").get(row.lane) as
    | { seq: number; blocked: number }
    | undefined;
  if (next?.blocked === 1) store.sql("UPDATE delivery SET blocked = 0 WHERE seq = ?").run(next.seq);
}

export function storeOutcome(store: Store, row: { seq: number; claim: number }, kept: { attempt: number; at: number; body: string }): void {
  store.sql("INSERT INTO outcome VALUES (?, ?, ?, ?, ?)").run(row.seq, row.claim, kept.attempt, kept.at, kept.body);
}

/** A delivery as its worker sees it. */
export function claimedDelivery(store: Store, row: DeliveryRow, standing: Standing): ClaimedDelivery {
  const { rule, then = "", action = "", ifUncertain, retry } = store.entries.load(row.entry);
  const { id: eventId } = store.sql("SELECT id FROM event WHERE seq = ?").get(row.event) as { id: string };
  const { args } = store.sql("SELECT args FROM payload WHERE delivery = ?").get(row.seq) as { args: string };
  return {
    id: row.id,
    claim: { id: row.id, number: standing.claim },
    eventId,
    rule,
    then,
    service: row.service ?? "",
    action,
    args: decodeValue(args) as Row,
    lane: row.lane,
    ifUncertain,
    retry,
    attempts: standing.attempts,
    claims: standing.claims,
    uncertain: standing.uncertain,
  };
}
