import { freePort, httpPeer, s3Peer, twilioPeer } from "@backstitch/sandbox";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backstitch, startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { httpService, request, rule, SHOP, writeProject, type Files } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const SCHEMA = "CREATE TABLE item (id integer PRIMARY KEY, version integer NOT NULL DEFAULT 0, note text, doc json)";
const ITEMS = rule("item", request("/items", { id: { $path: "key.id" } }));
const bodies = (peer: { received(): readonly { readonly fields: object }[] }): readonly unknown[] =>
  peer.received().map(({ fields }) => JSON.parse((fields as { body: string }).body) as unknown);

let server: TestPostgres;
beforeAll(async () => (server = await startPostgres()));
afterAll(() => server.stop());

const BROKEN: readonly (readonly [name: string, files: Files, says: RegExp])[] = [
  ["a broken rule file", { "rules/items.json": '{ "on": {' }, /^rules\/items\.json:1:\d+ JSON_SYNTAX A closing brace is missing here\.\n/],
  [
    "an unknown service",
    { "rules/items.json": rule("item", request("/items", {}, "sinc")) },
    /^rules\/items\.json:\d+:\d+ RULE_SERVICE_UNKNOWN Rule "items" sends to "sinc"; the services are "sink"\.\n {2}Did you mean "sink"\?\n/,
  ],
  [
    "a missing secret",
    { "services/sink.json": { connector: "http", config: { baseUrl: "http://127.0.0.1:9", bearerToken: { $secret: "SINK_TOKEN" } } } },
    /^services\/sink\.json:\d+:\d+ SECRET_MISSING "bearerToken" names the secret "SINK_TOKEN", which is not set\.\n/,
  ],
];
test("what keeps a project from running is said before anything is read, and what is written meanwhile arrives once it is mended", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, SCHEMA);
  const right: Files = { "services/sink.json": httpService(sink.url), "rules/items.json": ITEMS };
  await using project = await writeProject({ "backstitch.json": SHOP, ...right });
  const { environment } = database;
  await backstitch(["setup", "-p", project.folder], environment);
  for (const [name, files, says] of BROKEN) {
    await project.write(files);
    const { code, stdout, stderr } = await backstitch(["run", "-p", project.folder, "--port", "0"], environment);
    expect({ name, code, stdout }).toEqual({ name, code: 1, stdout: "" });
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/\n1 problem\.\n$/);
    await project.write(right);
  }
  await database.sql("INSERT INTO item (id) SELECT generate_series(1, 5)");
  await using run = startRun(project.folder, environment);
  await until(() => sink.received().length === 5);
  await run.stop();
  expect(bodies(sink)).toEqual([1, 2, 3, 4, 5].map((id) => ({ id })));
});

