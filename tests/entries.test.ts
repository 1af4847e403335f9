import { httpPeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { backstitch, startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { httpService, request, rule, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const ITEMS = ["needle", "thread", "void", "cloth"].map((sku, n) => ({ sku, n: sku === "void" ? 0 : n + 1 }));
const ORDER = { operation: "insert", collection: "order", key: { id: 1 }, after: { id: 1, items: ITEMS, broken: "no list" } };

test("elements are sent in order, what is too old expires and a person may send it again", async () => {
  await using sink = disposable(await httpPeer());
  const items = {
    ...request("/items", { at: { $path: "index" }, sku: "{{ item.sku }}" }),
    each: "after.items",
    when: { "item.n": { $gt: 0 } },
  };
  await using project = await writeProject({
    // Standard input stays open, so that the process goes on.
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "orders.jsonl" }, more: { type: "jsonl", path: "-" } } },
    "orders.jsonl": `${JSON.stringify(ORDER)}\n`,
    "services/sink.json": httpService(sink.url),
    "rules/items.json": rule("order", items),
    "rules/old.json": rule("order", request("/old", { id: { $path: "key.id" } }), { expires: "24h" }),
    "rules/broken.json": rule("order", { ...request("/broken", { item: { $path: "item" } }), each: "after.broken" }),
  });
  const deliveries = (...args: readonly string[]) => backstitch(["deliveries", ...args, "-p", project.folder]);
  const list = (...args: readonly string[]) => listDeliveries(project.folder, {}, ...args);
  const bodies = () => sink.received().map(({ fields }) => JSON.parse(fields["body"] as string) as object);

  await using run = startRun(project.folder);
  sink.misbehave({ kind: "throttle" }, 1);
  await run.logged("not delivered", { rule: "old", state: "expired", code: "EXPIRED" });
  await until(async () => (await list("--rule", "items")).every(({ state }) => state === "accepted"));
  expect(bodies()).toEqual([
    { at: 0, sku: "needle" },
    { at: 1, sku: "thread" },
    { at: 3, sku: "cloth" },
  ]);
  expect((await run.get("/metrics")).body).toContain('backstitch_deliveries_ended_total{service="sink",rule="old",state="expired"} 1\n');

  const [old, ...others] = await list("--state", "expired");
  expect(others).toEqual([]);
  expect((await deliveries("show", old?.id ?? "")).stdout).toMatch(
    /^state +expired$[^]*^expiresAt +1970-01-02T00:00:00\.000Z$[^]*^attempt 0 .* EXPIRED It expired at 1970-01-02T00:00:00\.000Z, before it could be done\.$/m,
  );
  expect(await deliveries("retry", old?.id ?? "")).toMatchObject({ code: 0, stdout: `${old?.id} is pending again.\n` });
  await until(() => bodies().length === 4);
  expect(bodies()[3]).toEqual({ id: 1 });

  const [broken] = await list("--rule", "broken");
  expect(broken).toMatchObject({ state: "rejected", outcomes: [{ outcome: { code: "EACH_INVALID" } }] });
  await project.write({ "rules/broken.json": rule("order", { ...request("/broken", {}), each: "after.items" }) });
  expect(await deliveries("retry", broken?.id ?? "")).toMatchObject({ code: 1, stdout: expect.stringContaining("for each element") });
  run.feed("");
  expect(await run.ended).toMatchObject({ code: 0 });
});
