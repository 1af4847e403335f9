import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, Socket } from "node:net";
import { join } from "node:path";
import { httpPeer } from "@backstitch/sandbox";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backstitch, type Environment, type LogLine, logLines, type Run, start, startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { type Database, openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { httpService, type ProjectFolder, request, rule, SHOP, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 180_000 });
const WITHIN = { within: 60_000 };

const SCHEMA = "CREATE TABLE item (id integer PRIMARY KEY, n integer NOT NULL)";
const ON_POSTGRES = { ...SHOP, journal: { type: "postgres", connectionString: { $secret: "DATABASE_URL" } } };
const ITEMS = rule("item", request("/items", { id: { $path: "key.id" }, n: { $path: "after.n" } }));

const MAIN = join(import.meta.dirname, "../packages/cli/src/main.ts");

let server: TestPostgres;
beforeAll(async () => (server = await startPostgres()));
afterAll(() => server.stop());

type Sink = Awaited<ReturnType<typeof httpPeer>>;

/** A project on a database of its own, set up. */
async function setUp(database: Database, sink: Sink): Promise<ProjectFolder> {
  const service = httpService(sink.url, { concurrency: 4 });
  const project = await writeProject({ "backstitch.json": ON_POSTGRES, "services/sink.json": service, "rules/items.json": ITEMS });
  await backstitch(["setup", "-p", project.folder], database.environment);
  return project;
}

/** What arrived of a row, in order, each once: a repeat comes right after what it repeats. */
function arrivals(sink: Sink): ReadonlyMap<number, readonly number[]> {
  const bodies = sink.received().map(({ fields }) => JSON.parse(fields["body"] as string) as { id: number; n: number });
  const rows = [...Map.groupBy(bodies, ({ id }) => id)];
  return new Map(rows.map(([id, all]) => [id, all.map(({ n }) => n).filter((n, index, list) => n !== list[index - 1])]));
}

const ROWS = 60;
const CHANGES = 4;

async function change(database: Database, from: number): Promise<void> {
  await database.sql("INSERT INTO item SELECT id, 0 FROM generate_series($1::int, $2::int) AS id", [from, from + ROWS - 1]);
  for (let n = 1; n < CHANGES; n += 1) await database.sql("UPDATE item SET n = $1 WHERE id >= $2", [n, from]);
}

async function expectAll(sink: Sink, from: number): Promise<void> {
  const inOrder = Array.from({ length: CHANGES }, (_, n) => n);
  const wanted = new Map(Array.from({ length: ROWS }, (_, index) => [from + index, inOrder]));
  const ofThese = (): ReadonlyMap<number, readonly number[]> => new Map([...arrivals(sink)].filter(([id]) => id >= from));
  await until(() => [...ofThese().values()].filter((seen) => seen.includes(CHANGES - 1)).length === ROWS, WITHIN);
  expect(new Map([...ofThese()].toSorted(([left], [right]) => left - right))).toEqual(wanted);
}

const named = (database: Database, name: string): Environment => ({ ...database.environment, BACKSTITCH_NAME: name });

function sourceIs(run: Run, state: string): boolean {
  return run.lines().findLast(({ msg }) => msg === "source")?.["state"] === state;
}

/** The way to a server for one process, which waits at a gate. */
async function gateTo(
  address: string,
): Promise<AsyncDisposable & { readonly url: string; readonly reached: Promise<unknown>; open(): void }> {
  const url = new URL(address);
  const { hostname, port } = url;
  const opened = Promise.withResolvers<void>();
  const gate = createServer((near) => {
    const far = new Socket();
    for (const socket of [near, far]) socket.on("error", () => [near, far].forEach((one) => one.destroy()));
    void opened.promise.then(() => near.pipe(far.connect(Number(port), hostname)).pipe(near));
  });
  await once(gate.listen(0, "127.0.0.1"), "listening");
  url.port = String((gate.address() as AddressInfo).port);
  const closed = async (): Promise<void> => void gate.close();
  return { url: url.href, reached: once(gate, "connection"), open: opened.resolve, [Symbol.asyncDispose]: closed };
}

