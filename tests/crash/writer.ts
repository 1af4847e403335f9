import { Client } from "pg";
import type { Random } from "../support/random.ts";
import { type KindName, KINDS } from "./kinds.ts";

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

export async function prepareItems(url: string): Promise<Written> {
  await withClient(url, (client) => client.query("INSERT INTO item SELECT id, 0 FROM generate_series(1, $1) AS id", [ITEMS]));
  const versions = new Map(Array.from({ length: ITEMS }, (_, index) => [index + 1, 0]));
  return { versions, notes: new Map(), rows: ITEMS };
}

/** Commits about `rows` rows in transactions of random size, waiting a little between. A transaction whose commit failed is looked up: {@link recount}. */
// oxlint-disable-next-line max-params -- where, what and how much, by what chance and how fast
export async function write(url: string, rows: number, written: Written, random: Random, pace: Pace = ROUND): Promise<void> {
  const until = written.rows + rows;
  await withClient(url, async (client) => {
    while (written.rows < until) {
      const size = 1 + random.below(Math.min(MOST_ROWS_A_TRANSACTION, until - written.rows));
      if (random.below(100) < pace.notesPercent) await writeNotes(client, Math.ceil(size / 2), written, random);
      else await writeVersions(client, size, written, random);
      await new Promise((resolve) => setTimeout(resolve, random.below(pace.longestPauseMs)));
    }
  });
}

async function writeVersions(client: Client, size: number, written: Written, random: Random): Promise<void> {
  const ids = new Set(Array.from({ length: size }, () => 1 + random.below(ITEMS)));
  const { rows } = await client.query<{ id: number; version: number }>(
    "UPDATE item SET version = version + 1 WHERE id = ANY($1) RETURNING id, version",
    [[...ids]],
  );
  for (const { id, version } of rows) written.versions.set(id, version);
  written.rows += rows.length;
}

type NoteRow = Note & { readonly id: number };

async function writeNotes(client: Client, size: number, written: Written, random: Random): Promise<void> {
  const notes = Array.from({ length: size }, () => ({ kind: KIND_NAMES[random.below(KIND_NAMES.length)], who: 1 + random.below(WHO) }));
  const { rows } = await client.query<NoteRow>(
    "INSERT INTO note (kind, who) SELECT * FROM unnest($1::text[], $2::integer[]) RETURNING id, kind, who",
    [notes.map(({ kind }) => kind), notes.map(({ who }) => who)],
  );
  for (const { id, kind, who } of rows) written.notes.set(id, { kind, who });
  written.rows += rows.length;
}

/** After the server was killed: what was committed without our being told. */
export async function recount(url: string, written: Written): Promise<void> {
  await withClient(url, async (client) => {
    const items = await client.query<{ id: number; version: number }>("SELECT id, version FROM item");
    const notes = await client.query<NoteRow>("SELECT id, kind, who FROM note");
    for (const { id, version } of items.rows) written.versions.set(id, version);
    for (const { id, kind, who } of notes.rows) written.notes.set(id, { kind, who });
  });
  written.rows = ITEMS + [...written.versions.values()].reduce((sum, version) => sum + version, 0) + written.notes.size;
}

async function withClient(url: string, use: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
