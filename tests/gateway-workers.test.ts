import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { httpPeer } from "@backstitch/sandbox";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backstitch, type LogLine, logLines, start } from "./support/backstitch.ts";
import { disposable } from "./support/disposable.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { httpService, request, rule, SHOP, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 180_000 });
const WITHIN = { within: 60_000 };

let server: TestPostgres;
beforeAll(async () => void (server = await startPostgres()));
afterAll(() => server.stop());

async function freePort(): Promise<number> {
  const probe = createServer();
  await once(probe.listen(0, "127.0.0.1"), "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  return port;
}

/** The first document that a stream tells after it is ready. @param write Done once it is. */
async function told(url: string, write: () => Promise<unknown>): Promise<unknown> {
  const stop = new AbortController();
  const { body, status } = await fetch(url, { signal: stop.signal });
  expect(status).toBe(200);
  let text = "";
  let written: Promise<unknown> | undefined;
  for await (const part of (body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("event: ready")) written ??= write();
    const [, change] = /^event: change\n.*\ndata: (.*)\n/m.exec(text) ?? [];
    if (change === undefined) continue;
    await written;
    return (JSON.parse(change) as { document: unknown }).document;
  }
  throw new Error(`The stream has ended: ${text}`);
}

test("--workers with --http serves from the first, which reads what is live; killed, it serves again on its port", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, "CREATE TABLE item (id int PRIMARY KEY, n int NOT NULL)");
  const port = await freePort();
  const connectionString = { $secret: "DATABASE_URL" };
  await using project = await writeProject({
    "backstitch.json": { ...SHOP, journal: { type: "postgres", connectionString }, gateway: { port, connectionString } },
    "collections/item.json": { live: true, roles: [{ name: "anybody", read: true, write: true, insert: true }] },
    "services/sink.json": httpService(sink.url, { concurrency: 4 }),
    "rules/items.json": rule("item", request("/items", { id: { $path: "key.id" } })),
  });
  const setUp = await backstitch(["setup", "-p", project.folder], database.environment);
  expect(setUp.code, setUp.stderr).toBe(0);
  const args = ["run", "-p", project.folder, "--port", "0", "--workers", "3", "--http", "--name", "shop"];
  await using workers = start(args, database.environment);
  const lines = (): readonly LogLine[] => logLines(workers);
  const running = (): readonly LogLine[] => lines().filter(({ msg }) => msg === "running");
  const otherwise = (): string => workers.stdout() + workers.stderr();
  const url = `http://127.0.0.1:${port}`;
  const add = async (id: number): Promise<void> => {
    const answer = await fetch(`${url}/v1/item`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id, n: 1 }),
    });
    expect(answer.status, await answer.text()).toBe(201);
  };
  const reads = (): readonly LogLine[] => lines().filter(({ msg, state }) => msg === "source" && state === "reading");
  const untilRead = (times: number): Promise<unknown> => until(() => reads().length === times, { ...WITHIN, otherwise });
  await until(() => running().length === 3, { ...WITHIN, otherwise });
  const serving = (): readonly unknown[] => running().flatMap(({ worker, http }) => (http === undefined ? [] : [[worker, http]]));
  expect(serving()).toEqual([["shop/1", url]]);
  await untilRead(1);
  expect(await told(`${url}/v1/item/changes`, () => add(1))).toEqual({ id: 1, n: 1 });

  const [row] = await database.sql("SELECT pid FROM backstitch.worker WHERE name = 'shop/1'");
  process.kill(Number(row?.["pid"]), "SIGKILL");
  await until(() => running().length === 4, { ...WITHIN, otherwise });
  expect(serving()).toEqual([
    ["shop/1", url],
    ["shop/1", url],
  ]);
  await untilRead(2);
  expect(await told(`${url}/v1/item/changes`, () => add(2))).toEqual({ id: 2, n: 1 });
  await Promise.all(Array.from({ length: 20 }, (_, nth) => add(nth + 3)));
  const ids = (): ReadonlySet<unknown> =>
    new Set(sink.received().map(({ fields }) => (JSON.parse(fields["body"] as string) as { id: number }).id));
  await until(() => ids().size === 22, { ...WITHIN, otherwise });
  expect(new Set(lines().flatMap(({ msg, worker }) => (msg === "source" ? [worker] : [])))).toEqual(new Set(["shop/1"]));
  expect(new Set(lines().flatMap(({ msg, worker }) => (msg === "delivered to service" ? [worker] : []))).size).toBeGreaterThan(1);

  workers.signal("SIGTERM");
  expect((await workers.ended).code).toBe(0);
});

test("--workers with --http ends with the first, where it cannot serve", async () => {
  await using database = await openDatabase(server, "CREATE TABLE item (id int PRIMARY KEY)");
  const journal = { type: "postgres", connectionString: { $secret: "DATABASE_URL" } };
  await using project = await writeProject({
    "backstitch.json": { ...SHOP, journal },
    "services/sink.json": httpService("http://127.0.0.1:9"),
    "rules/items.json": rule("item", request("/items", { id: { $path: "key.id" } })),
  });
  const ended = await backstitch(["run", "-p", project.folder, "--port", "0", "--workers", "2", "--http"], database.environment);
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining("backstitch.json has no gateway") as string });
});
