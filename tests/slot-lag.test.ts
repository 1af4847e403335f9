import { httpPeer } from "@backstitch/sandbox";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backstitch, startRun } from "./support/backstitch.ts";
import { disposable } from "./support/disposable.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { httpService, request, rule, SHOP, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

let server: TestPostgres;
beforeAll(async () => (server = await startPostgres()));
afterAll(() => server.stop());

test("log that the database keeps beyond lagWarning is told of when it comes to be and when it is over, served as a metric, and said by status", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, "CREATE TABLE item (id integer PRIMARY KEY, name text)");
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { ...SHOP.sources.shop, lagWarning: "1.5MB" } } },
    "services/sink.json": httpService(sink.url),
    "rules/items.json": rule("item", request("/items", { id: { $path: "key.id" } })),
  });
  const { environment } = database;
  await backstitch(["setup", "-p", project.folder], environment);
  await using run = startRun(project.folder, environment);
  await run.ready();
  const metric = async (line: RegExp): Promise<boolean> => line.test((await run.get("/metrics")).body);
  await until(() => metric(/\nbackstitch_source_lag_warning\{source="shop"\} 0\n/));

  // A transaction that is open keeps the log from where it began.
  await database.sql("BEGIN; INSERT INTO item VALUES (0, '')");
  await using other = await openDatabase(server, "CREATE TABLE elsewhere (body text)");
  await other.sql("INSERT INTO elsewhere SELECT md5(i::text) FROM generate_series(1, 50000) i");
  const told = await run.logged("source keeps much", { source: "shop", level: 40 });
  expect(told["reason"]).toMatch(
    /^The server keeps \d+\.\d MB of log for the replication slot "\w+", and "lagWarning" is 1\.5 MB\. Is it read, and is no transaction open for long\? Mind the disk of the server\.$/,
  );
  expect(told["kept"]).toBeGreaterThan(1_500_000);
  await until(() => metric(/\nbackstitch_source_lag_warning\{source="shop"\} 1\n/));
  expect(await metric(/\nbackstitch_source_kept_bytes\{source="shop"\} [2-9]\d{6}/)).toBe(true);

  const status = (...args: readonly string[]) => backstitch(["status", ...args, "-p", project.folder], environment);
  expect((await status()).stdout).toMatch(
    /^Source shop is \d+ bytes behind, and [2-9]\d{6} bytes of log are kept for its slot\. The server keeps \d+\.\d MB of log/m,
  );
  const { sources } = JSON.parse((await status("--json")).stdout) as { readonly sources: readonly object[] };
  expect(sources).toMatchObject([{ source: "shop", kept: expect.any(Number) as number, warning: expect.any(String) as string }]);

  await database.sql("COMMIT");
  await until(async () => {
    // The slot lets go of the log as the position moves on.
    await database.sql("INSERT INTO item SELECT max(id) + 1 FROM item");
    await database.sql("CHECKPOINT");
    return run.lines().some(({ msg }) => msg === "source keeps little again");
  });
  expect(run.lines().filter(({ msg }) => msg === "source keeps much")).toHaveLength(1);
  await run.stop();
  expect((await status()).stdout).toMatch(/^Source shop is \d+ bytes behind, and \d+ bytes of log are kept for its slot\.$/m);
  const away = { ...environment, DATABASE_URL: "postgres://a:canary@127.0.0.1:9/shop" };
  const { stdout, stderr } = await backstitch(["status", "-p", project.folder], away);
  expect(stdout).toContain(
    'Source shop cannot be asked how far it is behind. The server of source "shop" cannot be reached (ECONNREFUSED).',
  );
  expect(`${stdout}${stderr}`).not.toContain("canary");
});
