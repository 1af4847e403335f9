import type { Network } from "../network.ts";
import type { Server } from "../scene.ts";
import type { KindName } from "../kinds.ts";

export const SOURCES = ["postgres", "mongodb", "dynamodb", "http", "jsonl"] as const;
export type SourceName = (typeof SOURCES)[number];

export interface ItemRow {
  readonly id: number;
  readonly version: number;
}

export interface NoteRow {
  readonly id: number;
  readonly kind: KindName;
  readonly who: number;
}

/** Where rows are committed, and what the processes under test read them from. */
export interface CrashSource {
  /** Of `backstitch.json`; secrets by the names in `environment`. */
  readonly config: object;
  /** Of the source that notes come by, where that is another. */
  readonly notes?: object;
  readonly environment: Readonly<Record<string, string>>;
  /** The server that can be killed, since it forgets nothing. */
  readonly server?: Server;
  /** The way to it, where it is on one. */
  readonly network?: Network;
  /** It ends by itself once all is read, and is to be started again. */
  readonly ends?: true;
  /** Whoever writes to it sends again what it was not told of. */
  readonly comesAgain?: true;
  /** Commits items 1 to `count`, each of version 0. */
  prepare(count: number): Promise<void>;
  open(): Promise<Session>;
  /** What is committed, also where nobody was told. Absent: everybody is told. */
  recount?(): Promise<{ readonly items: readonly ItemRow[]; readonly notes: readonly NoteRow[] }>;
}

/** A writer's connection. Rejects where it cannot be told what was committed. */
export interface Session {
  /** Commits the next version of each. */
  update(ids: readonly number[]): Promise<readonly ItemRow[]>;
  insert(notes: readonly Omit<NoteRow, "id">[]): Promise<readonly NoteRow[]>;
  close(): Promise<void>;
}

/** A committed change of a row, where a source has no tables of its own. */
export type RowChange =
  | { readonly operation: "insert" | "update"; readonly collection: "item"; readonly after: ItemRow }
  | { readonly operation: "insert"; readonly collection: "note"; readonly after: NoteRow };

/** The tables of a source that is only told of changes. `commit` resolves once they are committed, in this order, however often it has to try. */
export function tables(commit: (changes: readonly RowChange[]) => Promise<void>): Pick<CrashSource, "prepare" | "open"> {
  const versions = new Map<number, number>();
  let lastNote = 0;
  const session: Session = {
    async update(ids) {
      const rows = ids.map((id) => ({ id, version: (versions.get(id) ?? 0) + 1 }));
      await commit(rows.map((after) => ({ operation: "update", collection: "item", after })));
      for (const { id, version } of rows) versions.set(id, version);
      return rows;
    },
    async insert(notes) {
      const rows = notes.map((note) => ({ ...note, id: (lastNote += 1) }));
      await commit(rows.map((after) => ({ operation: "insert", collection: "note", after })));
      return rows;
    },
    close: async () => undefined,
  };
  return {
    async prepare(count) {
      const items = Array.from({ length: count }, (_, index) => ({ id: index + 1, version: 0 }));
      await commit(items.map((after) => ({ operation: "insert", collection: "item", after })));
    },
    open: async () => session,
  };
}
