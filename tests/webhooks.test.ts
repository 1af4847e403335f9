import { createHash, createHmac } from "node:crypto";
import { tables } from "@backstitch/cli";
import { formatProblem } from "@backstitch/core/rules";
import { loadProject } from "@backstitch/project";
import { httpPeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { startRun, type Environment, type Run } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { httpService, request, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

vi.setConfig({ testTimeout: 60_000 });

const SECRETS: Environment = { GITHUB: "hunter2", TWILIO: "hunter3", BROKEN: "whsec_hunter4!" };
const github = { verify: "github", secret: { $secret: "GITHUB" }, collection: { header: "X-GitHub-Event" } };
const PUBLIC = "https://hooks.example.com/shop";

const gateway = { gateway: { port: 0, publicUrl: PUBLIC } };

function rule(source: string, collection: string, body: object): object {
  return { on: { source, collection }, then: [request(`/${source}`, body)] };
}

type Peer = Awaited<ReturnType<typeof httpPeer>>;

/** An attempt that was cut off is made again: the same request twice is one. */
function posted(peer: Peer): readonly (readonly [string, unknown])[] {
  const calls = peer
    .received()
    .map(
      ({ operation, fields, headers }) =>
        [headers["webhook-id"], [operation, JSON.parse(fields["body"] as string) as unknown] as const] as const,
    );
  return [...new Map(calls).values()];
}

async function send(run: Run, path: string, init: RequestInit): Promise<number> {
  const { http } = await run.logged("running");
  const answer = await fetch(`${String(http)}${path}`, { method: "POST", ...init });
  await answer.arrayBuffer();
  return answer.status;
}

function fromGitHub(delivery: string, body: string, secret = SECRETS["GITHUB"] ?? ""): RequestInit {
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  const headers = { "x-github-event": "issues", "x-github-delivery": delivery, "x-hub-signature-256": `sha256=${signature}` };
  return { headers: { "content-type": "application/json", ...headers }, body };
}

/** Twilio signs the address with the sorted fields of a form, or with the hash of another body in its query. */
function fromTwilio(path: string, fields: Readonly<Record<string, string>>): RequestInit {
  const sorted = Object.entries(fields).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const text = `${PUBLIC}${path}${sorted.map(([name, value]) => `${name}${value}`).join("")}`;
  const signature = createHmac("sha1", SECRETS["TWILIO"] ?? "")
    .update(text)
    .digest("base64");
  return { headers: { "x-twilio-signature": signature }, body: new URLSearchParams(fields) };
}

test("what others post reaches the rules once, and is answered when the journal has it", async () => {
  await using sink = disposable(await httpPeer());
  await using project = await writeProject({
    "backstitch.json": gateway,
    "services/sink.json": httpService(sink.url),
    "webhooks/github.json": github,
    "webhooks/sms.json": { verify: "twilio", secret: { $secret: "TWILIO" }, path: "/sms" },
    "rules/opened.json": rule("github", "issues", { number: { $path: "after.body.number" }, id: { $path: "key.id" } }),
    "rules/sms.json": rule("sms", "sms", { text: { $path: "after.body.Body" }, query: { $path: "after.query" } }),
  });
  await using run = startRun(project.folder, SECRETS, ["--http"]);
  await run.ready();
  const body = '{"number":7}';
  expect(await send(run, "/webhooks/github", fromGitHub("d1", body, "hunter9"))).toBe(401);
  for (let time = 0; time < 3; time += 1) expect(await send(run, "/webhooks/github", fromGitHub("d1", body))).toBe(204);
  expect(await send(run, "/sms?a=%2B", fromTwilio("/sms?a=%2B", { To: "+1", Body: "hi" }))).toBe(204);
  expect(await send(run, "/sms", fromTwilio("/other", { Body: "forged" }))).toBe(401);
  const json = '{"Body":"json"}';
  const signed = `/sms?bodySHA256=${createHash("sha256").update(json).digest("hex")}`;
  const { headers } = fromTwilio(signed, {});
  const asJson = { ...(headers as Record<string, string>), "content-type": "application/json" };
  expect(await send(run, signed, { headers: asJson, body: json })).toBe(204);
  expect(await send(run, signed, { headers: asJson, body: json.replace("json", "forged") })).toBe(401);
  expect(await send(run, "/webhooks/other", {})).toBe(404);
  await until(() => posted(sink).length === 3);
  expect(await run.stop()).toMatchObject({ code: 0 });
  expect(posted(sink)).toEqual(
    expect.arrayContaining([
      ["POST /github", { number: 7, id: "d1" }],
      ["POST /sms", { text: "hi", query: { a: "+" } }],
      ["POST /sms", { text: "json", query: { bodySHA256: expect.any(String) } }],
    ]),
  );
  expect(posted(sink)).toHaveLength(3);
  expect(`${run.stdout()}${run.stderr()}`).not.toMatch(/hunter/);
});

test("what was answered survives a process that is killed", async () => {
  await using sink = disposable(await httpPeer());
  await using project = await writeProject({
    "backstitch.json": gateway,
    "services/sink.json": httpService("http://127.0.0.1:9"),
    "webhooks/github.json": github,
    "rules/opened.json": rule("github", "issues", { number: { $path: "after.body.number" } }),
  });
  await using dead = startRun(project.folder, SECRETS, ["--http"]);
  await dead.ready();
  expect(await send(dead, "/webhooks/github", fromGitHub("d1", '{"number":7}'))).toBe(204);
  dead.signal("SIGKILL");
  await dead.ended;
  await project.write({ "services/sink.json": httpService(sink.url) });
  await using run = startRun(project.folder, SECRETS, ["--http"]);
  await run.ready();
  expect(await send(run, "/webhooks/github", fromGitHub("d1", '{"number":7}'))).toBe(204);
  await until(() => posted(sink).length > 0);
  await run.stop();
  expect(posted(sink)).toEqual([["POST /github", { number: 7 }]]);
  expect(await listDeliveries(project.folder, SECRETS)).toHaveLength(1);
});

test("a secret that a reload brings is in force at once", async () => {
  await using project = await writeProject({
    ".env": "HOOK=one",
    "backstitch.json": gateway,
    "webhooks/hook.json": { verify: "secretAsQueryParam", secret: { $secret: "HOOK" } },
    "services/sink.json": httpService("http://127.0.0.1:9"),
    "rules/any.json": rule("hook", "hook", {}),
  });
  await using run = startRun(project.folder, {}, ["--http"]);
  await run.ready();
  expect(await send(run, "/webhooks/hook?secret=one", {})).toBe(204);
  await project.write({ ".env": "HOOK=two" });
  run.signal("SIGHUP");
  await run.logged("reloaded");
  expect(await send(run, "/webhooks/hook?secret=one", {})).toBe(401);
  expect(await send(run, "/webhooks/hook?secret=two", {})).toBe(204);
});

const ok = { verify: "stitch", secret: { $secret: "GITHUB" } };
const local = { gateway: { port: 0 } };
const open = { gateway: { port: 0, host: "0.0.0.0" } };

test.each([
  ["all is well", local, ok, []],
  ["nobody is asked on this machine", local, { verify: "none" }, []],
  ["nobody is asked beyond it", open, { verify: "none" }, ["webhooks/hook.json:2:13 WEBHOOK_OPEN"]],
  ["no secret", local, { verify: "stitch" }, ["webhooks/hook.json:2:13 WEBHOOK_SECRET_MISSING"]],
  ["a secret for nothing", local, { verify: "none", secret: { $secret: "GITHUB" } }, ["webhooks/hook.json:3:13 WEBHOOK_SECRET_UNUSED"]],
  ["a secret in plain", local, { verify: "stitch", secret: "hunter2" }, ["webhooks/hook.json:3:13 SECRET_IN_PLAIN"]],
  [
    "a secret that is none",
    local,
    { verify: "standardWebhooks", secret: { $secret: "BROKEN" } },
    ["webhooks/hook.json:3:13 WEBHOOK_VALUE_INVALID"],
  ],
  [
    "an address that is not known",
    local,
    { verify: "twilio", secret: { $secret: "GITHUB" } },
    ["webhooks/hook.json:2:13 WEBHOOK_ADDRESS_UNKNOWN"],
  ],
  ["the path of collections", local, { ...ok, path: "/v1/orders" }, ["webhooks/hook.json:6:11 WEBHOOK_PATH_TAKEN"]],
  ["the path of the page to try it", local, { ...ok, path: "/docs" }, ["webhooks/hook.json:6:11 WEBHOOK_PATH_TAKEN"]],
  ["the path of the OpenAPI document", local, { ...ok, path: "/openapi.json" }, ["webhooks/hook.json:6:11 WEBHOOK_PATH_TAKEN"]],
  ["a path of the Data API", local, { ...ok, path: "/action/findOne" }, ["webhooks/hook.json:6:11 WEBHOOK_PATH_TAKEN"]],
  ["a key that is none", local, { ...ok, secrett: 1 }, ["webhooks/hook.json:6:3 WEBHOOK_KEY_UNKNOWN"]],
  ["no gateway", {}, ok, ["webhooks/hook.json:1:1 GATEWAY_MISSING"]],
  [
    "a source of its name",
    { ...local, sources: { hook: { type: "jsonl", path: "-" } } },
    ok,
    ["webhooks/hook.json:1:1 WEBHOOK_NAME_TAKEN"],
  ],
])("check says of a webhook: %s", async (_, manifest, webhook, expected) => {
  await using project = await writeProject({
    "backstitch.json": manifest,
    "webhooks/hook.json": webhook,
    "services/sink.json": httpService("http://127.0.0.1:9"),
    "rules/any.json": rule("hook", "hook", {}),
  });
  const { problems } = await loadProject(project.folder, tables, SECRETS);
  const said = problems.map(formatProblem);
  expect(said.map((text) => text.split(" ").slice(0, 2).join(" "))).toEqual(expected);
  expect(said.join("\n")).not.toContain("hunter");
});

test("two webhooks have two paths, and a rule knows their names", async () => {
  await using project = await writeProject({
    "backstitch.json": local,
    "webhooks/one.json": { ...ok, path: "/here" },
    "webhooks/two.json": { ...ok, path: "/here" },
    "services/sink.json": httpService("http://127.0.0.1:9"),
    "rules/any.json": rule("onne", "one", {}),
  });
  const { problems } = await loadProject(project.folder, tables, SECRETS);
  expect(problems.map(({ code, remedy }) => [code, remedy])).toEqual([
    ["RULE_SOURCE_UNKNOWN", expect.stringContaining('Did you mean "one"?')],
    ["WEBHOOK_PATH_TAKEN", 'Give one of them another "path".'],
  ]);
});
