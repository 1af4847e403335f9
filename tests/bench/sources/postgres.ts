import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { startPostgres } from "@backstitch/sandbox/postgres";
import { setupPostgres } from "@backstitch/sources/postgres";
import { Client } from "pg";
import { openHeld } from "./held.ts";
import type { Read } from "./meter.ts";

/** New rows alone; new, changed and removed rows; the same under REPLICA IDENTITY FULL, where each comes with the row before. */
export type Kind = "insert" | "mixed" | "before";
export type Side = "ours" | "bare";

export interface PostgresBench {
  /** Reads all of the log in a process of its own: rows per second of its CPU time. */
  measure(side: Side): Promise<number>;
  close(): Promise<void>;
}

const TABLE = `CREATE TABLE orders (id bigint PRIMARY KEY, customer int NOT NULL, status text NOT NULL, quantity int NOT NULL, price numeric(12,2) NOT NULL,
  paid boolean NOT NULL, email text NOT NULL, placed_at timestamptz NOT NULL, shipped_at timestamptz, note text)`;
const ROW = `n, n % 5000, (ARRAY['new', 'packed', 'shipped'])[1 + n % 3], n % 12, (n % 100000) / 7.0, n % 2 = 0, 'buyer' || n % 5000 || '@example.com',
  timestamptz '2026-01-01' + n * interval '1.234567 s', NULL, 'Leave it with the neighbour, number ' || n % 40`;
const TRANSACTION = 100;

/** A real PostgreSQL with so many row changes in its log, in transactions of a hundred, that each side reads through a copy of one slot. */
export async function openPostgresBench(kind: Kind, rows: number): Promise<PostgresBench> {
  const postgres = await startPostgres();
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(TABLE);
  await setupPostgres({ name: "bench", slot: "bench", connectionString: postgres.url }, [
    { collection: "orders", needsBefore: kind === "before" },
  ]);
  for (let from = 0; from < rows; from += TRANSACTION) await client.query(transactionOf(kind, from));
  const held = await openHeld(postgres.url);
  return {
    async measure(side) {
      await client.query("SELECT pg_copy_logical_replication_slot('bench', 'copy')");
      const reader = join(import.meta.dirname, `${side}.ts`);
      const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, reader, held.url, String(rows)]);
      await freed(client);
      await client.query("SELECT pg_drop_replication_slot('copy')");
      const read = JSON.parse(stdout) as Read;
      return read.rows / read.cpuSeconds;
    },
    async close() {
      await held.close();
      await client.end();
      await postgres.stop();
    },
  };
}

/** A server that is busy notices late that a reader has gone. */
async function freed(client: Client): Promise<void> {
  const active = "SELECT 1 FROM pg_replication_slots WHERE slot_name = 'copy' AND active";
  while ((await client.query(active)).rowCount !== 0) await new Promise((resolve) => setTimeout(resolve, 50));
}

function transactionOf(kind: Kind, from: number): string {
  if (kind === "insert") return `INSERT INTO orders SELECT ${ROW} FROM generate_series(${from}, ${from + TRANSACTION - 1}) n`;
  const [changed, gone] = [from + TRANSACTION * 0.5, from + TRANSACTION * 0.1];
  return `BEGIN; INSERT INTO orders SELECT ${ROW} FROM generate_series(${from}, ${changed - 1}) n;
    UPDATE orders SET status = 'shipped', shipped_at = placed_at + interval '2 days' WHERE id >= ${from + TRANSACTION * 0.1} AND id < ${changed};
    DELETE FROM orders WHERE id >= ${from} AND id < ${gone}; COMMIT`;
}
