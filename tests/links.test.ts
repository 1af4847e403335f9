import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { attempt } from "@backstitch/core/runtime";
import { deliveryId, linkMark } from "@backstitch/core/rules";
import type { Peer } from "@backstitch/core/testing";
import type { OpenProject } from "@backstitch/lambda";
import { httpPeer, s3Peer, sesPeer, twilioPeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { backstitch, startRun } from "./support/backstitch.ts";
import { built } from "./support/bundle.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { FAST, writeProject, type Files } from "./support/project.ts";
import { seenIn } from "./support/secrets.ts";
import { startCollector } from "./support/tracing.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const KEYS = { accessKeyId: "AKIA1", secretAccessKey: "canary-aws-secret-61" };
const ENVIRONMENT = { TWILIO_AUTH_TOKEN: "canary-twilio-token-62", AWS_SECRET: KEYS.secretAccessKey };
const PHONE = "+15005550777";
const DAYS = { service: "archive", with: { key: "invoices/{{ key.id }}.json", expiresIn: "7d" } };

type Peers = Readonly<Record<"sms" | "mail" | "archive" | "hook", Pick<Peer, "url">>>;

function filesOf(peers: Peers, source: object): Files {
  const aws = { region: "eu-central-1", accessKeyId: KEYS.accessKeyId, secretAccessKey: { $secret: "AWS_SECRET" } };
  const archive = { ...aws, bucket: "rows", endpoint: peers.archive.url, forcePathStyle: true };
  return {
    "backstitch.json": { sources: { shop: source } },
    "services/sms.json": {
      connector: "twilio",
      config: {
        accountSid: `AC${"3".repeat(32)}`,
        authToken: { $secret: "TWILIO_AUTH_TOKEN" },
        from: "+15005550006",
        baseUrl: peers.sms.url,
      },
      limits: { segments: "100 per 1m" },
      retry: FAST,
    },
    "services/mail.json": { connector: "ses", config: { ...aws, from: "shop@example.com", endpoint: peers.mail.url }, retry: FAST },
    "services/archive.json": {
      connector: "s3",
      config: archive,
      guards: [
        { name: "rows", actions: ["put"] },
        { name: "invoices", actions: ["link"], when: { "args.key": { $regex: "^invoices/" } } },
      ],
      retry: FAST,
    },
    "services/hook.json": { connector: "http", config: { baseUrl: peers.hook.url }, retry: FAST },
    "rules/invoice.json": {
      on: { source: "shop", collection: "invoices" },
      then: [
        { service: "archive", action: "put", with: { key: "invoices/{{ key.id }}.json", body: { $path: "after" } } },
        {
          service: "sms",
          action: "send",
          links: { invoice: DAYS },
          with: { to: { $path: "after.phone" }, body: "Your invoice: {{ links.invoice }}" },
        },
        {
          service: "mail",
          action: "send",
          links: { invoice: DAYS },
          with: { to: [{ $path: "after.mail" }], subject: "Your invoice", html: '<a href="{{ links.invoice }}">{{ after.name }}</a>' },
        },
        {
          service: "hook",
          action: "request",
          links: { invoice: DAYS },
          with: { path: "/in", query: { at: "{{ links.invoice }}" }, body: { link: { $path: "links.invoice" }, id: { $path: "key.id" } } },
        },
        {
          name: "private",
          service: "hook",
          action: "request",
          links: { theirs: { service: "archive", with: { key: "private/{{ after.name }}" } } },
          with: { path: "/in", body: "{{ links.theirs }}" },
        },
      ],
    },
  };
}

const ROW = { id: 7, phone: PHONE, mail: "canary@mail.example", name: "<Ada>" };
const LINE = JSON.stringify({ id: "1", operation: "insert", collection: "invoices", key: { id: 7 }, after: ROW });

function textIn(sms: Peer): string {
  const { Body: body } = sms.received()[0]?.fields ?? {};
  return typeof body === "string" ? body : expect.fail();
}

async function get(link: string): Promise<unknown> {
  const answer = await fetch(link);
  return { status: answer.status, body: await answer.json() };
}

test("links are sent, work, and are seen nowhere else", async () => {
  await using sms = disposable(await twilioPeer());
  await using mail = disposable(await sesPeer());
  await using archive = disposable(await s3Peer({ credentials: KEYS }));
  await using hook = disposable(await httpPeer());
  await using project = await writeProject({
    ...filesOf({ sms, mail, archive, hook }, { type: "jsonl", path: "changes.jsonl" }),
    "changes.jsonl": `${LINE}\n`,
    "event.json": { operation: "insert", after: ROW },
    "rules/invoice.test.json": {
      tests: [
        {
          name: "shown as it is written",
          event: { after: ROW },
          deliveries: [
            { then: "archive.put" },
            { args: { to: PHONE, body: "Your invoice: {{ links.invoice }}" } },
            { then: "mail.send" },
            { then: "hook.request" },
            { then: "private", links: { theirs: { service: "archive", with: { key: "private/%3CAda%3E" } } } },
          ],
        },
      ],
    },
  });
  await using collector = await startCollector();
  const environment = { ...ENVIRONMENT, BACKSTITCH_LOG_LEVEL: "trace", ...(await collector.environment(project.folder)) };
  const said: string[] = [];
  const command = async (...args: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await backstitch([...args, "-p", project.folder], environment);
    said.push(stdout + stderr);
    return stdout + stderr;
  };
  expect(await command("check")).toContain("1 rule, 4 services and 1 source are right.");
  expect(await command("test")).toContain("1 test passed.");
  const explained = await command("explain", "invoice", "--event", join(project.folder, "event.json"), "--reveal");
  expect(explained).toContain("Your invoice: {{ links.invoice }}");
  expect(explained).toContain("invoices/7.json");
  expect(explained).toContain("GUARD_DENIED");

  // What cannot be known to have been done is tried again, with a link of its own.
  hook.misbehave({ kind: "lost-response" }, 1);
  await using run = startRun(project.folder, environment);
  const settled = (): number =>
    run.lines().filter(({ state, delivery }) => delivery !== undefined && (state === "accepted" || state === "rejected")).length;
  await until(() => settled() === 5, { otherwise: () => run.stdout().slice(-4_000) });
  await run.logged("stopped");
  said.push(run.stdout(), run.stderr(), collector.text());

  const [mailed] = mail.received();
  const hooked = hook.received();
  const inText = /^Your invoice: (\S+)$/.exec(textIn(sms))?.[1] ?? expect.fail();
  expect(await get(inText)).toEqual({ status: 200, body: ROW });
  const html =
    /<a href="([^"]*)">&lt;Ada&gt;<\/a>/.exec(JSON.stringify(mailed?.fields).replaceAll('\\"', '"'))?.[1] ??
    expect.fail(JSON.stringify(mailed));
  expect(html).toContain("&amp;X-Amz-Signature=");
  expect(await get(html.replaceAll("&amp;", "&"))).toEqual({ status: 200, body: ROW });
  const links = [inText, html];
  for (const { fields } of hooked) {
    const { body } = fields as { readonly body?: string };
    const { link } = (typeof body === "string" ? JSON.parse(body) : body) as { readonly link: string };
    expect(await get(link)).toEqual({ status: 200, body: ROW });
    links.push(link);
  }
  expect(hooked.length).toBe(2);

  const signatures = links.map((link) => /X-Amz-Signature=([0-9a-f]{64})/.exec(link)?.[1] ?? expect.fail(link));
  const all = await listDeliveries(project.folder, environment);
  for (const { id } of all) await command("deliveries", "show", id, "--reveal", "--json");
  const denied = all.find(({ state }) => state === "rejected");
  expect(await command("deliveries", "show", denied?.id ?? "")).toContain('The link "theirs" is not made: None of the guards');
  const journal = join(project.folder, ".backstitch");
  const files = await Promise.all((await readdir(journal)).map((file) => readFile(join(journal, file), "latin1")));
  for (const one of [...said, ...files]) expect(seenIn(one, [...signatures, ...Object.values(ENVIRONMENT)])).toEqual([]);
  // The look into the journal would find what is there.
  expect(seenIn(files.join("\n"), [PHONE, linkMark("1/invoice/sms.send", "invoice")])).toHaveLength(2);
  expect(said.join("\n")).toContain("Your invoice: {{ links.invoice }}");
});

