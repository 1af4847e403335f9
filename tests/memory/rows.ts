import { Client } from "pg";

/** `narrow`: rows of a few bytes, a thousand a transaction. `wide`: 2 KB each. `one-transaction`: narrow rows, all of them in one. */
export const SHAPES = ["narrow", "wide", "one-transaction"] as const;
export type Shape = (typeof SHAPES)[number];

export const SCHEMA = "CREATE TABLE reading (id serial PRIMARY KEY, kind text NOT NULL, note text NOT NULL)";

const ROWS_A_TRANSACTION = 1_000;
const WIDE_BYTES = 2_048;

/** Nine rows of ten are of the kind that the rule asks for. */
const INSERT = `
  INSERT INTO reading (kind, note)
  SELECT CASE WHEN n % 10 = 0 THEN 'dull' ELSE 'keen' END, left(repeat(md5(n::text), $3), $4)
  FROM generate_series($1::int, $2::int) AS n`;

/** Commits so many row changes, as fast as the server takes them. */
export async function writeRows(url: string, rows: number, shape: Shape): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const bytes = shape === "wide" ? WIDE_BYTES : 16;
  const size = shape === "one-transaction" ? rows : ROWS_A_TRANSACTION;
  try {
    for (let first = 1; first <= rows; first += size) {
      await client.query(INSERT, [first, Math.min(rows, first + size - 1), Math.ceil(bytes / 32), bytes]);
    }
  } finally {
    await client.end();
  }
}
