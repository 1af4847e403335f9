import { httpPeer } from "@backstitch/sandbox";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backstitch, type Ended, startRun } from "./support/backstitch.ts";
import { disposable } from "./support/disposable.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { httpService, request, rule, SHOP, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 180_000 });

let server: TestPostgres;
beforeAll(async () => (server = await startPostgres()));
afterAll(() => server.stop());

const PHONES =
  "CREATE TABLE buyer (phone text PRIMARY KEY); CREATE TABLE heap (n int); INSERT INTO buyer VALUES ('+4915550001'), ('+4915550002')";
const SOURCE = { ...SHOP.sources.shop, snapshot: ["buyer"] };

test("rows that were there reach rules that ask for them, at the start and when a person asks; the log and status say how far, and no key is shown", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, PHONES);
  const body = { phone: { $path: "key.phone" }, was: { $path: "before" } };
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: SOURCE } },
    "services/sink.json": httpService(sink.url),
    "rules/there.json": rule("buyer", request("/there", body), { on: { source: "shop", collection: "buyer", origins: ["snapshot"] } }),
    "rules/new.json": rule("buyer", request("/new", body)),
    "rules/heap.json": rule("heap", request("/heap", {})),
  });
  const environment = { ...database.environment, BACKSTITCH_LOG_LEVEL: "debug" };
  const command = (...args: readonly string[]): Promise<Ended> => backstitch([...args, "-p", project.folder], environment);
  const received = (): readonly string[] => sink.received().map(({ operation }) => operation.replace("POST ", ""));
  expect(await command("setup")).toMatchObject({ code: 0 });
  expect(await command("check", "--connect")).toMatchObject({ code: 0 });

  await using run = startRun(project.folder, environment);
  await until(() => received().length === 2);
  expect(received()).toEqual(["/there", "/there"]);
  await run.logged("snapshot", { source: "shop", snapshot: "initial", collection: "buyer", state: "done", rows: 2 });
  expect((await command("status")).stdout).toContain("Snapshot initial of shop buyer is done: 2 rows.\n");

  const asked = await command("backfill", "buyer");
  const [, id] = /^Snapshot (\S+) of 1 table is asked for\./.exec(asked.stdout) ?? [];
  await run.logged("snapshot", { snapshot: id, state: "done" });
  await until(() => received().length === 4);
  const { snapshots } = JSON.parse((await command("status", "--json")).stdout) as { readonly snapshots: readonly unknown[] };
  expect(snapshots).toContainEqual({ source: "shop", id, collection: "buyer", state: "done", rows: 2 });
  await database.sql("INSERT INTO buyer VALUES ('+4915550003')");
  await until(() => received().includes("/new"));

  expect(await command("backfill", "heap")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/"heap" has no primary key.*ADD PRIMARY KEY/),
  });
  expect(await command("backfill", "buyers", "--source", "shop")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/no table "buyers".*"buyer"/),
  });
  expect(await command("backfill", "buyer", "--source", "shpo")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/no source "shpo".*"shop"/),
  });
  const { stdout } = await run.stop();
  expect(stdout).not.toContain("+491555");
});
