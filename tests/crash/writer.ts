import type { Random } from "../support/random.ts";
import { type KindName, KINDS } from "./kinds.ts";
import type { CrashSource, Session } from "./sources/source.ts";

export interface Note {
  readonly kind: KindName;
  readonly who: number;
}

/** What was committed: what must be seen again at the far side. */
export interface Written {
  /** Item → how many versions it went through: 1, 2, … in commit order. */
  readonly versions: Map<number, number>;
  /** By their ids. */
  readonly notes: Map<number, Note>;
  /** Row changes committed so far, the items' own inserts included. */
  rows: number;
}

const ITEMS = 200;
const MOST_ROWS_A_TRANSACTION = 60;

/** How rows are written. */
export interface Pace {
  /** Of a hundred transactions, so many insert notes; the others update items. */
  readonly notesPercent: number;
  /** Between two transactions. */
  readonly longestPauseMs: number;
}

/** Spreads a round's rows over a life of the process under test. */
const ROUND: Pace = { notesPercent: 50, longestPauseMs: 100 };
const WHO = 5;
const KIND_NAMES = Object.keys(KINDS) as KindName[];

export async function prepareItems(source: CrashSource): Promise<Written> {
  await source.prepare(ITEMS);
  const versions = new Map(Array.from({ length: ITEMS }, (_, index) => [index + 1, 0]));
  return { versions, notes: new Map(), rows: ITEMS };
}

/** Commits about `rows` rows in transactions of random size, waiting a little between. A transaction whose commit failed is looked up: {@link recount}. */
// oxlint-disable-next-line max-params -- where, what and how much, by what chance and how fast
export async function write(source: CrashSource, rows: number, written: Written, random: Random, pace: Pace = ROUND): Promise<void> {
  const until = written.rows + rows;
  const session = await source.open();
  try {
    while (written.rows < until) {
      const size = 1 + random.below(Math.min(MOST_ROWS_A_TRANSACTION, until - written.rows));
      if (random.below(100) < pace.notesPercent) await writeNotes(session, Math.ceil(size / 2), written, random);
      else await writeVersions(session, size, written, random);
      await new Promise((resolve) => setTimeout(resolve, random.below(pace.longestPauseMs)));
    }
  } finally {
    await session.close();
  }
}

async function writeVersions(session: Session, size: number, written: Written, random: Random): Promise<void> {
  const ids = new Set(Array.from({ length: size }, () => 1 + random.below(ITEMS)));
  const rows = await session.update([...ids]);
  for (const { id, version } of rows) written.versions.set(id, version);
  written.rows += rows.length;
}

async function writeNotes(session: Session, size: number, written: Written, random: Random): Promise<void> {
  const notes = Array.from({ length: size }, () => ({
    kind: KIND_NAMES[random.below(KIND_NAMES.length)] as KindName,
    who: 1 + random.below(WHO),
  }));
  const rows = await session.insert(notes);
  for (const { id, kind, who } of rows) written.notes.set(id, { kind, who });
  written.rows += rows.length;
}

/** After the server was killed: what was committed without our being told. */
export async function recount(source: CrashSource, written: Written): Promise<void> {
  if (source.recount === undefined) throw new Error("A row could not be written, and nobody can say which.");
  const { items, notes } = await source.recount();
  for (const { id, version } of items) written.versions.set(id, version);
  for (const { id, kind, who } of notes) written.notes.set(id, { kind, who });
  written.rows = ITEMS + [...written.versions.values()].reduce((sum, version) => sum + version, 0) + written.notes.size;
}
