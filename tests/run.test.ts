import { freePort, httpPeer } from "@backstitch/sandbox";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backstitch, startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { httpService, request, rule, SHOP, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const SCHEMA = "CREATE TABLE item (id integer PRIMARY KEY, name text)";
const ITEMS = rule("item", request("/items", { id: { $path: "key.id" } }));

let server: TestPostgres;
beforeAll(async () => (server = await startPostgres()));
afterAll(() => server.stop());

test("without setup it does not start, and says what to do; once set up it runs, says how it is, and nobody else can own its journal", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, SCHEMA);
  await using project = await writeProject({
    "backstitch.json": SHOP,
    "services/sink.json": httpService(sink.url),
    "rules/items.json": ITEMS,
  });
  const { environment } = database;

  await using early = startRun(project.folder, environment);
  const { code, stderr } = await early.ended;
  expect(code).toBe(1);
  expect(stderr).toBe(`Source "shop" cannot be read: There is no replication slot "${environment.SLOT}". Run "backstitch setup".\n`);
  expect(early.lines()).toContainEqual(expect.objectContaining({ level: 50, msg: "source", source: "shop", state: "stopped" }));

  await backstitch(["setup", "-p", project.folder], environment);
  await using run = startRun(project.folder, environment);
  await run.ready();
  expect(await run.get("/healthz")).toEqual({ status: 200, body: "ok\n" });
  expect(await run.get("/readyz")).toEqual({ status: 200, body: "ready\n" });
  await database.sql("INSERT INTO item VALUES (1, 'one'), (2, 'two')");
  await until(() => sink.received().length === 2);
  await run.logged("delivered to service", { rule: "items", then: "sink.request", service: "sink", action: "request", state: "accepted" });
  for (const line of run.lines()) expect(line).toMatchObject({ time: expect.stringMatching(/^\d{4}-.*Z$/), level: expect.any(Number) });

  const { body } = await until(async () =>
    [await run.get("/metrics")].find((one) => one.body.includes('backstitch_deliveries{state="accepted"} 2')),
  );
  expect(body.split("\n")).toEqual(
    expect.arrayContaining([
      "# TYPE backstitch_events_total counter",
      'backstitch_events_total{source="shop"} 2',
      'backstitch_matches_total{source="shop",rule="items"} 2',
      'backstitch_attempts_total{service="sink",outcome="accepted"} 2',
      "# TYPE backstitch_attempt_seconds histogram",
      'backstitch_attempt_seconds_count{service="sink"} 2',
      'backstitch_deliveries{state="pending"} 0',
      expect.stringMatching(/^backstitch_journal_bytes \d+$/),
    ]),
  );
  await until(async () => /\nbackstitch_source_lag_bytes\{source="shop"\} \d+\n/.test((await run.get("/metrics")).body));
  for (const line of body.split("\n").filter((one) => one !== ""))
    expect(line).toMatch(/^(# (HELP|TYPE) backstitch_\w+ .+|backstitch_\w+(\{[^}]*\})? [\d.e+-]+)$/);

  await using second = startRun(project.folder, environment);
  const refused = await second.ended;
  expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(
    new RegExp(`^The journal ".*journal\\.db" is owned by process ${run.pid} on .+ since .+; stop it first\\.\n$`),
  );

  const taken = new URL(String((await run.logged("running"))["status"])).port;
  await using other = await writeProject({
    "backstitch.json": SHOP,
    "services/sink.json": httpService(sink.url),
    "rules/items.json": ITEMS,
  });
  const sharing = await backstitch(["run", "-p", other.folder, "--port", taken], environment);
  expect(sharing.code).toBe(1);
  expect(sharing.stderr).toBe(
    `/healthz, /readyz and /metrics cannot listen on 127.0.0.1:${taken}: the port is in use. Give another --port or --host; port 0: the system picks.\n`,
  );
  await run.stop();
});

test("SIGTERM: what is under way is finished, what was not begun waits for the next run, and nothing is lost or repeated", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, SCHEMA);
  await using project = await writeProject({
    "backstitch.json": SHOP,
    "services/sink.json": httpService(sink.url, { concurrency: 1 }),
    "rules/items.json": ITEMS,
  });
  const { environment } = database;
  await backstitch(["setup", "-p", project.folder], environment);
  sink.misbehave({ kind: "slow", delayMs: 1_000 });
  await using first = startRun(project.folder, environment);
  await first.ready();
  await database.sql("INSERT INTO item SELECT id, 'x' FROM generate_series(1, 3) AS id");
  await until(() => sink.received().length === 1);
  await first.stop();
  expect(
    first
      .lines()
      .map(({ msg }) => msg)
      .slice(-3),
  ).toEqual(["stopping: finishing what is under way", "delivered to service", "stopped"]);
  expect((await listDeliveries(project.folder, environment)).map(({ state }) => state)).toEqual(["accepted", "pending", "pending"]);

  sink.misbehave(undefined);
  await using second = startRun(project.folder, environment);
  await until(() => sink.received().length === 3);
  await second.stop();
  expect(sink.received().map(({ fields }) => fields["body"])).toEqual(['{"id":1}', '{"id":2}', '{"id":3}']);
});

