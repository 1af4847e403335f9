import type { StatementSync } from "node:sqlite";
import type { IfUncertain, RetryPolicy, RuleLimits } from "@backstitch/core/rules";

/** What deliveries of one `then` entry under one rule set have in common: stored once, not with each. */
export interface Entry {
  readonly rule: string;
  readonly then?: string | undefined;
  readonly action?: string | undefined;
  readonly ifUncertain: IfUncertain;
  readonly retry?: RetryPolicy | undefined;
  readonly limits?: RuleLimits | undefined;
  readonly ruleSetHash: string;
}

export interface EntryTable {
  /** The number of this entry, stored where it is new. */
  store(entry: Entry): number;
  load(seq: number): Entry;
  /** The numbers of all entries of a rule. */
  ofRule(rule: string): readonly number[];
  /** After a rollback what was stored may be gone. */
  forget(): void;
}

export function entryTable(sql: (text: string) => StatementSync): EntryTable {
  const numbers = new Map<string, number>();
  const entries = new Map<number, Entry>();
  return {
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
        const { body } = sql("SELECT body FROM entry WHERE seq = ?").get(seq) as { body: string };
        entries.set(seq, (entry = JSON.parse(body) as Entry));
      }
      return entry;
    },
    ofRule(rule) {
      const rows = sql("SELECT seq FROM entry WHERE body ->> '$.rule' = ?").all(rule) as unknown as { seq: number }[];
      return rows.map((row) => row.seq);
    },
    forget() {
      numbers.clear();
      entries.clear();
    },
  };
}
