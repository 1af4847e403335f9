import { Client } from "pg";
import type { Random } from "../support/random.ts";

/** What was committed: what must be seen again at the far side. */
export interface Written {
  /** Item → how many versions it went through: 1, 2, … in commit order. */
  readonly versions: Map<number, number>;
  /** Ids of texts, by how their rule treats uncertainty. */
  readonly texts: { readonly retry: Set<number>; readonly hold: Set<number> };
  /** Row changes committed so far, the items' own inserts included. */
  rows: number;
}

const ITEMS = 200;
const MOST_ROWS_A_TRANSACTION = 60;
/** Of a hundred transactions, so many insert texts. */
const TEXTS_PERCENT = 15;
/** Spreads a round's rows over a life of the process under test. */
const LONGEST_PAUSE_MS = 100;

export async function prepareItems(url: string): Promise<Written> {
  await withClient(url, (client) => client.query("INSERT INTO item SELECT id, 0 FROM generate_series(1, $1) AS id", [ITEMS]));
  const versions = new Map(Array.from({ length: ITEMS }, (_, index) => [index + 1, 0]));
  return { versions, texts: { retry: new Set(), hold: new Set() }, rows: ITEMS };
}

/** Commits about `rows` rows in transactions of random size, waiting a little between. A transaction whose commit failed is looked up. */
export async function write(url: string, rows: number, written: Written, random: Random): Promise<void> {
  const until = written.rows + rows;
  await withClient(url, async (client) => {
    while (written.rows < until) {
      const size = 1 + random.below(Math.min(MOST_ROWS_A_TRANSACTION, until - written.rows));
      if (random.below(100) < TEXTS_PERCENT) await writeTexts(client, Math.ceil(size / 10), written, random);
      else await writeVersions(client, size, written, random);
      await new Promise((resolve) => setTimeout(resolve, random.below(LONGEST_PAUSE_MS)));
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

async function writeTexts(client: Client, size: number, written: Written, random: Random): Promise<void> {
  const handlings = Array.from({ length: size }, () => (random.below(2) === 0 ? "retry" : "hold"));
  const { rows } = await client.query<{ id: number; handling: "retry" | "hold" }>(
    "INSERT INTO text (handling) SELECT * FROM unnest($1::text[]) RETURNING id, handling",
    [handlings],
  );
  for (const { id, handling } of rows) written.texts[handling].add(id);
  written.rows += rows.length;
}

/** After the server was killed: what was committed without our being told. */
export async function recount(url: string, written: Written): Promise<void> {
  await withClient(url, async (client) => {
    const items = await client.query<{ id: number; version: number }>("SELECT id, version FROM item");
    const texts = await client.query<{ id: number; handling: "retry" | "hold" }>("SELECT id, handling FROM text");
    for (const { id, version } of items.rows) written.versions.set(id, version);
    for (const { id, handling } of texts.rows) written.texts[handling].add(id);
  });
  written.rows =
    ITEMS + [...written.versions.values()].reduce((sum, version) => sum + version, 0) + written.texts.retry.size + written.texts.hold.size;
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
