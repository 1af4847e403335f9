import { s3Peer } from "@backstitch/sandbox";
import type { Peer } from "@backstitch/core/testing";
import { expect, test, vi } from "vitest";
import { startRun } from "./support/backstitch.ts";
import { disposable } from "./support/disposable.ts";
import { rule, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const ROWS = 25;
const environment = { AWS_ACCESS_KEY_ID: "AKIA0", AWS_SECRET_ACCESS_KEY: "canary-9d2c" };

function projectOver(endpoint: string, append: object) {
  const row = (id: number): string => JSON.stringify({ operation: "insert", collection: "item", after: { id } });
  const with_ = { prefix: 'items/dt={{ committedAt | date: "%Y-%m-%d" }}/', record: { id: { $path: "after.id" } } };
  return writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "items.jsonl" } } },
    "items.jsonl": Array.from({ length: ROWS }, (_, id) => `${row(id)}\n`).join(""),
    "services/archive.json": service(endpoint, append),
    "rules/keep.json": rule("item", { service: "archive", action: "append", with: with_ }),
  });
}

function service(endpoint: string, append: object): object {
  const credentials = { accessKeyId: { $env: "AWS_ACCESS_KEY_ID" }, secretAccessKey: { $secret: "AWS_SECRET_ACCESS_KEY" } };
  const retry = { attempts: 9, firstDelay: "50ms", longestDelay: "400ms" };
  return { connector: "s3", config: { region: "eu-central-1", endpoint, bucket: "archive", append, ...credentials }, retry };
}

/** The rows in all objects. */
function rowsIn(peer: Peer): readonly number[] {
  const lines = peer.received().flatMap(({ fields }) => (fields["body"] as string).trim().split("\n"));
  return lines.map((line) => (JSON.parse(line) as { id: number }).id).toSorted((left, right) => left - right);
}

const ALL = Array.from({ length: ROWS }, (_, id) => id);

test("killed between the object and its deliveries' outcomes, every row is in the bucket once", async () => {
  await using peer = disposable(await s3Peer());
  await using project = await projectOver(peer.url, { maxRecords: 10, maxAgeSeconds: 0.3 });
  // Stored, and nobody is told.
  peer.misbehave({ kind: "slow", delayMs: 600_000 });
  await using dead = startRun(project.folder, environment);
  await until(() => peer.received().length === 3);
  dead.signal("SIGKILL");
  await dead.ended;

  peer.misbehave(undefined);
  await using run = startRun(project.folder, environment);
  expect(await run.ended).toMatchObject({ code: 0, stderr: "" });
  expect(rowsIn(peer)).toEqual(ALL);
  expect(peer.received()).toHaveLength(3);
});

test("killed while rows wait for others, each is in the bucket once", async () => {
  await using peer = disposable(await s3Peer());
  await using project = await projectOver(peer.url, { maxRecords: 20, maxAgeSeconds: 60 });
  await using dead = startRun(project.folder, environment);
  await until(() => peer.received().length === 1);
  await dead.logged("delivered to service");
  dead.signal("SIGKILL");
  await dead.ended;

  await project.write({ "services/archive.json": service(peer.url, { maxAgeSeconds: 0.3 }) });
  await using run = startRun(project.folder, environment);
  expect(await run.ended).toMatchObject({ code: 0, stderr: "" });
  expect(rowsIn(peer)).toEqual(ALL);
});
