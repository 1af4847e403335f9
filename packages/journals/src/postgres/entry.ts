import { type Entry, NO_ENTRY, readEntry } from "../shared/entry.ts";
import type { Database } from "./database.ts";
import { storable } from "./text.ts";

export interface EntryTable {
  /** Sees to it that all of these have a number. */
  store(entries: readonly Entry[]): Promise<void>;
  /** The number of an entry that was stored. */
  numberOf(entry: Entry): number;
  /** The entry of this number, as the database wrote it; `NO_ENTRY` where it is not there, or not yet. */
  read(number: number, body: string | null): Entry;
}

const STORE = "INSERT INTO entry (rule, holds, body) SELECT * FROM unnest($1::text[], $2::boolean[], $3::text[]) ON CONFLICT DO NOTHING";
const NUMBERS = "SELECT number, body FROM entry WHERE md5(body) IN (SELECT md5(asked) FROM unnest($1::text[]) AS asked)";

export function entryTable(db: Database): EntryTable {
  const numbers = new Map<string, number>();
  const known = new Map<number, Entry>();
  return {
    async store(asked) {
      const fresh = new Map<string, Entry>();
      for (const entry of asked) fresh.set(JSON.stringify(entry), entry);
      for (const body of fresh.keys()) if (numbers.has(body)) fresh.delete(body);
      if (fresh.size === 0) return;
      const [bodies, entries] = [[...fresh.keys()], [...fresh.values()]];
      const columns = [entries.map(({ rule }) => storable(rule)), entries.map(({ ifUncertain }) => ifUncertain === "hold"), bodies];
      await db.query({ name: "entry.store", text: STORE, values: columns });
      const rows = await db.query({ name: "entry.numbers", text: NUMBERS, values: [bodies] });
      for (const row of rows) numbers.set(row["body"] as string, row["number"] as number);
    },
    numberOf(entry) {
      const number = numbers.get(JSON.stringify(entry));
      if (number === undefined) throw new Error(`An entry of the rule "${entry.rule}" was not stored.`);
      return number;
    },
    read(number, body) {
      const entry = known.get(number) ?? readEntry(body);
      if (entry !== NO_ENTRY) known.set(number, entry);
      return entry;
    },
  };
}
