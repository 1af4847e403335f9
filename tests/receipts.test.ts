import { sesPeer, twilioPeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { backstitch, startRun, type Environment, type Run } from "./support/backstitch.ts";
import { disposable } from "./support/disposable.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { FAST, rule, writeProject, type ProjectFolder } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const ACCOUNT = { accountSid: `AC${"1".repeat(32)}`, authToken: "canary-token-4711" };
const ENVIRONMENT: Environment = { TWILIO_ACCOUNT_SID: ACCOUNT.accountSid, TWILIO_AUTH_TOKEN: ACCOUNT.authToken };
const PUBLIC_URL = "https://hooks.example.com/shop";
const MOBILE = "+15005550123";

/** A project that texts everybody who is inserted; changes come on standard input, which stays open. */
async function texting(baseUrl: string): Promise<ProjectFolder> {
  const config = { accountSid: { $env: "TWILIO_ACCOUNT_SID" }, authToken: { $secret: "TWILIO_AUTH_TOKEN" }, from: "+15005550006", baseUrl };
  return writeProject({
    "backstitch.json": {
      sources: { shop: { type: "http", accepts: "backstitch", port: 0, authentication: "none" } },
      receipts: { port: 0, publicUrl: PUBLIC_URL },
    },
    "services/sms.json": { connector: "twilio", config, retry: FAST },
    "rules/text.json": rule("buyer", {
      service: "sms",
      action: "send",
      with: { to: { $path: "after.phone" }, body: "Hello {{ after.name }}" },
    }),
  });
}

/** Where it takes receipts, and changes. */
async function placesOf(run: Run): Promise<{ readonly receipts: string; readonly changes: string }> {
  await run.ready();
  const { receipts } = await run.logged("running");
  const changes = await until(() => /takes changes at (\S+)\./.exec(run.stderr())?.[1]);
  return { receipts: String(receipts), changes };
}

async function insert(url: string, id: number, phone: string): Promise<void> {
  const record = { operation: "insert", collection: "buyer", key: { id }, after: { id, name: "Ada", phone } };
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(record) });
  expect(answer.status, await answer.text()).toBe(200);
}

test("what Twilio tells of a message is what the delivery shows; whoever is not Twilio is not believed", async () => {
  await using twilio = disposable(await twilioPeer({ credentials: ACCOUNT }));
  await using project = await texting(twilio.url);
  await using run = startRun(project.folder, ENVIRONMENT);
  const { receipts, changes } = await placesOf(run);
  await insert(changes, 1, MOBILE);
  const { fields } = await until(() => twilio.received()[0]);
  const { sid, StatusCallback: callback } = fields as { readonly sid: string; readonly StatusCallback: string };
  const [delivery] = await until(async () => {
    const all = await listDeliveries(project.folder, ENVIRONMENT, "--state", "accepted");
    return all.length > 0 ? all : undefined;
  });
  const id = String(delivery?.id);
  expect(callback).toBe(`${PUBLIC_URL}/receipts/sms?delivery=${id}`);

  expect(await twilio.tell({ sid, status: "delivered" }, { via: receipts, authToken: "another" })).toBe(403);
  expect(await listDeliveries(project.folder, ENVIRONMENT)).toMatchObject([{ id, state: "accepted" }]);
  expect((await listDeliveries(project.folder, ENVIRONMENT))[0]).not.toHaveProperty("report");

  expect(await twilio.tell({ sid, status: "delivered" }, { via: receipts })).toBe(204);
  expect(await twilio.tell({ sid, status: "sent" }, { via: `${receipts}/shop` })).toBe(204);
  const shown = await backstitch(["deliveries", "show", id, "-p", project.folder], ENVIRONMENT);
  expect(shown.stdout).toMatch(/^attempt 1 +\S+ accepted SM[0-9a-f]{32}\nreported +\S+ delivered\n$/m);
  const explained = ["explain", "text", String(delivery?.eventId), "-p", project.folder];
  const { stdout: why } = await backstitch(explained, ENVIRONMENT);
  expect(why).toMatch(new RegExp(`\nDeliveries:\n${id} .* accepted .* text → sms\\.send .* delivered\n$`));
  const { stdout: json } = await backstitch([...explained, "--json"], ENVIRONMENT);
  expect(JSON.parse(json)).toMatchObject({ deliveries: [{ id, state: "accepted", report: { standing: "delivered" } }] });
  await run.stop();
  for (const secret of [ACCOUNT.authToken, MOBILE])
    expect(`${why}${json}${run.stdout()}${run.stderr()}${shown.stdout}`).not.toContain(secret);
});

