import type { Counts, DeliveryFilter, DeliveryRecord, RecordedOutcome } from "@backstitch/core/journal";
import type { Outcome } from "@backstitch/core/connector";
import type { Positions } from "@backstitch/core/source";
import { rowFrom } from "@backstitch/core/values";
import { SHOWN } from "../shared/limits.ts";
import { readRow } from "../shared/readable.ts";
import { isSettled } from "../shared/standing.ts";
import { alikeRows } from "./admit.ts";
import { deliveriesById } from "./delivery-row.ts";
import { STATES } from "../shared/states.ts";
import { shownReport } from "../shared/news.ts";
import { keptReport } from "./news.ts";
import { codeOf, stateOf } from "./schema.ts";
import { bytesUsed, type Store } from "./store.ts";

export function positions(store: Store, source: string): Positions {
  const rows = store.sql("SELECT partition, position FROM position WHERE source = ?").all(source);
  return new Map((rows as { partition: string; position: string }[]).map((row) => [row.partition, row.position]));
}

/** Reads counters, never rows: as quick with millions of deliveries. */
export function counts(store: Store): Counts {
  const rows = store.sql("SELECT name, n FROM tally").all() as { name: string; n: number }[];
  const tally = new Map(rows.map((row) => [row.name, row.n]));
  return {
    events: tally.get("events") ?? 0,
    undecided: tally.get("undecided") ?? 0,
    deliveries: rowFrom(STATES.map((state) => [state, tally.get(state) ?? 0])) as Counts["deliveries"],
    lanes: { blocked: tally.get("blocked lanes") ?? 0, blockedSince: blockedSince(store) },
    bytes: bytesUsed(store),
  };
}

function blockedSince(store: Store): number | undefined {
  const row = store.sql("SELECT min(recorded_at) AS at FROM delivery WHERE blocked = 1 AND queued = 1").get() as { at: number | null };
  return row.at ?? undefined;
}

/** By the rows that are younger, once for all: no index knows the lanes of what is settled, since a lane is asked about by people alone. */
const SETTLED_LATER = "SELECT lane, seq FROM delivery WHERE seq > ? AND +state > 5 AND lane IN (SELECT value FROM json_each(?))";

/** How many later deliveries of its lane are settled, where any is. */
export function movedOn(store: Store, ids: readonly string[]): Map<string, number> {
  const rows = [...deliveriesById(store, ids).values()].filter(({ lane }) => lane !== "");
  const moved = new Map<string, number>();
  if (rows.length === 0) return moved;
  const byLane = Map.groupBy(rows, ({ lane }) => lane);
  const first = rows.reduce((least, { seq }) => Math.min(least, seq), Infinity);
  for (const row of store.sql(SETTLED_LATER).iterate(first, JSON.stringify([...byLane.keys()]))) {
    const { lane, seq } = row as { lane: string; seq: number };
    for (const early of byLane.get(lane) ?? []) if (early.seq < seq) moved.set(early.id, (moved.get(early.id) ?? 0) + 1);
  }
  return moved;
}

interface ShownRow {
  readonly seq: number;
  readonly id: string;
  readonly event_id: string | null;
  readonly entry: number;
  readonly service: string | null;
  readonly lane: string;
  readonly recorded_at: number;
  readonly state: number;
  readonly next_at: number | null;
  /** When the queue in which it waits is looked at next. */
  readonly look_at: number | null;
  readonly expires_at: number | null;
  readonly blocked: number;
  readonly redriven: number;
  readonly attempts: number;
  readonly args: string | null;
}

const SHOW = `
  SELECT delivery.*, event.id AS event_id, payload.args AS args,
    CASE delivery.blocked WHEN 3 THEN (SELECT look_at FROM queue WHERE name = delivery.quota) END AS look_at FROM delivery
  LEFT JOIN event ON event.seq = delivery.event LEFT JOIN payload ON payload.delivery = delivery.seq`;