test("SIGHUP: an invalid folder keeps the rules in force and prints the problems; a mended one is put in force", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, SCHEMA);
  const version = (path: string): object => rule("item", request(path, { id: { $path: "key.id" } }));
  await using project = await writeProject({
    "backstitch.json": SHOP,
    "services/sink.json": httpService(sink.url),
    "rules/items.json": version("/v1"),
  });
  const { environment } = database;
  await backstitch(["setup", "-p", project.folder], environment);
  await using run = startRun(project.folder, environment);
  await run.ready();
  const insert = async (id: number): Promise<string> => {
    await database.sql("INSERT INTO item VALUES ($1, 'x')", [id]);
    return (await until(() => sink.received()[id - 1])).operation;
  };
  expect(await insert(1)).toBe("POST /v1");

  await project.write({
    "rules/items.json":
      '{ "on": { "source": "shop", "collection": "item" }, "then": [{ "service": "sinc", "action": "request", "with": { "path": "" } }] }',
  });
  run.signal("SIGHUP");
  const { problems } = await run.logged("not reloaded: the rules in force stay", { level: 50 });
  expect(problems).toEqual(
    expect.arrayContaining([expect.stringMatching(/^rules\/items\.json:1:\d+ RULE_SERVICE_UNKNOWN Rule "items" sends to "sinc"/)]),
  );
  expect(await insert(2)).toBe("POST /v1");

  await project.write({ "rules/items.json": version("/v2") });
  run.signal("SIGHUP");
  await run.logged("reloaded", { rules: 1 });
  expect(await insert(3)).toBe("POST /v2");
  await run.stop();
});

test("SIGHUP: what is pending of a rule that is gone is still made, and the reload says how much that is", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, SCHEMA);
  const port = await freePort();
  const down = { ...httpService(`http://127.0.0.1:${port}`) };
  await using project = await writeProject({
    "backstitch.json": SHOP,
    "services/sink.json": httpService(sink.url),
    "services/down.json": down,
    "rules/items.json": ITEMS,
    "rules/old.json": rule("item", request("/old", { id: { $path: "key.id" } }, "down")),
  });
  const { environment } = database;
  await backstitch(["setup", "-p", project.folder], environment);
  await using run = startRun(project.folder, environment);
  await run.ready();
  await database.sql("INSERT INTO item VALUES (1, 'x'), (2, 'x')");
  await run.logged("not delivered", { rule: "old", outcome: "unavailable" });
  await project.remove("rules/old.json");
  run.signal("SIGHUP");
  await run.logged('Rule "old" is gone; 2 deliveries of it will still be made.', { level: 40 });
  await run.logged("reloaded", { rules: 1 });

  await using back = disposable(await httpPeer({ port }));
  await database.sql("INSERT INTO item VALUES (3, 'x')");
  await until(() => back.received().length === 2 && sink.received().length === 3);
  await run.stop();
  expect(
    back
      .received()
      .map(({ fields }) => fields["body"] as string)
      .toSorted(),
  ).toEqual(['{"id":1}', '{"id":2}']);
});
