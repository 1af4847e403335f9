import { httpPeer, twilioPeer } from "@backstitch/sandbox";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Ended, backstitch, startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { FAST, httpService, request, rule, SHOP, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const SCHEMA = "CREATE TABLE item (id integer PRIMARY KEY, name text, phone text)";
const SMS = {
  connector: "twilio",
  config: { accountSid: { $env: "TWILIO_ACCOUNT_SID" }, authToken: { $secret: "TWILIO_AUTH_TOKEN" }, from: "+15005550006" },
  retry: FAST,
};
const MOBILE = "+15005550123";
const LANDLINE = "+15005550009";

let server: TestPostgres;
beforeAll(async () => (server = await startPostgres()));
afterAll(() => server.stop());

/** The machine's clock shows so much more than the server's. */
const setForward = (ms: number): { readonly NODE_OPTIONS: string } => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`const now = Date.now; Date.now = () => now() + ${ms}`)}`,
});

test("how long ago it was recorded goes by the clock of the journal, not of the machine that asks", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, SCHEMA);
  const { environment } = database;
  const journal = { type: "postgres", connectionString: { $secret: "DATABASE_URL" } };
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "changes.jsonl" } }, journal },
    "changes.jsonl": `${JSON.stringify({ operation: "insert", collection: "item", after: { id: 1 } })}\n`,
    "services/sink.json": httpService(sink.url),
    "rules/items.json": rule("item", request("/items", { id: { $path: "after.id" } })),
  });
  expect((await startRun(project.folder, environment).ended).code).toBe(0);
  const ahead = { ...environment, ...setForward(2 * 3_600_000) };
  for (const [option, many] of [
    ["--older", 0],
    ["--newer", 1],
  ] as const)
    expect(await listDeliveries(project.folder, ahead, option, "1h"), option).toHaveLength(many);
  const old = ["deliveries", "forget", "--older", "1h", "--reason", "Old.", "--yes", "-p", project.folder];
  expect(await backstitch(old, ahead)).toEqual({ code: 0, stdout: "0 deliveries were forgotten.\n", stderr: "" });
});

test("list, show and retry beside a running owner", async () => {
  await using sink = disposable(await httpPeer());
  await using twilio = disposable(await twilioPeer());
  await using database = await openDatabase(server, SCHEMA);
  const environment = { ...database.environment, TWILIO_ACCOUNT_SID: `AC${"1".repeat(32)}`, TWILIO_AUTH_TOKEN: "token", CI: "true" };
  const labelled = (template: string): object => rule("item", request("/labels", { label: template }));
  await using project = await writeProject({
    "backstitch.json": SHOP,
    "services/sink.json": httpService(sink.url),
    "services/sms.json": { ...SMS, config: { ...SMS.config, baseUrl: twilio.url } },
    "rules/items.json": rule("item", request("/items", { id: { $path: "key.id" } })),
    "rules/label.json": labelled("{{ after.nmae | upcase }}"),
    "rules/text.json": rule("item", { service: "sms", action: "send", with: { to: { $path: "after.phone" }, body: "{{ after.name }}" } }),
  });
  const deliveries = (...args: readonly string[]): Promise<Ended> => backstitch(["deliveries", ...args, "-p", project.folder], environment);
  const list = (...args: readonly string[]) => listDeliveries(project.folder, environment, ...args);

  const none = await deliveries("list");
  expect(none.code).toBe(1);
  expect(none.stderr).toMatch(/^There is no journal at ".*journal\.db": "backstitch run" makes it\.\n$/);

  await backstitch(["setup", "-p", project.folder], environment);
  sink.misbehave({ kind: "refuse-credentials" }, 1);
  await using run = startRun(project.folder, environment);
  await run.ready();
  await database.sql("INSERT INTO item VALUES (1, 'one', $1)", [LANDLINE]);
  await run.logged("not delivered", { rule: "items", code: "HTTP_401" });
  await run.logged("not delivered", { rule: "text", code: "TWILIO_21614" });
  await database.sql("INSERT INTO item VALUES (2, 'two', $1)", [MOBILE]);
  await until(() => sink.received().length === 1 && twilio.received().length === 1);
  await until(() => run.lines().filter(({ state }) => state === "accepted" || state === "rejected").length === 4);
  const all = await until(async () =>
    [await list()].find((found) => found.every(({ state }) => state === "accepted" || state === "rejected")),
  );

  const FILTERS: readonly (readonly [args: readonly string[], expected: readonly string[]])[] = [
    [[], ["items rejected", "label rejected", "text rejected", "items accepted", "label rejected", "text accepted"]],
    [["--state", "accepted", "pending", "--rule", "text"], ["text accepted"]],
    [["--service", "sms", "--state", "rejected"], ["text rejected"]],
    [
      ["--limit", "2"],
      ["items accepted", "text accepted"],
    ],
  ];
  const standing = ({ rule: name, state }: { rule: string; state: string }): string => `${name} ${state}`;
  for (const [args, expected] of FILTERS)
    expect((await list(...args)).map(standing).toSorted(), args.join(" ")).toEqual(expected.toSorted());
  const plain = await deliveries("list", "--state", "rejected");
  expect(plain.stdout.trimEnd().split("\n")).toHaveLength(4);
  for (const line of plain.stdout.trimEnd().split("\n"))
    expect(line).toMatch(/^[a-z2-7]{26}  \d{4}-\d\d-\d\dT[\d:.]+Z  rejected   \w+ → [\w.]+  [01] attempts?  [A-Z][A-Z_\d]+$/);
  expect((await deliveries("list", "--rule", "label", "--state", "accepted")).stdout).toBe("No deliveries.\n");

  const idOf = (wanted: string): string => all.find((one) => standing(one) === wanted)?.id ?? "";
  const text = idOf("text rejected");
  for (const args of [["show", text], ["show", text, "--json"], ["list"], ["list", "--json"]]) {
    const { code, stdout } = await deliveries(...args);
    expect(code).toBe(0);
    for (const number of [LANDLINE, MOBILE]) expect(stdout).not.toContain(number);
    expect(stdout).not.toContain("\u001b");
  }
  const shown = (await deliveries("show", text)).stdout;
  expect(shown).toMatch(/^attempt 1 +\d{4}-.*Z rejected TWILIO_21614 .*mobile.*$/m);
  expect(shown).toMatch(/^ruleSetHash +[0-9a-f]{64}$/m);
  expect(JSON.parse((await deliveries("show", text, "--json")).stdout)).toMatchObject({ id: text, args: { to: "+15•••09", body: "one" } });
  const revealed = JSON.parse((await deliveries("show", text, "--json", "--reveal")).stdout) as object;
  expect(revealed).toMatchObject({ args: { to: LANDLINE }, event: { collection: "item", after: { name: "one", phone: LANDLINE } } });

  // Without secrets, and where the service is gone from the project, what was sent is still told, and still hidden.
  const { TWILIO_AUTH_TOKEN: _token, ...poorer } = environment;
  expect((await backstitch(["deliveries", "show", text, "-p", project.folder], poorer)).stdout).toContain("+15•••09");
  await project.remove("services/sms.json");
  await project.remove("rules/text.json");
  const orphan = await deliveries("show", text);
  expect(orphan.stdout).toMatch(/^service +sms$/m);
  expect(orphan.stdout).not.toContain(LANDLINE);
  expect(await list("--rule", "text", "--service", "sms")).toHaveLength(2);

  const item = idOf("items rejected");
  expect(await deliveries("retry", item)).toEqual({ code: 0, stdout: `${item} is pending again.\n`, stderr: "" });
  await until(() => sink.received().length === 2);
  expect(sink.received()[1]).toMatchObject({ operation: "POST /items", fields: { body: '{"id":1}' } });
  expect(await deliveries("retry", idOf("items accepted"))).toEqual({
    code: 1,
    stdout: `${idOf("items accepted")} is left as it is: only held, rejected, expired and dropped deliveries are retried.\n`,
    stderr: "",
  });

  const label = all.find(({ rule: name }) => name === "label")?.id ?? "";
  const why = (await deliveries("show", label)).stdout;
  expect(why).toMatch(/rejected TEMPLATE_FAILED .*nmae/);
  const again = await deliveries("retry", label);
  expect({ code: again.code, stderr: again.stderr }).toEqual({ code: 1, stderr: "" });
  expect(again.stdout).toMatch(new RegExp(`^${label} is left as it is: it fails again: TEMPLATE_FAILED .*nmae`));
  await project.write({ "rules/label.json": labelled("{{ after.name | upcase }}") });
  expect((await deliveries("retry", label)).code).toBe(0);
  expect((await until(() => sink.received()[2])).fields["body"]).toBe('{"label":"ONE"}');

  for (const args of [
    ["show", "nobody"],
    ["retry", "nobody"],
  ]) {
    const unknown = await deliveries(...args);
    expect(unknown).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/^There is no delivery "nobody"\./) });
  }
  await run.stop();
});
