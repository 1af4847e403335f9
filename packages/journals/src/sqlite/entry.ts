import type { StatementSync } from "node:sqlite";
import { type Entry, readEntry } from "../shared/entry.ts";

export interface EntryTable {
  /** The number of this entry, stored where it is new. */
  store(entry: Entry): number;
  /** `NO_ENTRY` where it is not there. */
  load(seq: number): Entry;
  /** The numbers of all entries of a rule. */
  ofRule(rule: string): readonly number[];
  /** Deliveries that belong to it came, or went: stored when the transaction commits. */
  use(seq: number, by: number): void;
  /** Stores what {@link EntryTable.use} noted. */
  flush(): void;
  /** Deletes those to which nothing belongs any more: each edit of the rules makes new ones. Only the owner may, who alone remembers their numbers. */
  sweep(): void;
  /** After a rollback what was stored may be gone. */
  forget(): void;
}

export function entryTable(sql: (text: string) => StatementSync): EntryTable {
  const numbers = new Map<string, number>();
  const entries = new Map<number, Entry>();
  const uses = new Map<number, number>();
  const table: EntryTable = {
    store(entry) {
      const body = JSON.stringify(entry);
      const known = numbers.get(body);
      if (known !== undefined) return known;
      sql("INSERT INTO entry (body) VALUES (?) ON CONFLICT DO NOTHING").run(body);
      const { seq } = sql("SELECT seq FROM entry WHERE body = ?").get(body) as { seq: number };
      numbers.set(body, seq);
      return seq;
    },
    load(seq) {
      let entry = entries.get(seq);
      if (entry === undefined) {
        const row = sql("SELECT body FROM entry WHERE seq = ?").get(seq) as { body: string } | undefined;
        entries.set(seq, (entry = readEntry(row?.body ?? null)));
      }
      return entry;
    },
    ofRule(rule) {
      const rows = sql("SELECT seq FROM entry WHERE CASE WHEN json_valid(body) THEN body ->> '$.rule' END = ?").all(rule) as unknown as {
        seq: number;
      }[];
      return rows.map((row) => row.seq);
    },
    use: (seq, by) => void uses.set(seq, (uses.get(seq) ?? 0) + by),
    flush() {
      for (const [seq, by] of uses) sql("UPDATE entry SET uses = uses + ? WHERE seq = ?").run(by, seq);
      uses.clear();
    },
    sweep() {
      table.flush();
      if (sql("DELETE FROM entry WHERE uses = 0").run().changes > 0) table.forget();
    },
    forget() {
      numbers.clear();
      entries.clear();
      uses.clear();
    },
  };
  return table;
}