const delivered = (run: Run): readonly LogLine[] => run.lines().filter(({ msg }) => msg === "delivered to service");

test("several processes share the work; one reads, and when it is killed another reads on; each row's changes arrive in order", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, SCHEMA);
  await using project = await setUp(database, sink);
  await using first = startRun(project.folder, named(database, "first"));
  await until(() => sourceIs(first, "reading"), WITHIN);
  await using second = startRun(project.folder, named(database, "second"));
  await until(() => sourceIs(second, "standing-by"), WITHIN);
  await second.ready();
  const lag = /\nbackstitch_source_lag_bytes\{source="shop"\} \d+\n/;
  await until(async () => lag.test((await first.get("/metrics")).body), WITHIN);
  const { body } = await second.get("/metrics");
  expect([lag.test(body), body.includes('\nbackstitch_source_reading{source="shop"} 0\n')]).toEqual([false, true]);

  await change(database, 1);
  await expectAll(sink, 1);
  expect(delivered(first).length).toBeGreaterThan(0);
  expect(delivered(second).length).toBeGreaterThan(0);
  expect(delivered(second)[0]).toMatchObject({ worker: "second", rule: "items" });

  await change(database, 1_001);
  first.signal("SIGKILL");
  await until(() => sourceIs(second, "reading"), WITHIN);
  await using again = startRun(project.folder, named(database, "first"));
  await until(() => sourceIs(again, "standing-by"), WITHIN);
  await expectAll(sink, 1_001);
  await until(
    async () => (await listDeliveries(project.folder, database.environment, "--state", "pending", "claimed")).length === 0,
    WITHIN,
  );

  await using sameName = startRun(project.folder, named(database, "second"));
  const refused = await sameName.ended;
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    /^The worker "second" runs already: process \d+ on .+ since .+\. Stop it first, or give this one another name: --name\.\n$/,
  );

  await second.stop();
  await until(() => sourceIs(again, "reading"), WITHIN);
  await again.stop();
});

test("what another recorded that had not yet heard that it reads no more is not lost: the source is read from there", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, SCHEMA);
  await using gate = await gateTo(database.url);
  const onItsOwn = { type: "postgres", connectionString: { $secret: "JOURNAL_URL" } };
  await using project = await writeProject({
    "backstitch.json": { ...SHOP, journal: onItsOwn },
    "services/sink.json": httpService(sink.url),
    "rules/items.json": ITEMS,
  });
  const environment = { ...database.environment, JOURNAL_URL: database.url };
  await backstitch(["setup", "-p", project.folder], environment);
  await using first = startRun(project.folder, environment);
  await first.ready();
  await database.sql("INSERT INTO item VALUES (1, 0)");
  await until(() => sink.received().length === 1, WITHIN);
  await first.stop();

  await using second = startRun(project.folder, { ...environment, DATABASE_URL: gate.url });
  // It has asked the journal from where to read.
  await gate.reached;
  await database.sql("INSERT INTO item VALUES (2, 0)");
  const [moved] = await database.sql("SELECT end_lsn AS lsn FROM pg_replication_slot_advance($1, pg_current_wal_lsn())", [
    database.environment.SLOT,
  ]);
  const sameCluster = "split_part(position, ':', 1) || ':' || split_part(position, ':', 2) || ':'";
  await database.sql(`UPDATE backstitch.position SET position = ${sameCluster} || $1`, [moved?.["lsn"]]);
  gate.open();
  const { reason } = await second.logged("source", { state: "retrying" });
  expect(reason).toBe('Source "shop" was read on by the process before this one; it is read again from where that one came to.');
  await until(() => sourceIs(second, "reading"), WITHIN);
  await database.sql("INSERT INTO item VALUES (3, 0)");
  await until(() => sink.received().length === 2, WITHIN);
  expect([...arrivals(sink).keys()]).toEqual([1, 3]);
  await second.stop();
});

