import { JournalFull, PositionMoved, type ClaimedDelivery, type ClaimRequest, type KeptEvents } from "@backstitch/core/journal";
import { deliveryId, type FailedMatch, type Matched, needsJournal, type NewDelivery } from "@backstitch/core/rules";
import type { Batch } from "@backstitch/core/source";
import { encodeValue } from "@backstitch/core/values";
import { budgetOf, overHighWater, PAYLOAD_KEPT_MS, unmatchedOf, type Budget } from "../shared/limits.ts";
import { storeOutcome, storePayload } from "./delivery-row.ts";
import { eventWriter, type StoredEvent, storeUnmatched } from "./event.ts";
import type { Paused } from "./pause.ts";
import { codeOf } from "./schema.ts";
import { bytesUsed, type Store } from "./store.ts";

/** What one call of `record` stores. */
export interface Recording {
  readonly batch: Batch;
  readonly matched: Matched;
  readonly ruleSetHash: string;
  readonly claim: ClaimRequest;
  readonly maxBytes: number;
  readonly events: KeptEvents;
}

/** Everything in one transaction: the compare-and-set of the position, the events that matter, the deliveries, and claims of those that fit. */
export function record(store: Store, recording: Recording): ClaimedDelivery[] {
  return store.owned(() => {
    const { batch, matched } = recording;
    movePosition(store, batch);
    store.count("events", batch.events.length);
    const unmatched = unmatchedOf(batch.events, matched);
    const keepsAll = recording.events === "all" && unmatched.length > 0;
    if (keepsAll) for (const event of unmatched) storeUnmatched(store, event);
    const isQuiet = matched.deliveries.length + matched.failures.length + matched.undecided.length === 0;
    const claims = isQuiet ? [] : storeMatched(store, recording);
    if (keepsAll || !isQuiet) checkHighWater(store, recording.maxBytes);
    // Last: of a batch that is refused none is kept.
    store.recent.hold(unmatched);
    return claims;
  });
}

function storeMatched(store: Store, recording: Recording): ClaimedDelivery[] {
  const { matched } = recording;
  const writing = beginWriting(store, recording);
  for (const { eventId } of matched.undecided) writing.stored(eventId);
  for (const failure of matched.failures) storeFailure(writing, failure);
  return matched.deliveries.map((delivery) => storeDelivery(writing, delivery)).filter((one) => one !== undefined);
}

function movePosition(store: Store, { source, partition, from, to }: Batch): void {
  const { changes } =
    from === undefined
      ? store.sql("INSERT INTO position VALUES (?, ?, ?) ON CONFLICT DO NOTHING").run(source, partition, to)
      : store.sql("UPDATE position SET position = ? WHERE source = ? AND partition = ? AND position = ?").run(to, source, partition, from);
  if (changes === 0) throw new PositionMoved(source, partition);
}

/** Looked at after writing: only then is it known what the batch takes. */
function checkHighWater(store: Store, maxBytes: number): void {
  if (maxBytes === Infinity) return;
  const bytes = bytesUsed(store);
  if (bytes > maxBytes) throw new JournalFull(overHighWater(bytes, maxBytes));
}

/** What is known while one batch is written. */
interface Writing {
  readonly store: Store;
  readonly now: number;
  readonly leaseMs: number;
  readonly ruleSetHash: string;
  readonly budget: Budget;
  readonly paused: Paused;
  readonly stored: (eventId: string) => StoredEvent;
  readonly idOf: (key: string) => string;
  /** Ids that are stored. */
  readonly known: Set<string>;
  /** Lanes in which a delivery waits or is under way. */
  readonly busy: Set<string>;
}

const KNOWN = "SELECT id FROM delivery WHERE id IN (SELECT value FROM json_each(?))";
const QUEUED = "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM delivery WHERE lane = value AND redriven = 0 AND queued = 1)";

function beginWriting(store: Store, { batch, matched, ruleSetHash, claim }: Recording): Writing {
  const now = store.now();
  const { deliveries, failures } = matched;
  const ids = new Map([...deliveries, ...failures].map(({ key }) => [key, deliveryId(key)]));
  const idOf = (key: string): string => ids.get(key) ?? deliveryId(key);
  const known = foundAmong(store, KNOWN, ids.values());
  return {
    store,
    now,
    leaseMs: claim.leaseMs,
    ruleSetHash,
    budget: budgetOf(claim),
    paused: store.parking.look(now),
    stored: eventWriter(store, batch.events, matched, { now, asked: askedOf(matched, known, idOf) }),
    idOf,
    known,
    busy: busyLanes(store, new Set(deliveries.map(({ lane }) => lane))),
  };
}

