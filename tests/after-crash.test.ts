import { sesPeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { rule, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

test("an attempt that ended with its process is a line of the log and counted, and what cannot be looked up waits as its policy says", async () => {
  await using ses = disposable(await sesPeer());
  const row = { operation: "insert", collection: "item", key: { id: 1 }, after: { id: 1 } };
  const retry = { attempts: 9, firstDelay: "12h", longestDelay: "24h" };
  const credentials = { accessKeyId: { $env: "AWS_ACCESS_KEY_ID" }, secretAccessKey: { $secret: "AWS_SECRET_ACCESS_KEY" } };
  const mail = { service: "mail", action: "send", with: { to: "ada@example.com", subject: "x", text: "y" } };
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "items.jsonl" }, more: { type: "jsonl", path: "-" } } },
    "items.jsonl": `${JSON.stringify(row)}\n`,
    "services/mail.json": {
      connector: "ses",
      config: { region: "eu-central-1", endpoint: ses.url, from: "shop@example.com", ...credentials },
      retry,
    },
    "rules/repeat.json": rule("item", mail),
    "rules/hold.json": rule("item", mail, { ifUncertain: "hold" }),
  });
  const environment = { AWS_ACCESS_KEY_ID: "AKIA0", AWS_SECRET_ACCESS_KEY: "canary-9d2c" };
  ses.misbehave({ kind: "slow", delayMs: 600_000 });
  await using dead = startRun(project.folder, environment);
  await until(() => ses.received().length === 2);
  dead.signal("SIGKILL");
  await dead.ended;

  ses.misbehave(undefined);
  await using run = startRun(project.folder, environment);
  for (const name of ["repeat", "hold"]) {
    const line = await run.logged("not delivered", { rule: name, outcome: "uncertain", code: "CRASHED", state: "uncertain", attempt: 1 });
    expect(line).not.toHaveProperty("tookMs");
  }
  await run.logged("not delivered", { rule: "hold", state: "held", code: "HELD" });
  expect((await run.get("/metrics")).body).toContain('backstitch_attempts_total{service="mail",outcome="uncertain"} 2\n');
  const [waiting] = await listDeliveries(project.folder, environment, "--state", "uncertain");
  expect(waiting).toMatchObject({ rule: "repeat", attempts: 1 });
  expect(waiting?.dueAt).toBeGreaterThan(Date.now());
  expect(ses.received()).toHaveLength(2);
  await run.stop();
});
