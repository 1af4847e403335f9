import { httpPeer } from "@backstitch/sandbox";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Network, startNetwork } from "./crash/network.ts";
import { backstitch, type Environment, startRun } from "./support/backstitch.ts";
import { disposable } from "./support/disposable.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { type Files, httpService, request, rule, SHOP, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 60_000 });

const SCHEMA = "CREATE TABLE item (id integer PRIMARY KEY)";
const MANIFEST = { ...SHOP, journal: { type: "postgres", connectionString: { $secret: "JOURNAL_URL" } } };
const filesFor = (url: string): Files => ({
  "backstitch.json": MANIFEST,
  "services/sink.json": httpService(url),
  "rules/items.json": ITEMS,
});
const ITEMS = rule("item", request("/items", { id: { $path: "key.id" } }));

let server: TestPostgres;
let network: Network;
beforeAll(async () => {
  server = await startPostgres();
  network = await startNetwork([server.url]);
});
afterAll(async () => {
  await network.close();
  await server.stop();
});

test("a journal's server that is away when `run` starts is waited for, and said to be; a reload meanwhile counts", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, SCHEMA);
  await using project = await writeProject(filesFor(sink.url));
  const environment: Environment = { ...database.environment, JOURNAL_URL: network.through(database.url) };
  await backstitch(["setup", "-p", project.folder], environment);
  await network.cut();

  await using run = startRun(project.folder, environment);
  const { reason } = await run.logged("journal is full: reading is paused, nothing is lost", { level: 50 });
  expect(reason).toBe("The journal's server cannot be reached (ECONNREFUSED). It goes on by itself when the server answers.");
  expect(await run.unready()).toContain(`The journal is full: ${String(reason)}\n`);
  expect((await run.get("/metrics")).body).toContain("\nbackstitch_journal_full 1\n");
  const status = await backstitch(["status", "-p", project.folder], environment);
  expect(status).toMatchObject({ code: 1, stderr: "The journal's server cannot be reached (ECONNREFUSED).\n" });
  await project.write({ "rules/items.json": rule("item", request("/reloaded", {})) });
  run.signal("SIGHUP");
  await run.logged("reloaded");

  await network.open();
  await run.logged("journal has room again");
  await run.ready();
  await database.sql("INSERT INTO item VALUES (1)");
  await until(() => sink.received().length > 0);
  expect(sink.received().map(({ fields }) => fields["path"])).toEqual(["/reloaded"]);
  await run.stop();
});

test("told to stop while it waits for the journal's server, `run` ends with 0", async () => {
  await using database = await openDatabase(server, SCHEMA);
  await using project = await writeProject(filesFor("http://127.0.0.1:9"));
  const environment: Environment = { ...database.environment, JOURNAL_URL: network.through(database.url) };
  await network.cut();
  await using run = startRun(project.folder, environment);
  await run.logged("journal is full: reading is paused, nothing is lost");
  expect((await run.stop()).stderr).toBe("");
  expect(run.lines().at(-1)?.msg).toBe("stopped");
  await network.open();
});
