import type { Counts, DeliveryFilter, DeliveryRecord, DeliveryState, RecordedOutcome } from "@backstitch/core/journal";
import type { Positions } from "@backstitch/core/source";
import { rowFrom } from "@backstitch/core/values";
import { SHOWN } from "../shared/limits.ts";
import { readRow } from "../shared/readable.ts";
import { isSettled } from "../shared/standing.ts";
import { shownReport } from "../shared/news.ts";
import { STATES } from "../shared/states.ts";
import type { Rows } from "./database.ts";
import { eventOf } from "./event.ts";
import { underClaim } from "./leases.ts";
import { clockOf, NOW, type Store } from "./store.ts";
import { reportsOf } from "./report.ts";
import { storable, unstorable } from "./text.ts";

export async function positions(store: Store, source: string): Promise<Positions> {
  const text = "SELECT partition, position FROM position WHERE source = $1";
  const rows = await store.db.query({ name: "read.positions", text, values: [storable(source)] });
  return new Map(rows.map((row) => [unstorable(row["partition"] as string), unstorable(row["position"] as string)]));
}

/** What is under a claim is counted, being little; of all else there is a tally, as quick with millions of deliveries. */
const COUNTS = `
  SELECT name, sum(n)::bigint AS n FROM tally GROUP BY name
  UNION ALL SELECT 'blocked since', min(recorded_at) FROM delivery WHERE place = 2
  UNION ALL SELECT state, count(*) FROM (
    SELECT DISTINCT d.seq, d.state FROM lease CROSS JOIN LATERAL ${underClaim("lease", ["claimed", "started"], "unlocked")} AS d
  ) AS claimed GROUP BY state`;

export async function counts(store: Store): Promise<Counts> {
  const rows = await store.db.query({ name: "read.counts", text: COUNTS, values: [] });
  const tally = new Map(rows.map((row) => [row["name"] as string, (row["n"] as number | null) ?? undefined]));
  return {
    events: tally.get("events") ?? 0,
    undecided: tally.get("undecided") ?? 0,
    deliveries: rowFrom(STATES.map((state) => [state, tally.get(state) ?? 0])) as Counts["deliveries"],
    lanes: { blocked: tally.get("blocked lanes") ?? 0, blockedSince: tally.get("blocked since") },
    bytes: tally.get("bytes") ?? 0,
  };
}

export async function now(store: Store): Promise<number> {
  const rows = await store.db.query({ name: "read.now", text: `WITH ${NOW} SELECT now FROM t`, values: [clockOf(store)] });
  return rows[0]?.["now"] as number;
}

interface ShownRow {
  readonly seq: number;
  readonly id: string;
  readonly event_id: string | null;
  readonly entry: number;
  readonly body: string | null;
  readonly service: string | null;
  readonly lane: string;
  readonly recorded_at: number;
  readonly state: DeliveryState;
  readonly next_at: number | null;
  readonly lease_at: number | null;
  /** When the queue in which it waits is looked at next. */
  readonly look_at: number | null;
  readonly expires_at: number | null;
  readonly place: number;
  readonly redriven: boolean;
  readonly attempts: number;
  readonly args: string | null;
}

export const SHOW = `
  SELECT delivery.*, event.id AS event_id, entry.body,
    CASE WHEN delivery.kept_back THEN (SELECT look_at FROM queue WHERE name = delivery.quota) END AS look_at FROM delivery
  LEFT JOIN event ON event.seq = delivery.event LEFT JOIN entry ON entry.number = delivery.entry`;

export async function delivery(store: Store, id: string): Promise<DeliveryRecord | undefined> {
  const rows = await store.db.query({ name: "read.delivery", text: `${SHOW} WHERE delivery.id = $1`, values: [id] });
  return (await recordsOf(store, rows))[0];
}

const LAST = (column: "code" | "body"): string =>
  `(SELECT ${column} FROM outcome WHERE outcome.delivery = delivery.seq ORDER BY claim DESC LIMIT 1)`;

/** What a filter asks for: a condition for each that is given. */
const CONDITIONS: readonly (readonly [string, (filter: DeliveryFilter) => unknown])[] = [
  ["delivery.state = ANY(?::text[])", ({ states }) => states],
  ["delivery.entry IN (SELECT number FROM entry WHERE rule = ?)", ({ rule }) => rule && storable(rule)],
  ["delivery.service = ?", ({ service }) => service && storable(service)],
  [`delivery.event = ${eventOf("?", "seq")}`, ({ eventId }) => eventId && storable(eventId)],
  ["delivery.recorded_at >= ?::bigint", ({ recordedFrom }) => recordedFrom],
  ["delivery.recorded_at < ?::bigint", ({ recordedBefore }) => recordedBefore],
  [`${LAST("code")} = ?`, ({ code }) => code && storable(code)],
  // Not as JSON, of which the server takes no \\u0000; within a text of it the quotes would be escaped.
  [`strpos(${LAST("body")}, ?) > 0`, ({ outcome }) => outcome && `"kind":"${outcome}"`],
  ["delivery.seq IN (SELECT delivery FROM report WHERE standing = ANY(?::text[]))", ({ reported }) => reported],
  ["delivery.seq > ?::bigint", ({ afterSeq }) => afterSeq],
];

