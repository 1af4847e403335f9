/** `pnpm bench:gateway [--rounds N] [--seconds S]`, one JSON object a line: documents by the gateway beside a bare handler that asks the same, in turns. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { parseArgs } from "node:util";
import { DURABLE, startPostgres } from "@backstitch/sandbox/postgres";
import { Client } from "pg";
import { Pool } from "undici";
import { median, printLine, printMachine, quantile } from "./line.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: { rounds: { type: "string", default: "12" }, seconds: { type: "string", default: "2" } },
});
const ROWS = 100_000;
const OWNERS = 100;
const AT_ONCE = 16;
/** Requests of each kind to each side before any is counted: by then V8 has compiled what answers them. */
const WARM_UP = 3_000;
const SIDES = ["ours", "bare"] as const;
type Side = (typeof SIDES)[number];

const STAFF = JSON.stringify({ id: "boss", data: { role: "staff" } });
const OWNER = JSON.stringify({ id: "owner-7", data: {} });
const PAGE = `/v1/orders?filter=${encodeURIComponent('{"price": {"$gt": 20}}')}`;
/** Requests, made anew for each: a key that the asker may read. */
const ASKED: Readonly<Record<string, { readonly user: string; path(): string }>> = {
  "key.staff": { user: STAFF, path: () => `/v1/orders/${1 + Math.floor(Math.random() * ROWS)}` },
  "key.owner": { user: OWNER, path: () => `/v1/orders/${7 + OWNERS * Math.floor(Math.random() * (ROWS / OWNERS))}` },
  "page.staff": { user: STAFF, path: () => PAGE },
  "page.owner": { user: OWNER, path: () => PAGE },
};

const postgres = await startPostgres({ settings: DURABLE });
const servers: ChildProcess[] = [];
try {
  await seed(postgres.url);
  const pools = { ours: await serving("ours"), bare: await serving("bare") };
  for (const [name, { user, path }] of Object.entries(ASKED)) {
    for (const side of SIDES) await warmUp(pools[side], user, path);
    const seen = { ours: [] as Measured[], bare: [] as Measured[] };
    for (let round = 0; round < Number(values.rounds); round += 1)
      for (const side of round % 2 === 0 ? SIDES : SIDES.toReversed()) seen[side].push(await measure(pools[side], user, path));
    const of = (side: Side, what: keyof Measured): number => median(seen[side].map((one) => one[what]));
    printLine({
      name: `gateway.${name}`,
      ours: of("ours", "rate"),
      peer: of("bare", "rate"),
      unit: "requests/s",
      goal: 0.7,
      better: "more",
    });
    printLine({
      name: `gateway.${name}.cpu`,
      ours: of("ours", "cpu"),
      peer: of("bare", "cpu"),
      unit: "µs/request",
      goal: 1 / 0.7,
      better: "less",
    });
    printLine({ name: `gateway.${name}.p99`, ours: of("ours", "p99"), peer: of("bare", "p99"), unit: "ms", goal: 1 / 0.7, better: "less" });
  }
  await Promise.all(SIDES.map((side) => pools[side].pool.close()));
} finally {
  for (const server of servers) server.kill();
  await postgres.stop();
}
printMachine();

interface Served {
  readonly pool: Pool;
  /** Microseconds that the server has computed. */
  cpu(): Promise<number>;
}

interface Measured {
  readonly rate: number;
  /** Of the server, a request. Microseconds. It depends less than the others on what else the machine does. */
  readonly cpu: number;
  readonly p99: number;
}

async function measure({ pool, cpu }: Served, user: string, path: () => string): Promise<Measured> {
  const times: number[] = [];
  const cpuBefore = await cpu();
  const started = performance.now();
  const until = started + Number(values.seconds) * 1_000;
  await asked(async () => {
    const began = performance.now();
    if (began >= until) return false;
    await ask(pool, user, path());
    return times.push(performance.now() - began) > 0;
  });
  const rate = (times.length / (performance.now() - started)) * 1_000;
  return { rate, cpu: ((await cpu()) - cpuBefore) / times.length, p99: quantile(times, 0.99) };
}

async function warmUp({ pool }: Served, user: string, path: () => string): Promise<void> {
  let left = WARM_UP;
  await asked(async () => {
    if (left-- > 0) await ask(pool, user, path());
    return left > 0;
  });
}

/** So many at once, each one request after the other. @param next Resolves to whether there is one more. */
async function asked(next: () => Promise<boolean>): Promise<void> {
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (await next());
    }),
  );
}

async function ask(pool: Pool, user: string, path: string): Promise<void> {
  const { statusCode, body } = await pool.request({ path, method: "GET", headers: { "x-user": user } });
  await body.text();
  if (statusCode !== 200) throw new Error(`${statusCode} for ${user}`);
}

async function serving(side: Side): Promise<Served> {
  const server = spawn(process.execPath, [join(import.meta.dirname, "gateway/serve.ts"), side, postgres.url], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  servers.push(server);
  const [url] = (await once(createInterface(server.stdout as Readable), "line")) as [string];
  return {
    pool: new Pool(url, { connections: AT_ONCE }),
    async cpu() {
      server.send("cpu");
      const [{ user, system }] = (await once(server, "message")) as [NodeJS.CpuUsage];
      return user + system;
    },
  };
}

async function seed(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE TABLE orders (id int PRIMARY KEY, owner text NOT NULL, status text NOT NULL, price numeric(10, 2) NOT NULL, cost numeric(10, 2),
      note text, made timestamptz NOT NULL DEFAULT now());
    INSERT INTO orders SELECT n, 'owner-' || n % ${OWNERS}, 'new', n % 50, n % 40, 'A note of some length, as people write it', now() FROM generate_series(1, ${ROWS}) n;
    CREATE INDEX ON orders (owner, id)`);
  await client.query("VACUUM ANALYZE orders");
  await client.end();
}
