import type { EventRecord } from "@backstitch/core/journal";
import type { Matched, Undecided } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { decodeValue, encodeValue, type Row } from "@backstitch/core/values";
import { type Origin, originOf } from "../shared/origin.ts";
import { whole } from "../shared/whole.ts";
import { isSame } from "../shared/undecided.ts";
import type { Store } from "./store.ts";

interface EventRow {
  readonly seq: number;
  readonly body: string | null;
  readonly undecided: string | null;
}

/** An event that is stored. */
export interface StoredEvent extends Origin {
  readonly seq: number;
}

interface Told {
  readonly now: number;
  /** How many deliveries of each event are new. */
  readonly asked: ReadonlyMap<string, number>;
}

/** Stores each event that something refers to once, when it is first asked for. */
export function eventWriter(store: Store, events: readonly ChangeEvent[], matched: Matched, told: Told): (id: string) => StoredEvent {
  const { now, asked } = told;
  const byId = new Map(events.map((event) => [event.id, event]));
  const undecidedById = Map.groupBy(matched.undecided, (one) => one.eventId);
  const all = new Map<string, StoredEvent>();
  return (id) => {
    let stored = all.get(id);
    if (stored === undefined) {
      const event = byId.get(id);
      const origin = originOf(event, matched);
      const written = { id, event, origin, undecided: undecidedById.get(id) ?? [], now, asked: asked.get(id) ?? 0 };
      stored = { seq: storeEvent(store, written), ...origin };
      all.set(id, stored);
    }
    return stored;
  };
}

interface WrittenEvent {
  readonly id: string;
  readonly event: ChangeEvent | undefined;
  readonly origin: Origin;
  readonly undecided: readonly Undecided[];
  readonly now: number;
  readonly asked: number;
}

function storeEvent(store: Store, written: WrittenEvent): number {
  const { id, event, origin, undecided, now, asked } = written;
  const body = event === undefined ? null : encodeValue(event as unknown as Row);
  const { changes, lastInsertRowid } = store
    .sql("INSERT INTO event (id, recorded_at, body, committed_at, trace, hops, asked) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
    .run(id, now, body, origin.committedAt ?? null, origin.trace ?? null, origin.hops ?? null, asked);
  const seq = changes === 1 ? Number(lastInsertRowid) : seqOfKept(store, written);
  if (undecided.length > 0) addUndecided(store, seq, undecided);
  return seq;
}

/** Stores an event that nothing refers to. */
export function storeUnmatched(store: Store, event: ChangeEvent): void {
  store
    .sql("INSERT INTO event (id, recorded_at, body, unmatched) VALUES (?, ?, ?, 1) ON CONFLICT DO NOTHING")
    .run(event.id, store.now(), encodeValue(event as unknown as Row));
}

/** One that was kept although it matched nothing matches now, under other rules; of one that had matched they may ask for more. */
function seqOfKept(store: Store, { id, origin: { committedAt, trace, hops }, asked }: WrittenEvent): number {
  const { seq, unmatched } = store.sql("SELECT seq, unmatched FROM event WHERE id = ?").get(id) as { seq: number; unmatched: number };
  if (unmatched === 1)
    store
      .sql("UPDATE event SET unmatched = 0, committed_at = ?, trace = ?, hops = ?, asked = asked + ? WHERE seq = ?")
      .run(committedAt ?? null, trace ?? null, hops ?? null, asked, seq);
  else if (asked > 0) store.sql("UPDATE event SET asked = asked + ? WHERE seq = ?").run(asked, seq);
  return seq;
}

/** A batch that is read again adds only what was not undecided before. */
function addUndecided(store: Store, seq: number, undecided: readonly Undecided[]): void {
  const row = store.sql("SELECT undecided FROM event WHERE seq = ?").get(seq) as { undecided: string | null };
  const stored = undecidedOf(row.undecided);
  const added = undecided.filter((one) => !stored.some((other) => isSame(one, other)));
  if (added.length === 0) return;
  store.sql("UPDATE event SET undecided = ? WHERE seq = ?").run(JSON.stringify([...stored, ...added]), seq);
  store.count("undecided", added.length);
}

function undecidedOf(text: string | null): readonly Undecided[] {
  return text === null ? [] : (JSON.parse(text) as Undecided[]);
}

/** The event, with every field of the contract there. */
export function readEvent(store: Store, id: string): EventRecord | undefined {
  const row = store.sql("SELECT seq, body, undecided FROM event WHERE id = ?").get(id) as EventRow | undefined;
  if (row === undefined) return readRecent(store, id);
  if (row.body === null) return undefined;
  return { event: whole(decodeValue(row.body) as unknown as ChangeEvent), undecided: undecidedOf(row.undecided) };
}

/** There is no index over the few that are there; the newest of several counts. */
function readRecent(store: Store, id: string): EventRecord | undefined {
  const held = store.recent.held(id);
  if (held !== undefined) return { event: held, undecided: [] };
  const rows = store.sql("SELECT body FROM recent WHERE instr(body, ?) > 0 ORDER BY seq DESC").all(JSON.stringify(id)) as {
    body: string;
  }[];
  for (const { body } of rows) {
    const found = (decodeValue(body) as unknown as readonly ChangeEvent[]).find((event) => event.id === id);
    if (found !== undefined) return { event: whole(found), undecided: [] };
  }
  return undefined;
}