test("a secret that is wrong: the service is kept from, nothing else waits, and with the right one everything arrives", async () => {
  const accountSid = `AC${"2".repeat(32)}`;
  await using sink = disposable(await httpPeer());
  await using twilio = disposable(await twilioPeer({ credentials: { accountSid, authToken: "right" } }));
  await using database = await openDatabase(server, SCHEMA);
  await using project = await writeProject({
    "backstitch.json": SHOP,
    "services/sink.json": httpService(sink.url),
    "services/sms.json": {
      connector: "twilio",
      config: { accountSid, authToken: { $secret: "TWILIO_AUTH_TOKEN" }, from: "+15005550006", baseUrl: twilio.url },
    },
    "rules/items.json": ITEMS,
    "rules/text.json": rule("item", { service: "sms", action: "send", with: { to: "+15005550123", body: "{{ key.id }}" } }),
  });
  const wrong = { ...database.environment, TWILIO_AUTH_TOKEN: "wrong" };
  await backstitch(["setup", "-p", project.folder], wrong);
  await using first = startRun(project.folder, wrong);
  await first.ready();
  await database.sql("INSERT INTO item (id) SELECT generate_series(1, 20)");
  const rests = await first.logged("service rests", { service: "sms", outcome: "locked-out", level: 50 });
  expect(await first.unready()).toBe(`Service "sms" has locked us out: ${String(rests["reason"])}\n`);
  await database.sql("INSERT INTO item (id) SELECT generate_series(21, 40)");
  await until(() => sink.received().length === 40);
  expect((await first.get("/metrics")).body).toContain('backstitch_service_rests{service="sms",reason="locked-out"} 1\n');
  const kept = await listDeliveries(project.folder, wrong, "--service", "sms");
  expect(kept).toHaveLength(40);
  for (const { state } of kept) expect(["pending", "claimed", "started", "waiting"]).toContain(state);
  await first.stop();
  expect(twilio.received()).toEqual([]);

  await using second = startRun(project.folder, { ...wrong, TWILIO_AUTH_TOKEN: "right" });
  await until(() => twilio.received().length === 40);
  await second.ready();
  await second.stop();
  const texts = twilio.received().map(({ fields }) => Number(fields["Body"]));
  expect(texts.toSorted((left, right) => left - right)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  expect(sink.received()).toHaveLength(40);
});

const ODD = "👩‍🚀 𝕏 שלום مرحبا \\u0000 \\ud800 \"'<>&\u2028\u0007 e\u0301";
test("rows that cannot be rendered, are too large or hold odd text are each told of, and hold nothing up", async () => {
  const keys = { accessKeyId: "AKIA1", secretAccessKey: "secret" };
  await using sink = disposable(await httpPeer());
  await using bucket = disposable(await s3Peer({ credentials: keys }));
  await using database = await openDatabase(server, SCHEMA);
  const s3 = {
    region: "eu-central-1",
    bucket: "items",
    accessKeyId: keys.accessKeyId,
    secretAccessKey: { $secret: "KEY" },
    endpoint: bucket.url,
  };
  await using project = await writeProject({
    "backstitch.json": SHOP,
    "services/sink.json": httpService(sink.url),
    "services/archive.json": { connector: "s3", config: { ...s3, forcePathStyle: true } },
    "rules/note.json": rule("item", request("/notes", { id: { $path: "key.id" }, note: "{{ after.note }}", doc: { $path: "after.doc" } })),
    "rules/keep.json": rule("item", { service: "archive", action: "put", with: { key: "{{ key.id }}", body: { $path: "after" } } }),
    "rules/items.json": ITEMS,
  });
  const environment = { ...database.environment, KEY: keys.secretAccessKey };
  await backstitch(["setup", "-p", project.folder], environment);
  await using run = startRun(project.folder, environment);
  await run.ready();
  const insert = (id: number, note: string | null, doc = "null"): Promise<unknown> =>
    database.sql("INSERT INTO item VALUES ($1, 0, $2, $3)", [id, note, doc]);
  await insert(1, "before");
  await insert(2, null);
  await insert(3, "x".repeat(5_000_000));
  // A json column, unlike a jsonb one, keeps escapes that name no character.
  await insert(4, ODD, '{"nul": "a\\u0000b", "lone": "a\\ud800b", "pair": "\\ud83d\\ude80"}');
  await insert(5, "after");
  await until(() => bucket.received().length === 5 && sink.received().length === 8);
  await run.ready();

  const notes = bodies(sink).filter((body): body is { id: number } => Object.hasOwn(body as object, "note"));
  expect(notes.toSorted((left, right) => left.id - right.id)).toEqual([
    { id: 1, note: "before", doc: null },
    { id: 4, note: ODD, doc: { nul: "a\u0000b", lone: "a\ufffdb", pair: "🚀" } },
    { id: 5, note: "after", doc: null },
  ]);
  const objects = bucket.received().map(({ fields }) => JSON.parse(fields["body"] as string) as { id: number; note: string | null });
  expect(objects.find(({ id }) => id === 3)?.note).toHaveLength(5_000_000);
  expect(objects.find(({ id }) => id === 4)?.note).toBe(ODD);

  const rejected = await listDeliveries(project.folder, environment, "--state", "rejected");
  const FAILED = [
    ["TEMPLATE_FAILED", /after\.note/],
    ["ARGUMENTS_TOO_LARGE", /1 MB|1048576/],
  ] as const;
  expect(rejected.map(({ rule: name, outcomes }) => [name, outcomes[0]?.outcome.code])).toEqual(FAILED.map(([code]) => ["note", code]));
  for (const [index, [code, says]] of FAILED.entries()) {
    await run.logged("match failed", { rule: "note", code, level: 40 });
    const { stdout } = await backstitch(["deliveries", "show", rejected[index]?.id ?? "", "-p", project.folder], environment);
    expect(stdout).toMatch(new RegExp(`^attempt \\d+ .* rejected ${code} .*${says.source}`, "m"));
  }
  expect((await run.get("/metrics")).body).toContain(
    'backstitch_match_failures_total{source="shop",rule="note",code="TEMPLATE_FAILED"} 1\n',
  );
  await run.stop();
});

test("lone surrogates in JSON lines arrive as well-formed text", async () => {
  await using sink = disposable(await httpPeer());
  const row = '{"operation": "insert", "collection": "item", "after": {"id": 1, "note": "a\\ud800b\\u0000\\udc00", "x\\ud800": 1}}\n';
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "-" } } },
    "services/sink.json": httpService(sink.url),
    "rules/note.json": rule("item", request("/{{ after.note | slice: 0, 2 }}", { text: "{{ after.note }}", row: { $path: "after" } })),
  });
  await using run = startRun(project.folder);
  run.feed(row);
  expect(await run.ended).toMatchObject({ code: 0, stderr: "" });
  const note = "a\ufffdb\u0000\ufffd";
  expect(sink.received()[0]?.operation).toBe("POST /a%EF%BF%BD");
  expect(bodies(sink)).toEqual([{ text: note, row: { id: 1, note, "x\ufffd": 1 } }]);
});

