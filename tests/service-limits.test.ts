import { createServer } from "node:http";
import { freePort, httpPeer, twilioPeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { backstitch, startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { httpService, request, rule, writeProject, type Files } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

function project(service: object, rows: number): Files {
  const lines = Array.from({ length: rows }, (_, id) => `${JSON.stringify({ operation: "insert", collection: "item", after: { id } })}\n`);
  return {
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "items.jsonl" } } },
    "items.jsonl": lines.join(""),
    "services/sink.json": service,
    "rules/items.json": rule("item", request("/items", { id: { $path: "key.id" } })),
  };
}

test("a daily quota holds over a restart, and the log and the metric say that it is used up", async () => {
  await using sink = disposable(await httpPeer());
  await using folder = await writeProject(project(httpService(sink.url, { limits: { requests: "2 per 24h" } }), 5));
  for (const _life of [1, 2]) {
    await using run = startRun(folder.folder);
    await run.logged("service rests", { service: "sink", code: "LIMIT_REACHED", reason: "Its limit is used up: 2 requests in 86400 s." });
    const metrics = await until(async () =>
      [(await run.get("/metrics")).body].find((body) => body.includes('backstitch_service_rests{service="sink",reason="limit"} 1')),
    );
    expect(metrics).toContain('backstitch_limit_units{service="sink",unit="requests",period="86400s"} 2\n');
    expect(metrics).toContain('backstitch_limit_used_units{service="sink",unit="requests",period="86400s"} 2\n');
    expect(await run.get("/readyz")).toMatchObject({ status: 200 });
    await run.stop();
    expect(sink.received()).toHaveLength(2);
  }
});

test("a service that locks us out is told by the log, readiness, the metric and status, and its deliveries wait", async () => {
  await using far = disposable(await twilioPeer());
  far.misbehave({ kind: "refuse-credentials" });
  const account = { accountSid: "AC1", authToken: { $secret: "TOKEN" }, from: "+15005550006", baseUrl: far.url };
  await using folder = await writeProject({
    ...project({ connector: "twilio", config: account, concurrency: 1 }, 3),
    "rules/items.json": rule("item", { service: "sink", action: "send", with: { to: "+15551230987", body: "late" } }),
    // What waits for it keeps the process at work.
    "services/away.json": httpService("http://127.0.0.1:9", { retry: { attempts: 3, firstDelay: "1h", longestDelay: "1h" } }),
    "rules/away.json": rule("item", request("/", {}, "away")),
  });
  const environment = { TOKEN: "a-token" };
  await using run = startRun(folder.folder, environment);
  await run.logged("service rests", { service: "sink", outcome: "locked-out", level: 50 });
  expect(await run.unready()).toMatch(/^Service "sink" has locked us out: /m);
  expect((await run.get("/metrics")).body).toContain('backstitch_service_rests{service="sink",reason="locked-out"} 1');
  const status = (...args: readonly string[]) => backstitch(["status", ...args, "-p", folder.folder], environment);
  await until(async () => (await status()).stdout.includes("locks us out"));
  expect((await status()).stdout).toMatch(/^Service "sink" locks us out, last at 20\S+Z: TWILIO_20003 \w+/m);
  expect(JSON.parse((await status("--json")).stdout)).toMatchObject({ lockedOut: [{ service: "sink", at: expect.any(Number) as number }] });
  expect(await listDeliveries(folder.folder, environment, "--state", "rejected")).toEqual([]);

  // A person has mended it, and lets it go on.
  const command = (...args: readonly string[]) => backstitch([...args, "-p", folder.folder], environment);
  await command("pause", "sink", "--reason", "A new token.");
  await command("resume", "sink");
  await until(() => run.lines().filter(({ msg, outcome }) => msg === "service rests" && outcome === "locked-out").length === 2, {
    otherwise: () => run.stdout().slice(-3000),
  });
  await command("deliveries", "drop", "--service", "sink", "--reason", "Too late.", "--yes");
  run.signal("SIGHUP");
  await run.ready();
  expect((await run.get("/metrics")).body).toContain('backstitch_service_rests{service="sink",reason="locked-out"} 0');
  expect((await status()).stdout).not.toContain("locks us out");
});

