import type { EventRecord } from "@backstitch/core/journal";
import type { Undecided } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { decodeValue, encodeValue, type Row } from "@backstitch/core/values";
import { whole } from "../shared/whole.ts";
import { isSame } from "../shared/undecided.ts";
import type { Store } from "./store.ts";

interface EventRow {
  readonly seq: number;
  readonly body: string | null;
  readonly undecided: string | null;
}

/** Stores each event that something refers to once, when it is first asked for, and gives its number. */
export function eventWriter(
  store: Store,
  events: readonly ChangeEvent[],
  undecided: readonly Undecided[],
  now: number,
): (id: string) => number {
  const byId = new Map(events.map((event) => [event.id, event]));
  const undecidedById = Map.groupBy(undecided, (one) => one.eventId);
  const numbers = new Map<string, number>();
  return (id) => {
    let seq = numbers.get(id);
    if (seq === undefined)
      numbers.set(id, (seq = storeEvent(store, { id, event: byId.get(id), undecided: undecidedById.get(id) ?? [], now })));
    return seq;
  };
}

function storeEvent(
  store: Store,
  { id, event, undecided, now }: { id: string; event: ChangeEvent | undefined; undecided: readonly Undecided[]; now: number },
): number {
  const body = event === undefined ? null : encodeValue(event as unknown as Row);
  const { changes, lastInsertRowid } = store
    .sql("INSERT INTO event (id, recorded_at, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
    .run(id, now, body);
  const seq = changes === 1 ? Number(lastInsertRowid) : seqOfKept(store, id);
  if (undecided.length > 0) addUndecided(store, seq, undecided);
  return seq;
}

/** Stores an event that nothing refers to. */
export function storeUnmatched(store: Store, event: ChangeEvent): void {
  store
    .sql("INSERT INTO event (id, recorded_at, body, unmatched) VALUES (?, ?, ?, 1) ON CONFLICT DO NOTHING")
    .run(event.id, store.now(), encodeValue(event as unknown as Row));
}

/** One that was kept although it matched nothing matches now, under other rules. */
function seqOfKept(store: Store, id: string): number {
  const { seq, unmatched } = store.sql("SELECT seq, unmatched FROM event WHERE id = ?").get(id) as { seq: number; unmatched: number };
  if (unmatched === 1) store.sql("UPDATE event SET unmatched = 0 WHERE seq = ?").run(seq);
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