test("a sink that is down: nothing else waits, it is left alone soon, and its deliveries arrive in order once it is up", async () => {
  const port = await freePort();
  await using up = disposable(await httpPeer());
  await using database = await openDatabase(server, SCHEMA);
  const versions = (service: string): object =>
    rule("item", request("/versions", { id: { $path: "key.id" }, version: { $path: "after.version" } }, service));
  await using project = await writeProject({
    "backstitch.json": SHOP,
    "services/up.json": httpService(up.url),
    "services/down.json": httpService(`http://127.0.0.1:${port}`),
    "rules/up.json": versions("up"),
    "rules/down.json": versions("down"),
  });
  const { environment } = database;
  await backstitch(["setup", "-p", project.folder], environment);
  await using run = startRun(project.folder, environment);
  await run.ready();
  await database.sql("INSERT INTO item (id) SELECT generate_series(1, 5)");
  for (let version = 1; version <= 6; version += 1) await database.sql("UPDATE item SET version = version + 1");
  await until(() => up.received().length === 35);

  const pauses = (): readonly number[] =>
    run
      .lines()
      .filter(({ msg, service, outcome }) => msg === "not delivered" && service === "down" && outcome === "unavailable")
      .map(({ due, time }) => Date.parse(String(due)) - Date.parse(String(time)));
  await run.logged("service rests", { service: "down", code: "BREAKER_OPEN" });
  await until(() => pauses().length >= 10);
  for (const pause of pauses()) expect(pause).toBeLessThanOrEqual(400);
  expect(await run.get("/readyz")).toMatchObject({ status: 503, body: expect.stringContaining("down") });
  const waiting = await listDeliveries(project.folder, environment, "--service", "down", "--limit", "1000");
  expect(waiting).toHaveLength(35);
  // One lane a row: only the first of each is tried, the others stand behind it.
  expect(waiting.filter(({ attempts }) => attempts > 0)).toHaveLength(5);
  for (const { state } of waiting) expect(["pending", "claimed", "started", "waiting"]).toContain(state);

  await using down = disposable(await httpPeer({ port }));
  await until(() => down.received().length === 35);
  await run.stop();
  for (const peer of [up, down]) {
    const byRow = Map.groupBy(bodies(peer) as readonly { id: number; version: number }[], ({ id }) => id);
    expect(byRow.size).toBe(5);
    for (const arrived of byRow.values()) expect(arrived.map(({ version }) => version)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  }
});
