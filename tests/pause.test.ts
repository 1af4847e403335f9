import { httpPeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { type Ended, backstitch, startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { httpService, request, rule, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 180_000 });

const change = (collection: string, id: number): string => `${JSON.stringify({ operation: "insert", collection, after: { id } })}\n`;
const PAUSED = /^Service "sink" is paused since \S+Z, by \S+@\S+: Wrong price\.$/m;

test("a paused service or rule keeps its deliveries, and says so everywhere, in a process that runs and in the next; resumed, it goes on", async () => {
  await using sink = disposable(await httpPeer());
  await using other = disposable(await httpPeer());
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "-" } } },
    "services/sink.json": httpService(sink.url),
    "services/other.json": httpService(other.url),
    "rules/items.json": rule("item", request("/items", { id: { $path: "key.id" } })),
    "rules/parts.json": rule("part", request("/parts", { id: { $path: "key.id" } }, "other")),
    "rules/tools.json": rule("tool", request("/tools", { id: { $path: "key.id" } }, "other")),
  });
  const { folder } = project;
  const command = (...args: readonly string[]): Promise<Ended> => backstitch([...args, "-p", folder]);
  const states = async (name: string): Promise<readonly string[]> =>
    (await listDeliveries(folder, {}, "--rule", name)).map(({ state }) => state);

  await using run = startRun(folder);
  await run.ready();
  expect((await command("pause")).stdout).toBe("Nothing is paused.\n");
  expect(await command("pause", "sink", "--reason", "Wrong price.")).toMatchObject({ code: 0, stdout: expect.stringMatching(PAUSED) });
  await command("pause", "parts", "--reason", "Wrong price.");
  await run.logged("paused", {});
  await until(async () => (await run.get("/readyz")).body.split("\n").length === 4);
  const { status, body } = await run.get("/readyz");
  expect(status).toBe(200);
  expect(body).toMatch(/^ready$/m);
  expect(body).toMatch(PAUSED);
  expect((await run.get("/metrics")).body).toContain('backstitch_paused{of="rule",name="parts"} 1');
  const lines = ["item", "part", "tool", "item", "part", "tool"].map((name, index) => change(name, index)).join("");
  run.feed(lines);
  // Its input has ended, and nothing moves by itself any more.
  expect(await run.ended).toMatchObject({ code: 0 });
  expect([await states("items"), await states("parts"), await states("tools")]).toEqual([
    ["pending", "pending"],
    ["pending", "pending"],
    ["accepted", "accepted"],
  ]);

  expect((await command("resume", "parts")).stdout).toMatch(PAUSED);
  await using next = startRun(folder);
  next.feed(lines);
  await next.logged("paused");
  expect(await next.ended).toMatchObject({ code: 0 });
  expect([await states("items"), await states("parts")]).toEqual([
    ["pending", "pending"],
    ["accepted", "accepted"],
  ]);
  const told = JSON.parse((await command("status", "--json")).stdout) as object;
  expect(told).toMatchObject({
    deliveries: { pending: 2, accepted: 4 },
    paused: [{ of: "service", name: "sink", reason: "Wrong price." }],
  });
  expect((await command("status")).stdout).toMatch(PAUSED);

  await using last = startRun(folder);
  await last.logged("paused");
  expect(JSON.parse((await command("resume", "sink", "--json")).stdout)).toEqual([]);
  await until(() => sink.received().length === 2);
  await last.stop();
});

test("a process that is at it stops within seconds of the pause: what waits for its turn is given back", async () => {
  await using sink = disposable(await httpPeer());
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "-" } } },
    "services/sink.json": httpService(sink.url, { concurrency: 1 }),
    "rules/items.json": rule("item", request("/items", { id: { $path: "key.id" } })),
  });
  sink.misbehave({ kind: "slow", delayMs: 400 }, 1_000);
  await using run = startRun(project.folder);
  run.feed(Array.from({ length: 50 }, (_, index) => change("item", index)).join(""));
  await until(() => sink.received().length > 0);
  await backstitch(["pause", "sink", "--service", "--reason", "Stop.", "-p", project.folder]);
  expect(await run.ended).toMatchObject({ code: 0 });
  const { length } = sink.received();
  expect(length).toBeLessThan(50);
  const states = (await listDeliveries(project.folder, {})).map(({ state }) => state);
  expect(states.filter((state) => state === "pending")).toHaveLength(50 - length);
});