test("whoever opted out is sent nothing more, until START; the list is shown and edited without naming anybody", async () => {
  await using twilio = disposable(await twilioPeer({ credentials: ACCOUNT }));
  await using project = await texting(twilio.url);
  await using run = startRun(project.folder, ENVIRONMENT);
  const { receipts, changes } = await placesOf(run);
  const suppressions = async (...args: readonly string[]): Promise<string> => {
    const { stdout, stderr, code } = await backstitch(["suppressions", ...args, "-p", project.folder], ENVIRONMENT);
    expect([code, stderr]).toEqual([0, ""]);
    return stdout;
  };
  const isSuppressed = async (id: number, phone: string): Promise<boolean> => {
    const before = run.lines().length;
    await insert(changes, id, phone);
    const line = await until(() =>
      run
        .lines()
        .slice(before)
        .find(({ msg, delivery }) => delivery !== undefined && msg !== "receipt"),
    );
    return line["code"] === "SUPPRESSED";
  };

  const OPTED_OUT = "+15005550004";
  await insert(changes, 1, OPTED_OUT);
  await run.logged("not delivered", { code: "TWILIO_21610" });
  expect(await isSuppressed(2, OPTED_OUT)).toBe(true);
  expect(await suppressions()).toMatch(/^\S+ {2}sms {2}\+1•••••0004 {2}TWILIO_21610 {2}\w{26}\n$/);

  const message = { from: MOBILE, to: "+15005550006", body: "Stop" } as const;
  const via = { via: receipts };
  expect(await twilio.passOn(`${PUBLIC_URL}/receipts/sms`, { ...message, optOutType: "STOP" }, via)).toBe(204);
  expect(await isSuppressed(3, MOBILE)).toBe(true);
  expect(await twilio.passOn(`${PUBLIC_URL}/receipts/sms`, { ...message, optOutType: "START" }, via)).toBe(204);
  expect(await isSuppressed(4, MOBILE)).toBe(false);

  expect(await suppressions("remove", OPTED_OUT, MOBILE)).toBe("1 recipient of 2 changed.\n");
  expect(await suppressions("add", "+1 (500) 555-0123")).toBe("1 recipient of 1 changed.\n");
  expect(await isSuppressed(5, MOBILE)).toBe(true);
  const [one] = (await suppressions("list", "--json")).split("\n");
  expect(JSON.parse(one ?? "")).toMatchObject({ service: "sms", shown: "+1•••••0123", code: "BY_HAND" });
  const metrics = (await run.get("/metrics")).body;
  expect(metrics).toContain('backstitch_receipts_total{service="sms",standing="none",learned="new"} 2\n');
  await run.stop();
  for (const secret of [ACCOUNT.authToken, MOBILE, OPTED_OUT]) expect(`${run.stdout()}${run.stderr()}${metrics}`).not.toContain(secret);
});

test("what SES tells through SNS is what the delivery shows, and whoever bounced is sent nothing more", async () => {
  await using peer = disposable(await sesPeer());
  const topicArn = "arn:aws:sns:eu-central-1:123456789012:mail-events";
  const aws = { region: "eu-central-1", accessKeyId: "AKIA1", secretAccessKey: { $secret: "AWS_SECRET" }, endpoint: peer.url };
  const config = { ...aws, from: "shop@example.com", configurationSet: "events", topicArns: [topicArn], snsEndpoint: peer.url };
  const environment = { AWS_SECRET: "canary-secret-4712" };
  const ADA = "canary.ada@example.com";
  await using project = await writeProject({
    "backstitch.json": {
      sources: { shop: { type: "http", accepts: "backstitch", port: 0, authentication: "none" } },
      receipts: { port: 0, publicUrl: { $env: "PUBLIC_URL" } },
    },
    "services/mail.json": { connector: "ses", config, retry: FAST },
    "rules/mail.json": rule("buyer", {
      service: "mail",
      action: "send",
      with: { to: { $path: "after.phone" }, subject: "Hello", text: "You" },
      ifUncertain: "hold",
    }),
  });
  await using run = startRun(project.folder, { ...environment, PUBLIC_URL });
  const { receipts, changes } = await placesOf(run);
  const topic = { topicArn, url: `${receipts}/receipts/mail` };
  expect(await peer.sns.subscribe(topic)).toBe(204);
  expect(peer.sns.confirmed()).toEqual([topicArn]);
  // A mail whose answer is lost: what SES tells of it proves that it was taken.
  peer.misbehave({ kind: "lost-response" }, 1);
  await insert(changes, 1, ADA);
  const { fields } = await until(() => peer.received()[0]);
  const messageId = fields["messageId"] as string;
  await run.logged("not delivered", { outcome: "uncertain", state: "held" });
  const bounce = { eventType: "Bounce", messageId, about: { bounceType: "Permanent", bounceSubType: "NoEmail" } } as const;
  expect(await peer.tell({ eventType: "Delivery", messageId }, { ...topic, signatureVersion: "1" })).toBe(204);
  expect(await peer.tell(bounce, topic)).toBe(204);
  expect(await peer.tell({ eventType: "Send", messageId }, topic)).toBe(204);
  expect(await peer.tell(bounce, { ...topic, forged: { Timestamp: "2026-01-01T00:00:00.000Z" } })).toBe(403);
  const list = await listDeliveries(project.folder, environment, "--reported", "bounced");
  expect(list).toMatchObject([{ state: "accepted", report: { standing: "bounced", code: "SES_BOUNCE_PERMANENT_NO_EMAIL" } }]);
  expect(peer.received()).toHaveLength(1);
  await insert(changes, 2, `Ada <${ADA.toUpperCase()}>`);
  await run.logged("not delivered", { code: "SUPPRESSED" });
  await run.stop();
  const shown = await backstitch(["suppressions", "-p", project.folder], environment);
  expect(shown.stdout).toMatch(/ {2}mail {2}c•••@example\.com {2}SES_BOUNCE_PERMANENT_NO_EMAIL {2}\w{26}\n$/);
  for (const secret of [environment.AWS_SECRET, ADA, "canary.ada"])
    expect(`${run.stdout()}${run.stderr()}${shown.stdout}`.toLowerCase()).not.toContain(secret);
});
