import { httpPeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { backstitch, startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { httpService, request, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

/** Rows 1 and 2 are Ada's, row 3 is Bob's; row 1 changes twice. */
const CHANGES = ["1 ada", "2 ada", "3 bob", "1 ada"].map((text) => {
  const [id, customer] = text.split(" ") as [string, string];
  return { operation: "insert", collection: "order", key: { id }, after: { id, customer } };
});

test("what goes in order is what the entry says; a lane that waits is seen, and one that has moved on is told", async () => {
  await using sink = disposable(await httpPeer());
  await using other = disposable(await httpPeer());
  const entry = (name: string, order: unknown, service?: string): object => ({
    ...request(`/${name}/{{ key.id }}`, {}, service),
    name,
    order,
  });
  await using project = await writeProject({
    // Standard input stays open, so that the process goes on.
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "orders.jsonl" }, more: { type: "jsonl", path: "-" } } },
    "orders.jsonl": CHANGES.map((one) => `${JSON.stringify(one)}\n`).join(""),
    "services/sink.json": httpService(sink.url, { concurrency: 1 }),
    "services/other.json": httpService(other.url),
    "rules/order.json": {
      on: { source: "shop", collection: "order" },
      ifUncertain: "hold",
      then: [
        entry("customer", { by: "after.customer" }),
        entry("none", "none"),
        entry("row", "lane"),
        entry("all", { by: "operation" }, "other"),
      ],
    },
  });
  const deliveries = (...args: readonly string[]) => backstitch(["deliveries", ...args, "-p", project.folder]);
  const list = (...args: readonly string[]) => listDeliveries(project.folder, {}, ...args);
  const sent = (): readonly string[] => sink.received().map(({ operation }) => operation.replace("POST ", ""));

  // Whether the first change arrived cannot be told, so it is held; elsewhere it was refused.
  sink.misbehave({ kind: "status", status: 500 }, 3);
  other.misbehave({ kind: "refuse-credentials" }, 1);
  await using run = startRun(project.folder);
  await until(() => sent().length === 6 && other.received().length === 3);
  await until(async () => (await list("--state", "accepted")).length === 9);
  expect(sent().toSorted()).toEqual(["/customer/3", "/none/1", "/none/2", "/none/3", "/row/2", "/row/3"]);
  expect(other.received().map(({ operation }) => operation)).toEqual(["POST /all/2", "POST /all/3", "POST /all/1"]);

  const { stdout } = await deliveries("list", "--state", "pending");
  const [first, second, third, lanes, ...others] = stdout.trimEnd().split("\n");
  for (const [line, name] of [
    [first, "customer"],
    [second, "customer"],
    [third, "row"],
  ] as const)
    expect(line).toMatch(new RegExp(`pending    order → ${name}  0 attempts  blocked$`));
  expect(lanes).toMatch(
    /^2 lanes are blocked by a delivery that is not settled; the oldest that waits behind one has done so since 20\S+Z\.$/,
  );
  expect(others).toEqual([]);
  const status = await backstitch(["status", "-p", project.folder]);
  expect(status.stdout).toMatch(/^ +2 {2}lanes blocked, the oldest for \d+ (s|min)$/m);
  const { body: metrics } = await run.get("/metrics");
  expect(metrics).toContain("\nbackstitch_lanes_blocked 2\n");
  expect(metrics).toMatch(/\nbackstitch_lanes_blocked_oldest_seconds \d+(\.\d+)?\n/);

  const [held] = await list("--state", "held");
  expect(held?.then).toBe("customer");
  expect(await deliveries("retry", held?.id ?? "")).toEqual({ code: 0, stdout: `${held?.id} is pending again.\n`, stderr: "" });
  await until(() => sent().length === 9);
  expect(sent().slice(6).toSorted()).toEqual(["/customer/1", "/customer/1", "/customer/2"]);
  expect((await run.get("/metrics")).body).toContain("\nbackstitch_lanes_blocked 1\n");

  const [refused] = await list("--state", "rejected");
  expect(refused?.then).toBe("all");
  expect((await deliveries("retry", "--state", "rejected")).stdout).toContain(
    "Of 1 delivery the lane has moved on: what would arrive of it is out of order.\n1 delivery would be retried.",
  );
  const dryRun = JSON.parse((await deliveries("retry", "--state", "rejected", "--json")).stdout) as object;
  expect(dryRun).toMatchObject({ done: false, count: 1, movedOn: 1 });
  const bulk = await deliveries("retry", "--state", "rejected", "--service", "other", "--yes");
  expect(bulk).toEqual({
    code: 0,
    stdout: "1 delivery was retried.\n",
    stderr: "Of 1 delivery the lane has moved on: what arrives of it is out of order.\n",
  });
  await until(() => other.received().length === 4);
});