test("what is gone from the project is paused while there are deliveries of it, and resumed", async () => {
  await using sink = disposable(await httpPeer());
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "changes.jsonl" } } },
    "changes.jsonl": "",
    "services/sink.json": httpService(sink.url),
    "services/gone.json": httpService("http://127.0.0.1:9"),
    "rules/items.json": rule("item", request("/items", { id: { $path: "key.id" } })),
    "rules/parts.json": rule("part", request("/parts", {}, "gone")),
    "rules/tools.json": rule("tool", request("/tools", {})),
  });
  const command = (...args: readonly string[]): Promise<Ended> => backstitch([...args, "-p", project.folder]);
  const run = async (): Promise<void> => expect(await startRun(project.folder).ended).toMatchObject({ code: 0 });
  await run();
  await command("pause", "items", "gone", "--reason", "Wait.");
  await project.write({ "changes.jsonl": [change("item", 1), change("part", 1), change("tool", 1)].join("") });
  await run();
  for (const path of ["rules/items.json", "rules/parts.json", "services/gone.json", "rules/tools.json"]) await project.remove(path);
  await project.write({ "rules/other.json": rule("other", request("/other", {})) });
  expect(await command("resume", "items", "gone")).toMatchObject({ code: 0, stdout: "Nothing is paused.\n" });

  const paused = await command("pause", "items", "gone", "parts", "--reason", "Stop the rest.");
  expect(paused).toMatchObject({ code: 0, stderr: "" });
  expect(paused.stdout.match(/^(?:Service|Rule) "\w+" is paused/gm)).toEqual([
    'Service "gone" is paused',
    'Rule "items" is paused',
    'Rule "parts" is paused',
  ]);
  // Of this one nothing is left to be made.
  expect((await command("pause", "tools", "--reason", "x")).stderr).toMatch(/^There is no service or rule "tools" to choose from\./);
  await run();
  expect(sink.received()).toHaveLength(1);
  await command("resume", "items");
  await run();
  expect(sink.received()).toHaveLength(2);
});

const MISTAKES: readonly (readonly [args: readonly string[], says: string])[] = [
  [["pause", "sink"], "Say why: --reason <text>. It is shown wherever the pause is.\n"],
  [["pause", "--reason", "x"], "Say what is to be paused: the names of services or rules.\n"],
  [["pause", "sinc", "--reason", "x"], 'There is no service or rule "sinc" to choose from. Did you mean "sink"?\n'],
  [["pause", "both", "--reason", "x"], '"both" is a service and a rule: say --service or --rule.\n'],
  [["pause", "gone", "--reason", "x"], 'There is no service or rule "gone" to choose from. There are both, sink.\n'],
  [["resume", "sink"], '"sink" is not paused. No service or rule is.\n'],
  [["resume", "sink", "--service"], 'The service "sink" is not paused. No service is.\n'],
];
test("mistakes are said in a sentence", async () => {
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "-" } } },
    "services/sink.json": httpService("http://127.0.0.1:9"),
    "services/both.json": httpService("http://127.0.0.1:9"),
    "rules/both.json": rule("item", request("/items", {}, "both")),
  });
  await backstitch(["run", "--port", "0", "-p", project.folder]);
  for (const [args, says] of MISTAKES)
    expect(await backstitch([...args, "-p", project.folder]), args.join(" ")).toEqual({ code: 1, stdout: "", stderr: says });
  const unsaid = await backstitch(["pause", "sink", "--reason", "", "-p", project.folder]);
  expect(unsaid).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("argument '' is invalid. It must say why.") as string,
  });
  expect((await backstitch(["pause", "both", "--rule", "--reason", "x", "-p", project.folder])).stdout).toContain('Rule "both" is paused');
});
