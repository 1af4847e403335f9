import { httpPeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { backstitch, startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { httpService, request, rule, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

test("more than a rule lets through is kept back as it says, told in log, list and metrics, and counted through a restart", async () => {
  await using sink = disposable(await httpPeer());
  const limited = (exceeded: string): object => ({ limits: { total: "1 per 1d", exceeded } });
  const row = (id: number): string => `${JSON.stringify({ operation: "insert", collection: "item", key: { id }, after: { id } })}\n`;
  await using project = await writeProject({
    // Standard input stays open, so that the process goes on.
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "items.jsonl" }, more: { type: "jsonl", path: "-" } } },
    "items.jsonl": row(1) + row(2),
    "services/sink.json": httpService(sink.url),
    ...Object.fromEntries(
      ["delay", "drop", "hold"].map((name) => [`rules/${name}.json`, rule("item", request(`/${name}`, {}), limited(name))]),
    ),
  });
  const list = (...args: readonly string[]) => listDeliveries(project.folder, {}, ...args);

  await using run = startRun(project.folder);
  for (const [name, state, code] of [
    ["delay", "waiting", "DELAYED_BY_LIMIT"],
    ["drop", "dropped", "DROPPED_BY_LIMIT"],
    ["hold", "held", "HELD_BY_LIMIT"],
  ] as const) {
    await run.logged("not delivered", { rule: name, state, code, reason: "Its rule lets 1 per 1d through in all." });
    await until(async () =>
      (await run.get("/metrics")).body.includes(`backstitch_limited_total{service="sink",rule="${name}",state="${state}"} 1\n`),
    );
  }
  await until(() => sink.received().length === 3);
  expect((await run.get("/metrics")).body).toContain('backstitch_attempts_total{service="sink",outcome="accepted"} 3\n');
  expect((await run.get("/metrics")).body).not.toContain('outcome="throttled"');
  run.signal("SIGTERM");
  await run.ended;

  await using again = startRun(project.folder);
  await again.ready();
  const [dropped] = await list("--state", "dropped");
  const [held] = await list("--state", "held");
  expect([dropped?.rule, held?.rule]).toEqual(["drop", "hold"]);
  expect((await backstitch(["deliveries", "retry", dropped?.id ?? "", held?.id ?? "", "-p", project.folder])).code).toBe(0);
  await until(() => sink.received().length === 5);
  const [waiting, ...others] = await list("--state", "waiting");
  expect(others).toEqual([]);
  expect(waiting).toMatchObject({ rule: "delay", attempts: 0, outcomes: [{ outcome: { kind: "throttled", code: "DELAYED_BY_LIMIT" } }] });
  expect((waiting?.dueAt ?? 0) - (waiting?.outcomes[0]?.at ?? 0)).toBeGreaterThan(86_000_000);
});

test("a limit that a paused rule is given holds for what was recorded before, once the rule is read again", async () => {
  await using sink = disposable(await httpPeer());
  const row = (id: number): string => `${JSON.stringify({ operation: "insert", collection: "item", key: { id }, after: { id } })}\n`;
  const written = (more: object): object => rule("item", request("/texts", {}), more);
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "items.jsonl" }, more: { type: "jsonl", path: "-" } } },
    "items.jsonl": "",
    "services/sink.json": httpService(sink.url),
    "rules/texts.json": written({}),
  });
  const say = async (...words: readonly string[]): Promise<void> => {
    const { code, stderr } = await backstitch([...words, "-p", project.folder]);
    expect([code, stderr]).toEqual([0, ""]);
  };
  await using first = startRun(project.folder);
  await first.ready();
  await first.stop();
  await say("pause", "texts", "--reason", "Too many!");
  await project.write({ "items.jsonl": row(1) + row(2) + row(3) });

  await using run = startRun(project.folder);
  const listed = (state: string) => listDeliveries(project.folder, {}, "--state", state);
  await until(async () => (await listed("pending")).length === 3);
  await project.write({ "rules/texts.json": written({ limits: { total: "1 per 1d" } }) });
  run.signal("SIGHUP");
  await run.logged("reloaded");
  await say("resume", "texts");
  await until(async () => (await listed("waiting")).length === 2);
  expect(sink.received()).toHaveLength(1);
  await run.stop();
});