export function delivery(store: Store, id: string): DeliveryRecord | undefined {
  const row = store.sql(`${SHOW} WHERE delivery.id = ?`).get(id) as ShownRow | undefined;
  return row === undefined ? undefined : recordOf(store, row);
}

/** Deliveries that were started under this text. */
export function alike(store: Store, text: string): DeliveryRecord[] {
  const seqs = JSON.stringify(alikeRows(store, text));
  const rows = store.sql(`${SHOW} WHERE delivery.seq IN (SELECT value FROM json_each(?)) ORDER BY delivery.seq`).all(seqs);
  return (rows as unknown as ShownRow[]).map((row) => recordOf(store, row));
}

const LAST = (name: "code" | "kind"): string =>
  `(SELECT CASE WHEN json_valid(body) THEN body ->> '$.${name}' END FROM outcome WHERE outcome.delivery = delivery.seq ORDER BY claim DESC LIMIT 1)`;

/** Newest last. */
export function deliveries(store: Store, filter: DeliveryFilter): DeliveryRecord[] {
  const { states, rule, service, eventId, code, outcome, reported, recordedFrom, recordedBefore, afterSeq, limit = SHOWN } = filter;
  const given: readonly [string, string | number | undefined][] = [
    ["delivery.state IN (SELECT value FROM json_each(?))", states && JSON.stringify(states.map(codeOf))],
    ["delivery.entry IN (SELECT value FROM json_each(?))", rule === undefined ? undefined : JSON.stringify(store.entries.ofRule(rule))],
    ["+delivery.service = ?", service],
    ["delivery.event = (SELECT seq FROM event WHERE id = ?)", eventId],
    ["delivery.recorded_at >= ?", recordedFrom],
    ["delivery.recorded_at < ?", recordedBefore],
    [`${LAST("code")} = ?`, code],
    [`${LAST("kind")} = ?`, outcome],
    [
      "delivery.seq IN (SELECT delivery FROM report WHERE standing IN (SELECT value FROM json_each(?)))",
      reported && JSON.stringify(reported),
    ],
    ["delivery.seq > ?", afterSeq],
  ];
  const used = given.filter((pair): pair is [string, string | number] => pair[1] !== undefined);
  const where = used.length === 0 ? "" : `WHERE ${used.map(([condition]) => condition).join(" AND ")}`;
  const order = afterSeq === undefined ? "DESC" : "ASC";
  const found = store.sql(`${SHOW} ${where} ORDER BY delivery.seq ${order} LIMIT ?`).all(...used.map(([, value]) => value), limit);
  const rows = found as unknown as ShownRow[];
  return (afterSeq === undefined ? rows.reverse() : rows).map((row) => recordOf(store, row));
}

function recordOf(store: Store, row: ShownRow): DeliveryRecord {
  const { rule, then, action, ruleSetHash } = store.entries.load(row.entry);
  const state = stateOf(row.state);
  return {
    id: row.id,
    seq: row.seq,
    eventId: row.event_id ?? "",
    rule,
    then,
    service: row.service ?? undefined,
    action,
    lane: row.lane,
    state,
    args: readRow(row.args),
    attempts: row.attempts,
    recordedAt: row.recorded_at,
    dueAt: isSettled(state) ? undefined : (row.look_at ?? row.next_at ?? undefined),
    expiresAt: row.expires_at ?? undefined,
    blocked: row.blocked === 1 && !isSettled(state),
    redriven: row.redriven === 1,
    ruleSetHash,
    report: shownReport(keptReport(store, row.seq)),
    outcomes: outcomesOf(store, row.seq),
  };
}

function outcomesOf(store: Store, seq: number): RecordedOutcome[] {
  const rows = store.sql("SELECT attempt, at, body FROM outcome WHERE delivery = ? ORDER BY claim").all(seq);
  return (rows as { attempt: number; at: number; body: string }[]).flatMap(({ attempt, at, body }) => {
    const outcome = readRow(body);
    return outcome === undefined ? [] : [{ attempt, at, outcome: outcome as unknown as Outcome }];
  });
}