test("a built project makes them", async () => {
  await using sms = disposable(await twilioPeer());
  await using archive = disposable(
    await s3Peer({ credentials: KEYS, buckets: ["rows"], objects: { "invoices/7.json": JSON.stringify(ROW) } }),
  );
  const files = filesOf({ sms, mail: sms, archive, hook: sms }, { type: "dynamodb-stream" });
  await using project = await writeProject(files);
  const module = (await import(await built(project.folder, "with-links"))) as { project: (environment: object) => OpenProject };
  const { rules, services } = module.project(ENVIRONMENT);
  expect(services.get("archive")?.link?.faults({ key: 5 })).toHaveLength(1);
  const event = {
    id: "1",
    source: "shop",
    origin: "log",
    operation: "insert",
    database: "d",
    collection: "invoices",
    key: { id: 7 },
  } as const;
  const more = {
    previousKey: undefined,
    after: ROW,
    before: null,
    unsent: [],
    changed: undefined,
    committedAt: "2026-05-06T07:08:09.000000Z",
  };
  const { deliveries } = await rules.match([{ ...event, ...more }]);
  const outcomes = deliveries
    .filter(({ then }) => then === "sms.send" || then === "private")
    .map((delivery) => attempt({ ...delivery, id: deliveryId(delivery.key), attempts: 0, uncertain: false }, services));
  expect(await Promise.all(outcomes)).toMatchObject([{ kind: "accepted" }, { kind: "rejected", code: "GUARD_DENIED" }]);
  const [, link = ""] = textIn(sms).split("Your invoice: ");
  expect(await get(link)).toEqual({ status: 200, body: ROW });
  for (const service of services.values()) await service.close();
});
