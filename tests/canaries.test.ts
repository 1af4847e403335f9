import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fault, Peer } from "@backstitch/core/testing";
import { eventbridgePeer, httpPeer, s3Peer, sesPeer, twilioPeer } from "@backstitch/sandbox";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backstitch, type Run, startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { FAST, rule, SHOP, writeProject, type Files } from "./support/project.ts";
import { seenIn } from "./support/secrets.ts";
import { startCollector } from "./support/tracing.ts";
import { until } from "./support/until.ts";

// It starts several processes, and waits for services that rest.
vi.setConfig({ testTimeout: 300_000 });

const SECRETS = {
  TWILIO_AUTH_TOKEN: "canary-twilio-token-31",
  AWS_SECRET: "canary-aws-secret-32",
  BEARER: "canary-bearer-33",
  SIGNING: "canary-signing-34",
};
const PHONE = "+15005550777";
const MAIL = "canary.person@mail.example";
const COPY = "canary.copy@mail.example";
const RECIPIENTS = [PHONE, PHONE.slice(1), MAIL, COPY, "canary.person", "canary.copy"];
/** What a vendor refuses for good, and the recipients in it. */
const REFUSED_PHONE = "+15005550009";
const REFUSED_MAIL = "canary refused@mail.example";

const SERVICES = ["sms", "mail", "archive", "bus", "hook"] as const;
type Peers = Readonly<Record<(typeof SERVICES)[number], Peer>>;

function filesOf(peers: Peers): Files {
  const aws = { region: "eu-central-1", accessKeyId: "AKIA1", secretAccessKey: { $secret: "AWS_SECRET" } };
  const service = (connector: string, config: object): object => ({ connector, config, retry: FAST, deadline: "5s" });
  const id = { $path: "key.id" };
  const row = { $path: "after" };
  return {
    "backstitch.json": SHOP,
    "services/sms.json": service("twilio", {
      accountSid: `AC${"3".repeat(32)}`,
      authToken: { $secret: "TWILIO_AUTH_TOKEN" },
      from: "+15005550006",
      baseUrl: peers.sms.url,
    }),
    "services/mail.json": service("ses", { ...aws, from: "shop@example.com", endpoint: peers.mail.url }),
    "services/archive.json": service("s3", { ...aws, bucket: "rows", endpoint: peers.archive.url, forcePathStyle: true }),
    "services/bus.json": service("eventbridge", { ...aws, bus: "shop", source: "shop", endpoint: peers.bus.url }),
    "services/hook.json": service("http", {
      baseUrl: peers.hook.url,
      bearerToken: { $secret: "BEARER" },
      signingSecret: { $secret: "SIGNING" },
    }),
    "rules/sms.json": rule("item", { service: "sms", action: "send", with: { to: { $path: "after.phone" }, body: "Row {{ key.id }}" } }),
    "rules/mail.json": rule("item", {
      service: "mail",
      action: "send",
      with: { to: [{ $path: "after.mail" }], cc: { $path: "after.copy" }, subject: "Row {{ key.id }}", text: "For {{ after.mail }}" },
    }),
    "rules/archive.json": rule("item", { service: "archive", action: "put", with: { key: "{{ key.id }}", body: row } }),
    "rules/bus.json": rule("item", { service: "bus", action: "put", with: { detailType: "row", detail: row } }),
    "rules/hook.json": rule("item", { service: "hook", action: "request", with: { path: "/rows", body: { id, row } } }),
    "rules/broken.json": rule("item", {
      service: "hook",
      action: "request",
      with: { path: "/x", body: "{{ after.phone }} {{ after.mail }} {{ after.nothing }}" },
    }),
  };
}

/** Each is met once by every service. */
const FAULTS: readonly (Fault | undefined)[] = [
  undefined,
  { kind: "lost-response" },
  { kind: "reset-before" },
  { kind: "reset-after" },
  { kind: "status", status: 500 },
  { kind: "status", status: 503 },
  { kind: "throttle" },
  { kind: "malformed" },
];

let server: TestPostgres;
beforeAll(async () => (server = await startPostgres()));
afterAll(() => server.stop());

function settledOf(run: Run): number {
  return run.lines().filter(({ state, delivery }) => delivery !== undefined && (state === "accepted" || state === "rejected")).length;
}

