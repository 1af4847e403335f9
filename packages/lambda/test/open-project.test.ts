import { expect, test } from "vitest";
import { openProject } from "@backstitch/lambda";
import { write } from "./support/folder.ts";
import { sink } from "./support/sink.ts";

const connectors = { sink: () => Promise.resolve(sink) };
const good = {
  "backstitch.json": { sources: { shop: { type: "dynamodb-stream" } } },
  "services/far.json": { connector: "sink", config: { url: { $env: "FAR_URL" } } },
  "rules/all.json": { on: { source: "shop", collection: "orders" }, then: [{ service: "far", action: "send", with: { name: "x" } }] },
};

test("a folder becomes rules and services", async () => {
  const { rules, services, warnings } = await openProject(write(good), { connectors, environment: { FAR_URL: "http://127.0.0.1" } });
  expect(rules.hash).toMatch(/^[0-9a-f]{64}$/);
  expect([...services.keys()]).toEqual(["far"]);
  expect(warnings).toEqual([]);
});

test("limits, which Lambda does not keep, are warned of", async () => {
  const limited = { ...good["services/far.json"], limits: { requests: "1 per 1s" } };
  const { warnings } = await openProject(write({ ...good, "services/far.json": limited }), {
    connectors,
    environment: { FAR_URL: "http://a" },
  });
  expect(warnings).toEqual([expect.stringMatching(/^services\/far\.json: "limits" are not kept by Lambda/)]);
});

test("every problem is in the error, each with its address", async () => {
  const folder = write({ ...good, "rules/all.json": { ...good["rules/all.json"], unless: true } });
  const opened = openProject(folder, { connectors, environment: {} });
  await expect(opened).rejects.toThrow(/rules\/all\.json:1:\d+ /);
  await expect(opened).rejects.toThrow(/services\/far\.json:1:\d+ .*FAR_URL/);
});

test("a rule with limits is refused, since nothing could count them; one that is switched off is not", async () => {
  const limited = { ...good["rules/all.json"], limits: { total: "1 per 1h" } };
  const environment = { FAR_URL: "http://127.0.0.1" };
  const opened = openProject(write({ ...good, "rules/all.json": limited }), { connectors, environment });
  await expect(opened).rejects.toThrow(/\nrules\/all\.json: "limits" of a rule are counted in a journal/);
  const off = openProject(write({ ...good, "rules/all.json": { ...limited, enabled: false } }), { connectors, environment });
  expect((await off).warnings).toEqual([]);
  const hops = { ...good["rules/all.json"], limits: { hops: 0, exceeded: "hold" } };
  expect((await openProject(write({ ...good, "rules/all.json": hops }), { connectors, environment })).warnings).toEqual([]);
});