test("status names a service that locks us out, however many older deliveries wait for something else, also of the same service", async () => {
  const port = await freePort();
  await using far = createServer(({ url }, answer) => void answer.writeHead(url === "/last" ? 401 : 200).end());
  await new Promise((resolve) => far.listen(port, "127.0.0.1", () => resolve(undefined)));
  await using folder = await writeProject({
    ...project({ connector: "http", config: { baseUrl: `http://127.0.0.1:${port}`, bearerToken: { $secret: "TOKEN" } } }, 1_100),
    "rules/items.json": rule("item", request("/items", {}), { limits: { total: "1 per 1d" } }),
    "rules/last.json": { ...rule("item", request("/last", {})), when: { "after.id": 1_099 } },
  });
  await using run = startRun(folder.folder, { TOKEN: "a-token" });
  await run.logged("service rests", { service: "sink", outcome: "locked-out" });
  const status = () => backstitch(["status", "-p", folder.folder]);
  await until(async () => (await status()).stdout.includes('Service "sink" locks us out, last at'));
  expect((await backstitch(["deliveries", "list", "--rule", "last", "-p", folder.folder])).stdout).toContain("HTTP_401");
});

test("once a service that could not be reached throttles us, readiness, log and metrics say the same of it", async () => {
  let answers: readonly [status: number, headers?: Readonly<Record<string, string>>] = [408];
  const port = await freePort();
  await using far = createServer((_request, answer) => void answer.writeHead(...answers).end());
  await new Promise((resolve) => far.listen(port, "127.0.0.1", () => resolve(undefined)));
  await using folder = await writeProject(project(httpService(`http://127.0.0.1:${port}`), 30));
  await using run = startRun(folder.folder);
  expect(await run.unready()).toMatch(/^Service "sink" cannot be reached: /m);
  answers = [429, { "retry-after": "600" }];
  await run.logged("service rests", { service: "sink", outcome: "throttled" });
  expect((await run.get("/readyz")).status).toBe(200);
  const { body } = await run.get("/metrics");
  expect(body).toContain('backstitch_service_rests{service="sink",reason="throttled"} 1\n');
  expect(body).toContain('backstitch_service_rests{service="sink",reason="unavailable"} 0\n');
  expect(body).toContain('backstitch_breaker_state{service="sink",state="closed"} 1\n');
});

test("a service that cannot be reached is left alone: readiness, log and metric say so until it is reached again", async () => {
  const port = await freePort();
  const service = { ...httpService(`http://127.0.0.1:${port}`), retry: { attempts: 100, firstDelay: "10ms", longestDelay: "10ms" } };
  await using folder = await writeProject(project(service, 30));
  await using run = startRun(folder.folder);
  expect(await run.unready()).toMatch(/^Service "sink" cannot be reached: Most attempts fail.*refused/m);
  await run.logged("service rests", { service: "sink", outcome: "unavailable", code: "BREAKER_OPEN" });
  const { body } = await run.get("/metrics");
  expect(body).toContain('backstitch_service_rests{service="sink",reason="unavailable"} 1\n');
  expect(body).toMatch(/\nbackstitch_breaker_state\{service="sink",state="(open|half-open)"\} 1\n/);
  expect(body).toContain('backstitch_breaker_state{service="sink",state="closed"} 0\n');
  let taken = 0;
  const sink = createServer((_request, answer) => answer.end(String((taken += 1)))).listen(port, "127.0.0.1");
  await using _ = disposable({ close: async () => void sink.close() });
  await run.logged("service resumed", { service: "sink" });
  expect(await run.ended).toMatchObject({ code: 0 });
  expect(taken).toBe(30);
});
