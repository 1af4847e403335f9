import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { expect, test, vi } from "vitest";
import { start } from "./support/backstitch.ts";
import { request, rule, writeProject, type Files } from "./support/project.ts";
import { until } from "./support/until.ts";

// A PostgreSQL is made for each.
vi.setConfig({ testTimeout: 120_000 });

const version = (path: string): object => rule("item", request(path, { id: { $path: "key.id" } }));
const FILES: Files = {
  "backstitch.json": { sources: { shop: { type: "postgres", connectionString: { $secret: "DATABASE_URL" } } } },
  "services/sink.json": { connector: "http", config: { baseUrl: "https://shop.example", bearerToken: { $secret: "SINK_TOKEN" } } },
  "services/sms.json": {
    connector: "twilio",
    config: { accountSid: { $env: "TWILIO_ACCOUNT_SID" }, authToken: { $secret: "TWILIO_AUTH_TOKEN" }, from: "+15005550006" },
  },
  "rules/items.json": version("/v1"),
  "rules/text.json": rule("item", { service: "sms", action: "send", with: { to: "+15005550123", body: "{{ after.name }}" } }),
  "seed.sql": "CREATE TABLE item (id integer PRIMARY KEY, name text);",
};

/** A temporary folder that the server's own user may enter too. */
async function scratch(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "backstitch-dev-test-"));
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test("dev whose terminal is closed leaves nothing behind", async () => {
  await using folder = await scratch();
  await using project = await writeProject(FILES);
  await using dev = start(["dev", "-p", project.folder], { TMPDIR: folder.path, CI: "true" });
  await until(() => dev.stdout().includes("The database is postgres://"), { within: 60_000, otherwise: () => dev.stderr() });
  dev.signal("SIGHUP");
  expect(await dev.ended).toMatchObject({ code: 0 });
  expect((await readdir(folder.path)).filter((name) => name.startsWith("backstitch-"))).toEqual([]);
});

test("a summary that lists a part alone says so, and does not count what matched by it", async () => {
  await using folder = await scratch();
  await using project = await writeProject({ ...FILES, "play.sql": "INSERT INTO item SELECT n, 'x' FROM generate_series(1, 300) AS n" });
  await using dev = start(["dev", "-p", project.folder, "--play", "play.sql", "--exit"], { TMPDIR: folder.path, CI: "true" });
  const { stdout, code } = await dev.ended;
  expect(stdout).toContain("300 events; the newest 500 deliveries are listed; deliveries: 600 accepted.");
  expect(code).toBe(0);
});

test("dev prints what happens, keeps the rules in force while a file is broken, and Ctrl-C leaves nothing behind", async () => {
  await using folder = await scratch();
  await using project = await writeProject(FILES);
  await using dev = start(["dev", "-p", project.folder], { TMPDIR: folder.path, CI: "true" });
  const said = (text: string | RegExp): Promise<true> =>
    until(() => (typeof text === "string" ? dev.stdout().includes(text) : text.test(dev.stdout() + dev.stderr())) || undefined, {
      within: 60_000,
      otherwise: () => `${String(text)} was not said:\n${dev.stdout()}\n${dev.stderr()}`,
    });
  await said("The database is postgres://");
  expect(dev.stdout()).toContain(`${project.folder}: 2 rules. The database is`);
  const url = /postgres:\/\/\S+/.exec(dev.stdout())?.[0] ?? "";
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();

  await client.query("INSERT INTO item VALUES (1, 'one')");
  await said(/● [\d:.]+ insert item#1 → items, text\n/);
  await said(/✓ insert item#1 → items → sink\.request {2}POST \/v1 {2}accepted\n/);
  await said(/✓ insert item#1 → text → sms\.send {2}to \+15•••23: "one" {2}accepted\n/);

  const BROKEN: readonly (readonly [content: unknown, says: RegExp])[] = [
    ['{ "on": ', /rules\/items\.json:1:\d+ JSON_\w+ .*\n1 problem\.\nNot reloaded: the rules in force stay as they were\.\n/],
    [rule("itemz", request("/v2", {})), /"itemz".*\nNot reloaded: the rules in force stay as they were\.\n/],
  ];
  let id = 1;
  for (const [content, says] of BROKEN) {
    await project.write({ "rules/items.json": content });
    await said(says);
    id += 1;
    await client.query("INSERT INTO item VALUES ($1, 'x')", [id]);
    await said(`✓ insert item#${id} → items → sink.request  POST /v1  accepted\n`);
  }
  await project.write({ "rules/items.json": version("/v2") });
  await said("Reloaded: 2 rules.\n");
  await client.query("INSERT INTO item VALUES (4, 'four')");
  await said("✓ insert item#4 → items → sink.request  POST /v2  accepted\n");
  await client.end();

  dev.signal("SIGINT");
  const { code, stdout, stderr } = await dev.ended;
  expect(code).toBe(0);
  expect(stdout).toContain("4 events, of which 4 matched; deliveries: 8 accepted.\nEvery matched event has an end state.\n");
  expect(stdout + stderr).not.toContain("\u001b");
  expect(await readdir(folder.path)).toEqual([]);
  await expect(new Client({ connectionString: url }).connect()).rejects.toThrow("ECONNREFUSED");
});

test("--play --exit plays the statements, tells their comments, and ends when everything is settled", async () => {
  await using folder = await scratch();
  await using project = await writeProject({
    ...FILES,
    "play.sql":
      "-- A new item; with a semicolon.\nINSERT INTO item VALUES (1, 'one');\n-- Two at once.\nBEGIN;\nINSERT INTO item VALUES (2, 'a;b');\nDELETE FROM item WHERE id = 1;\nCOMMIT;\n",
  });
  await using dev = start(["dev", "-p", project.folder, "--play", "play.sql", "--exit"], { TMPDIR: folder.path });
  const { code, stdout, stderr } = await dev.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(
    /-- A new item; with a semicolon\.\n[^]*insert item#1 → items, text\n[^]*-- Two at once\.\n[^]*delete item#1 → no rule matches\n/,
  );
  expect(stdout).toContain("3 events, of which 2 matched; deliveries: 4 accepted.\nEvery matched event has an end state.\n");
  expect(await readdir(folder.path)).toEqual([]);
});

const MISTAKES: readonly (readonly [name: string, files: Files, says: RegExp])[] = [
  ["a file to play that is not there", {}, /^There is no file ".*play\.sql" to play\.\n$/],
  [
    "a statement that PostgreSQL refuses",
    { "play.sql": "INSERT INTO itemz VALUES (1);" },
    /^.*play\.sql: PostgreSQL says: relation "itemz" does not exist\.\n$/,
  ],
];
test.each(MISTAKES)("%s: a sentence, and nothing is left behind", async (_name, files, says) => {
  await using folder = await scratch();
  await using project = await writeProject({ ...FILES, ...files });
  await using dev = start(["dev", "-p", project.folder, "--play", "play.sql", "--exit"], { TMPDIR: folder.path });
  const { code, stderr } = await dev.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(says);
  expect(await readdir(folder.path)).toEqual([]);
});