/** How many of these are new, by event: of two with the same key the first counts. */
function askedOf({ deliveries, failures }: Matched, known: ReadonlySet<string>, idOf: (key: string) => string): Map<string, number> {
  const asked = new Map<string, number>();
  const counted = new Set(known);
  for (const { key, eventId } of [...failures, ...deliveries]) {
    const id = idOf(key);
    if (counted.has(id)) continue;
    counted.add(id);
    asked.set(eventId, (asked.get(eventId) ?? 0) + 1);
  }
  return asked;
}

function busyLanes(store: Store, lanes: ReadonlySet<string>): Set<string> {
  const busy = foundAmong(store, QUEUED, lanes);
  for (const lane of lanes) if (store.lanes.isClaimed(lane)) busy.add(lane);
  return busy;
}

/** One statement for the whole batch: a look-up a row costs twice as much. */
function foundAmong(store: Store, query: string, texts: Iterable<string>): Set<string> {
  const rows = store.arrays(query).all(JSON.stringify([...texts])) as unknown as [string][];
  return new Set(rows.map(([text]) => text));
}

const INSERT = `
  INSERT INTO delivery (id, event, entry, service, lane, recorded_at, bytes, state, next_at, blocked, queued, claim, claims, expires_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Stores a delivery whose key is new; returns it where it could be claimed at once. */
function storeDelivery(writing: Writing, delivery: NewDelivery): ClaimedDelivery | undefined {
  const { store, now, known, busy, paused } = writing;
  const { key, eventId, rule, then, service, action, args, lane, ifUncertain, retry, expiresAt, limits, turn } = delivery;
  const id = writing.idOf(key);
  if (known.has(id)) return undefined;
  const text = encodeValue(args);
  const bytes = Buffer.byteLength(text);
  const entry = store.entries.store({ rule, then, action, ifUncertain, retry, limits, ruleSetHash: writing.ruleSetHash });
  const blocked = busy.has(lane) ? 1 : paused.rules.has(rule) ? 2 : 0;
  const claim = blocked === 0 && !needsJournal(limits) && !paused.services.has(service) && writing.budget.take(service, bytes) ? 1 : 0;
  const state = claim === 1 ? "claimed" : "pending";
  const { seq: event, ...origin } = writing.stored(eventId);
  const nextAt = claim === 1 ? now + writing.leaseMs : now;
  const places = [nextAt, blocked, 1 - claim, claim, claim, expiresAt ?? null] as const;
  const { lastInsertRowid: seq } = store.sql(INSERT).run(id, event, entry, service, lane, now, bytes, codeOf(state), ...places);
  storePayload(store, Number(seq), text, turn);
  store.count(state, 1);
  store.entries.use(entry, 1);
  known.add(id);
  busy.add(lane);
  if (claim === 0) return undefined;
  store.lanes.mark(lane, true);
  const token = { id, number: 1 };
  return {
    id,
    claim: token,
    eventId,
    rule,
    then,
    service,
    action,
    args,
    lane,
    ifUncertain,
    retry,
    limits,
    expiresAt,
    attempts: 0,
    triedAt: undefined,
    claims: 1,
    uncertain: false,
    redriven: false,
    turn,
    ...origin,
  };
}

/** A condition or template that failed is a rejected delivery without arguments, in no lane. */
function storeFailure({ store, now, known, idOf, stored, ruleSetHash }: Writing, failure: FailedMatch): void {
  const id = idOf(failure.key);
  if (known.has(id)) return;
  const { rule, then, action, code, reason } = failure;
  const entry = store.entries.store({ rule, then, action, ifUncertain: "retry", ruleSetHash });
  const forgetAt = now + PAYLOAD_KEPT_MS;
  const { lastInsertRowid: seq } = store
    .sql(INSERT)
    .run(id, stored(failure.eventId).seq, entry, failure.service ?? null, "", now, 0, codeOf("rejected"), forgetAt, 0, 0, 0, 0, null);
  storeOutcome(store, { seq: Number(seq), claim: 0 }, { attempt: 0, at: now, body: JSON.stringify({ kind: "rejected", code, reason }) });
  store.count("rejected", 1);
  store.entries.use(entry, 1);
  known.add(id);
}