/** Newest last. */
export async function deliveries(store: Store, filter: DeliveryFilter): Promise<readonly DeliveryRecord[]> {
  const given = CONDITIONS.map(([condition, valueOf]) => [condition, valueOf(filter)] as const).filter(([, value]) => value !== undefined);
  const conditions = given.map(([condition], index) => condition.replaceAll("?", `$${index + 2}`));
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  const text = `${SHOW} ${where} ORDER BY delivery.seq ${filter.afterSeq === undefined ? "DESC" : "ASC"} LIMIT $1`;
  const name = `read.deliveries.${CONDITIONS.map(([, valueOf]) => (valueOf(filter) === undefined ? 0 : 1)).join("")}`;
  const rows = await store.db.query({ name, text, values: [filter.limit ?? SHOWN, ...given.map(([, value]) => value)] });
  return recordsOf(store, filter.afterSeq === undefined ? rows.toReversed() : rows);
}

export async function recordsOf(store: Store, rows: Rows): Promise<readonly DeliveryRecord[]> {
  const shown = rows as unknown as readonly ShownRow[];
  const seqs = shown.map(({ seq }) => seq);
  const [outcomes, reports] = [await outcomesOf(store, seqs), await reportsOf(store, seqs)];
  return shown.map((row) => recordOf(store, row, { outcomes: outcomes.get(row.seq) ?? [], report: shownReport(reports.get(row.seq)) }));
}

function recordOf(store: Store, row: ShownRow, told: Pick<DeliveryRecord, "outcomes" | "report">): DeliveryRecord {
  const { id, state, attempts, redriven } = row;
  const { rule, then, action, ruleSetHash } = store.entries.read(row.entry, row.body);
  return {
    id,
    seq: row.seq,
    eventId: unstorable(row.event_id ?? ""),
    rule,
    then,
    service: row.service === null ? undefined : unstorable(row.service),
    action,
    lane: unstorable(row.lane),
    state,
    args: readRow(row.args),
    attempts,
    recordedAt: row.recorded_at,
    dueAt: dueOf(row),
    expiresAt: row.expires_at ?? undefined,
    blocked: row.place === 2,
    redriven,
    ruleSetHash,
    ...told,
  };
}

function dueOf({ state, next_at: nextAt, lease_at: leaseAt, look_at: lookAt }: ShownRow): number | undefined {
  if (isSettled(state)) return undefined;
  return (state === "claimed" || state === "started" ? leaseAt : (lookAt ?? nextAt)) ?? undefined;
}

async function outcomesOf(store: Store, seqs: readonly number[]): Promise<ReadonlyMap<number, readonly RecordedOutcome[]>> {
  if (seqs.length === 0) return new Map();
  const text = "SELECT delivery, attempt, at, body FROM outcome WHERE delivery = ANY($1::bigint[]) ORDER BY delivery, claim";
  const rows = await store.db.query({ name: "read.outcomes", text, values: [seqs] });
  const found = rows as unknown as readonly { delivery: number; attempt: number; at: number; body: string }[];
  const byDelivery = Map.groupBy(found, (row) => row.delivery);
  const told = [...byDelivery].map(([seq, all]): [number, readonly RecordedOutcome[]] => [
    seq,
    all.flatMap(({ attempt, at, body }) => {
      const outcome = readRow(body);
      return outcome === undefined ? [] : [{ attempt, at, outcome: outcome as unknown as RecordedOutcome["outcome"] }];
    }),
  ]);
  return new Map(told);
}

const LANES = `
  SELECT found.* FROM unnest($1::text[]) AS asked (id)
  CROSS JOIN LATERAL (SELECT id, lane, seq FROM delivery WHERE delivery.id = asked.id AND lane <> '' OFFSET 0) AS found`;
/** By the rows that are younger, once for all: no index knows the lanes of what is settled, since a lane is asked about by people alone. */
const SETTLED_LATER = `
  SELECT lane, seq FROM delivery WHERE seq > $1 AND state IN ('accepted', 'rejected', 'expired', 'dropped') AND lane = ANY($2::text[])`;

/** How many later deliveries of its lane are settled, where any is. */
export async function movedOn(store: Store, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await store.db.query({ name: "read.lanes", text: LANES, values: [[...new Set(ids)]] });
  const early = rows as unknown as readonly { id: string; lane: string; seq: number }[];
  const moved = new Map<string, number>();
  if (early.length === 0) return moved;
  const byLane = Map.groupBy(early, ({ lane }) => lane);
  const first = early.reduce((least, { seq }) => Math.min(least, seq), Infinity);
  for (const row of await store.db.query({ name: "read.later", text: SETTLED_LATER, values: [first, [...byLane.keys()]] })) {
    const { lane, seq } = row as { lane: string; seq: number };
    for (const one of byLane.get(lane) ?? []) if (one.seq < seq) moved.set(one.id, (moved.get(one.id) ?? 0) + 1);
  }
  return moved;
}
