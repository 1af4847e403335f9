import type { EventRecord } from "@backstitch/core/journal";
import type { Undecided } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { decodeValue, encodeValue, type Row } from "@backstitch/core/values";
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
  const seq = changes === 1 ? Number(lastInsertRowid) : (store.sql("SELECT seq FROM event WHERE id = ?").get(id) as { seq: number }).seq;
  if (undecided.length > 0) addUndecided(store, seq, undecided);
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

/** The event, with every field of the contract there: what was undefined is left out of the stored text. */
export function readEvent(store: Store, id: string): EventRecord | undefined {
  const row = store.sql("SELECT seq, body, undecided FROM event WHERE id = ?").get(id) as EventRow | undefined;
  if (row === undefined || row.body === null) return undefined;
  const stored = decodeValue(row.body) as unknown as ChangeEvent;
  const event = { ...stored, previousKey: stored.previousKey, before: stored.before, changed: stored.changed };
  return { event, undecided: undecidedOf(row.undecided) };
}
