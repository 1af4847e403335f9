/**
 * `pnpm bench:snapshot [--rows N]`: how many rows a snapshot of PostgreSQL reads in a second of its process's CPU, and how much memory the process takes that reads it
 * into nothing. One JSON object a line.
 */
import { execFile } from "node:child_process";
import { parseArgs, promisify } from "node:util";
import { Client } from "pg";
import { startPostgres } from "@backstitch/sandbox/postgres";
import { postgresSource, setupPostgres, type PostgresSourceOptions } from "@backstitch/sources/postgres";
import { printFigure, printMachine } from "./line.ts";

interface Read {
  readonly rows: number;
  /** Of the reading process. */
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: { rows: { type: "string", default: "10000000" }, read: { type: "string" } },
});

if (values.read === undefined) await measure(Number(values.rows));
else console.log(JSON.stringify(await read(JSON.parse(values.read) as PostgresSourceOptions)));

async function measure(rows: number): Promise<void> {
  const server = await startPostgres({ settings: { max_wal_size: "4GB" } });
  try {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query(
      "CREATE TABLE item (id bigint PRIMARY KEY, name text, quantity int, price numeric(10,2), at timestamptz DEFAULT now())",
    );
    await client.query(
      `INSERT INTO item SELECT i, 'item number ' || i, i % 1000, (i % 10000)::numeric / 100 FROM generate_series(1, ${rows}) AS i`,
    );
    await client.query("VACUUM ANALYZE item");
    await client.end();
    const options = { name: "shop", connectionString: server.url, snapshot: ["item"] };
    await setupPostgres(options, [{ collection: "item", needsBefore: false }]);
    // A process of its own, so that its memory is its own.
    const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, "--read", JSON.stringify(options)]);
    const { rows: read, cpuSeconds, peakMb } = JSON.parse(stdout) as Read;
    if (read !== rows) throw new Error(`${read} of ${rows} rows were read.`);
    printFigure({ name: "sources.postgres.snapshot.rate", value: rows / cpuSeconds, unit: "rows/CPU-s", goal: 50_000, better: "more" });
    printFigure({ name: "sources.postgres.snapshot.memory", value: peakMb, unit: "MB resident", goal: 300, better: "less" });
    printMachine();
  } finally {
    await server.stop();
  }
}

async function read(options: PostgresSourceOptions): Promise<Read> {
  const stop = new AbortController();
  let rows = 0;
  await postgresSource(options).read(
    new Map(),
    async ({ events, to }) => {
      rows += events.length;
      if (to.includes('"done":true')) stop.abort();
    },
    stop.signal,
  );
  const { user, system } = process.cpuUsage();
  return { rows, cpuSeconds: (user + system) / 1_000_000, peakMb: process.resourceUsage().maxRSS / 1_024 };
}