test("secrets are seen nowhere, and recipients only by --reveal and in the journal, whatever becomes of the deliveries", async () => {
  await using sms = disposable(await twilioPeer());
  await using mail = disposable(await sesPeer());
  await using archive = disposable(await s3Peer());
  await using bus = disposable(await eventbridgePeer());
  await using hook = disposable(await httpPeer());
  const peers: Peers = { sms, mail, archive, bus, hook };
  await using database = await openDatabase(server, "CREATE TABLE item (id integer PRIMARY KEY, phone text, mail text, copy text)");
  await using project = await writeProject(filesOf(peers));
  await using collector = await startCollector();
  const tracing = await collector.environment(project.folder);
  const environment = { ...database.environment, ...SECRETS, BACKSTITCH_LOG_LEVEL: "trace" };
  const traced = { ...environment, ...tracing };
  const said: string[] = [];
  const command = async (...args: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await backstitch([...args, "-p", project.folder], environment);
    return stdout + stderr;
  };
  said.push(await command("check", "--connect"), await command("setup"));

  await using run = startRun(project.folder, traced);
  await run.ready();
  let settled = 0;
  const insert = async (id: number, phone: string, address: string): Promise<unknown> =>
    database.sql("INSERT INTO item VALUES ($1, $2, $3, $4)", [id, phone, address, COPY]);
  for (const [index, fault] of FAULTS.entries()) {
    for (const service of SERVICES) peers[service].misbehave(fault, 1);
    await insert(index + 1, PHONE, MAIL);
    settled += SERVICES.length;
    await until(() => settledOf(run) === settled, { otherwise: () => run.stdout().slice(-4_000) });
  }
  await insert(100, REFUSED_PHONE, REFUSED_MAIL);
  settled += SERVICES.length;
  await until(() => settledOf(run) === settled, { otherwise: () => run.stdout().slice(-4_000) });
  for (const service of SERVICES) peers[service].misbehave({ kind: "refuse-credentials" });
  await insert(101, PHONE, MAIL);
  for (const service of SERVICES) await run.logged("service rests", { service, outcome: "locked-out" });
  said.push((await run.get("/metrics")).body, (await run.get("/readyz")).body);
  await run.stop();

  for (const service of SERVICES) await peers[service].close();
  await using alone = startRun(project.folder, traced);
  for (const service of SERVICES) await alone.logged("not delivered", { service, outcome: "unavailable" });
  said.push((await alone.get("/metrics")).body, (await alone.get("/readyz")).body);
  await alone.stop();
  for (const service of SERVICES) {
    const kinds = new Set([...run.lines(), ...alone.lines()].filter((line) => line["service"] === service).map(({ outcome }) => outcome));
    for (const kind of ["accepted", "uncertain", "unavailable", "locked-out"]) expect(kinds, service).toContain(kind);
  }
  for (const service of ["sms", "mail"]) await run.logged("not delivered", { service, outcome: "rejected" });

  // Every attempt has told of itself before its process ended.
  const attempts = collector.spans().filter(({ attributes }) => attributes["backstitch.outcome"] !== undefined);
  expect(attempts.length).toBeGreaterThanOrEqual(settled);
  said.push(collector.text());
  said.push(run.stdout(), run.stderr(), alone.stdout(), alone.stderr());
  said.push(await command("deliveries", "list"), await command("deliveries", "list", "--json"));
  const all = await listDeliveries(project.folder, environment);
  let revealed = "";
  for (const [one] of Map.groupBy(all, ({ rule: name }) => name).values()) said.push(await command("deliveries", "show", one?.id ?? ""));
  for (const one of all.slice(0, 2)) revealed += await command("deliveries", "show", one.id, "--reveal", "--json");
  const secrets = [...Object.values(SECRETS), "correct-horse"];
  for (const text of said) {
    const where = text.slice(0, 200);
    expect({ where, seen: seenIn(text, [...secrets, ...RECIPIENTS, REFUSED_PHONE, REFUSED_MAIL]) }).toEqual({ where, seen: [] });
  }
  expect(seenIn(revealed, [PHONE, MAIL, COPY])).toEqual([PHONE, MAIL, COPY]);
  expect(seenIn(revealed, secrets)).toEqual([]);

  const journal = join(project.folder, ".backstitch");
  const files = await readdir(journal);
  expect(files).toContain("journal.db");
  const bytes = (await Promise.all(files.map((file) => readFile(join(journal, file), "latin1")))).join("\n");
  expect(seenIn(bytes, secrets)).toEqual([]);
  // The look into the file would find what is there.
  expect(seenIn(bytes, [PHONE, MAIL])).toEqual([PHONE, MAIL]);
});
