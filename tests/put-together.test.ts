import { eventbridgePeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { startRun } from "./support/backstitch.ts";
import { disposable } from "./support/disposable.ts";
import { rule, writeProject } from "./support/project.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const ROWS = 20;
const environment = { AWS_ACCESS_KEY_ID: "AKIA0", AWS_SECRET_ACCESS_KEY: "canary-9d2c" };

test("events of many rows share requests, and one that failed is alone sent again", async () => {
  await using peer = disposable(await eventbridgePeer({ entryFailures: ["InternalFailure"] }));
  const credentials = { accessKeyId: { $env: "AWS_ACCESS_KEY_ID" }, secretAccessKey: { $secret: "AWS_SECRET_ACCESS_KEY" } };
  const put = { maxEntries: 10, maxWaitMs: 15_000 };
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "items.jsonl" } } },
    "items.jsonl": Array.from({ length: ROWS }, (_, id) => `{"operation":"insert","collection":"item","after":{"id":${id}}}\n`).join(""),
    "services/bus.json": {
      connector: "eventbridge",
      config: { region: "eu-central-1", endpoint: peer.url, source: "shop", put, ...credentials },
      retry: { attempts: 3, firstDelay: "10ms" },
    },
    "rules/tell.json": rule("item", { service: "bus", action: "put", with: { detailType: "item", detail: { id: { $path: "after.id" } } } }),
  });
  await using run = startRun(project.folder, environment);
  expect(await run.ended).toMatchObject({ code: 0, stderr: "" });
  const ids = peer.received().map(({ fields }) => (fields["detail"] as { id: number }).id);
  expect(ids.toSorted((left, right) => left - right)).toEqual(Array.from({ length: ROWS }, (_, id) => id));
  const requests = Map.groupBy(peer.received(), ({ headers }) => headers["amz-sdk-invocation-id"]);
  expect([...requests.values()].map(({ length }) => length).toSorted((left, right) => left - right)).toEqual([1, 9, 10]);
});