test("--workers starts so many, starts again what was killed, and stops all of them", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, SCHEMA);
  await using project = await setUp(database, sink);
  await using workers = start(["run", "-p", project.folder, "--port", "0", "--workers", "2", "--name", "shop"], database.environment);
  const lines = (): readonly LogLine[] => logLines(workers);
  const running = (): readonly string[] => lines().flatMap(({ msg, worker }) => (msg === "running" ? [worker as string] : []));
  await until(() => running().length === 2, { ...WITHIN, otherwise: () => workers.stdout() + workers.stderr() });
  expect(new Set(running())).toEqual(new Set(["shop/1", "shop/2"]));
  await change(database, 1);
  await expectAll(sink, 1);

  const [row] = await database.sql("SELECT pid FROM backstitch.worker WHERE name = 'shop/1'");
  process.kill(Number(row?.["pid"]), "SIGKILL");
  await until(() => lines().some(({ msg, worker }) => msg === "worker was killed: it is started again" && worker === "shop/1"), WITHIN);
  await until(() => running().length === 3, WITHIN);
  await change(database, 1_001);
  await expectAll(sink, 1_001);

  workers.signal("SIGTERM");
  expect((await workers.ended).code).toBe(0);
  expect(lines().filter(({ msg }) => msg === "stopped")).toHaveLength(2);
});

test("all processes together send a service no more than its limits let", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, SCHEMA);
  await using project = await setUp(database, sink);
  await project.write({
    "services/sink.json": httpService(sink.url, { concurrency: 4, limits: { requests: ["5 per 500ms", "1000 per 1h"] } }),
  });
  await using workers = start(["run", "-p", project.folder, "--port", "0", "--workers", "3"], database.environment);
  await until(() => logLines(workers).filter(({ msg }) => msg === "running").length === 3, WITHIN);
  await database.sql("INSERT INTO item SELECT id, 0 FROM generate_series(1, 60) AS id");
  await until(() => sink.received().length === 60, WITHIN);
  const times = sink.received().map(({ at }) => at);
  const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 500).length));
  expect(most).toBeLessThanOrEqual(5);
});

test("a worker whose port is taken says so and ends, lets go of its name, and ends those that were started with it", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, SCHEMA);
  await using project = await setUp(database, sink);
  const taken = new URL(sink.url).port;
  const alone = await backstitch(["run", "-p", project.folder, "--port", taken, "--name", "first"], database.environment);
  expect(alone).toMatchObject({ code: 1, stderr: expect.stringContaining("the port is in use") as string });
  const together = await backstitch(
    ["run", "-p", project.folder, "--workers", "2", "--port", String(Number(taken) - 1)],
    database.environment,
  );
  expect(together).toMatchObject({ code: 1, stderr: expect.stringContaining("the port is in use") as string });
  await using first = startRun(project.folder, named(database, "first"));
  await until(() => sourceIs(first, "reading"), WITHIN);
  await first.stop();
});

test("--workers needs a journal that they can share", async () => {
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "changes.jsonl" } } },
    "services/sink.json": httpService("http://127.0.0.1:9"),
    "rules/items.json": ITEMS,
  });
  const { code, stderr } = await backstitch(["run", "-p", project.folder, "--workers", "2"]);
  expect(code).toBe(1);
  expect(stderr).toBe(
    'The project\'s journal is of the type "sqlite", which one process has: --workers needs "journal": {"type": "postgres", …}.\n',
  );
});

test("a worker whose parent is gone before it has started stops, and says nothing of its own", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, SCHEMA);
  await using project = await setUp(database, sink);
  const args = [MAIN, "run", "-p", project.folder, "--port", "0", "--name", "orphan"];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...database.environment },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  child.disconnect();
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = (await once(child, "exit")) as [number | null];
  expect({ code, said }).toEqual({ code: 0, said: "" });
});
