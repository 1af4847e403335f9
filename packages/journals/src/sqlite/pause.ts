import type { Note, Pause } from "@backstitch/core/journal";
import type { StatementSync } from "node:sqlite";
import type { DeliveryRow } from "./delivery-row.ts";
import type { EntryTable } from "./entry.ts";
import type { Store } from "./store.ts";

/** What is paused, as a claim asks for it. */
export interface Paused {
  readonly services: ReadonlySet<string>;
  readonly rules: ReadonlySet<string>;
}

/** Services first, by name. */
export function paused(store: Pick<Store, "sql">): Pause[] {
  const rows = store.sql("SELECT what AS of, name, since, by, reason FROM pause ORDER BY what DESC, name").all();
  return rows.map((row) => ({ ...row }) as unknown as Pause);
}

export function setPaused(store: Store, what: readonly Pick<Pause, "of" | "name">[], note: Note | undefined): void {
  store.transaction(() => {
    for (const { of, name } of what) {
      if (note === undefined) store.sql("DELETE FROM pause WHERE what = ? AND name = ?").run(of, name);
      else store.sql("INSERT OR REPLACE INTO pause VALUES (?, ?, ?, ?, ?)").run(of, name, store.now(), note.by, note.reason);
    }
  });
}

/**
 * A paused service is left alone by leaving it out. Deliveries of a paused rule stand among others, by the million perhaps: each is met once,
 * and then taken out of the index of what is ready, until the rule goes on.
 */
export interface Parking {
  /** Reads what is paused, and takes back some of what was parked of rules that go on. */
  look(now: number): Paused;
  /** Parks those whose rule is paused, and returns the others. */
  withoutParked(rows: readonly DeliveryRow[], paused: Paused): readonly DeliveryRow[];
  /** After a rollback. */
  forget(): void;
}

/** Most rows that one look takes back. */
const BACK_ROWS = 500;

/** How long it is believed that nothing is parked which should not be. */
const LOOK_AGAIN_MS = 60_000;

const NEXT_PARKED = "SELECT min(entry) AS entry FROM delivery WHERE blocked = 2 AND entry > ?";
const TAKE_BACK = `
  UPDATE delivery SET blocked = 0, next_at = CASE state WHEN 0 THEN min(next_at, ?) ELSE next_at END
  WHERE blocked = 2 AND seq IN (SELECT seq FROM delivery WHERE blocked = 2 AND entry = ? LIMIT ?)`;

export function createParking(sql: (text: string) => StatementSync, entries: EntryTable): Parking {
  /** The rules for which everything is as it should be. */
  let settledFor: string | undefined;
  let lookedAt = 0;

  function takeBack(rules: ReadonlySet<string>, now: number): void {
    let left = BACK_ROWS;
    for (let entry = nextParked(-1); entry !== null && left > 0; entry = nextParked(entry)) {
      if (!rules.has(entries.load(entry).rule)) left -= Number(sql(TAKE_BACK).run(now, entry, left).changes);
    }
    settledFor = left > 0 ? JSON.stringify([...rules]) : undefined;
    lookedAt = now;
  }

  function nextParked(after: number): number | null {
    return (sql(NEXT_PARKED).get(after) as { entry: number | null }).entry;
  }

  return {
    look(now) {
      const pauses = paused({ sql });
      const namesOf = (what: Pause["of"]): Set<string> => new Set(pauses.filter(({ of }) => of === what).map(({ name }) => name));
      const rules = namesOf("rule");
      if (settledFor !== JSON.stringify([...rules]) || Math.abs(now - lookedAt) >= LOOK_AGAIN_MS) takeBack(rules, now);
      return { services: namesOf("service"), rules };
    },
    withoutParked(rows, { rules }) {
      const { parked = [], ready = [] } = Object.groupBy(rows, ({ entry }) => (rules.has(entries.load(entry).rule) ? "parked" : "ready"));
      for (const { seq } of parked) sql("UPDATE delivery SET blocked = 2 WHERE seq = ?").run(seq);
      return ready;
    },
    forget: () => void (settledFor = undefined),
  };
}
