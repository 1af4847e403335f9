import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { EventBridgeEvent, LambdaHandler } from "@backstitch/lambda";
import type { Peer } from "@backstitch/core/testing";
import { httpPeer, s3Peer, twilioPeer } from "@backstitch/sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";

const folder = join(import.meta.dirname, "..");
const bundle = join(folder, "dist", "index.cjs");
const require = createRequire(import.meta.url);
const context = { getRemainingTimeInMillis: () => 60_000 };

let texts: Peer;
let warehouse: Peer;
let bucket: Peer;
let handler: LambdaHandler<EventBridgeEvent, void>;

beforeAll(async () => {
  execFileSync("pnpm", ["run", "bundle"], { cwd: folder });
  [texts, warehouse, bucket] = await Promise.all([twilioPeer(), httpPeer(), s3Peer()]);
  const environment = {
    TWILIO_ACCOUNT_SID: "AC00000000000000000000000000000001",
    TWILIO_AUTH_TOKEN: "token-7f3a91c2",
    TWILIO_FROM: "+15005550006",
    TWILIO_BASE_URL: texts.url,
    WAREHOUSE_URL: warehouse.url,
    DEAD_LETTER_BUCKET: "dead-letters",
    AWS_REGION: "eu-central-1",
    AWS_ENDPOINT_URL: bucket.url,
    AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "a-secret",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});

/** A new module each time: a container that starts cold. */
beforeEach(() => {
  delete require.cache[bundle];
  ({ handler } = require(bundle) as { handler: typeof handler });
});

afterEach(() => {
  for (const peer of [texts, warehouse, bucket]) peer.misbehave(undefined);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([texts, warehouse, bucket].map((peer) => peer.close()));
});

function eventOf(file: string): EventBridgeEvent {
  return JSON.parse(readFileSync(join(folder, "events", file), "utf8")) as EventBridgeEvent;
}

/** What arrived meanwhile. */
async function during(invocation: () => Promise<void>): Promise<object> {
  const before = [texts, warehouse, bucket].map((peer) => peer.received().length);
  await invocation();
  const [sent = [], told = [], kept = []] = [texts, warehouse, bucket].map((peer, index) => peer.received().slice(before[index]));
  return {
    texts: sent.map(({ fields }) => [fields["To"], fields["Body"]]),
    told: told.map(({ operation, fields }) => [operation, toldOf(fields["body"])]),
    kept: kept.map(({ fields }) => (fields["key"] as string).replace(/[a-z2-7]{26}/, "ID")),
  };
}

function toldOf(body: unknown): unknown[] {
  const { operation, order, at } = JSON.parse(body as string) as { operation: string; order: { total: unknown } | null; at: string };
  return [operation, order?.total, at];
}

const first = "POST /orders/65b8f0000000000000000001";
const cases = [
  {
    file: "insert.json",
    texts: [],
    told: [[first, ["insert", "1250.50", "2026-11-20T10:00:01.250000Z"]]],
    kept: [],
  },
  {
    file: "update.json",
    texts: [["+15005550010", "Order 1001 is on its way."]],
    told: [[first, ["update", "1250.50", "2026-11-20T10:00:02.250000Z"]]],
    kept: [],
  },
  {
    file: "delete.json",
    texts: [],
    told: [[first, ["delete", undefined, "2026-11-20T10:00:03.250000Z"]]],
    kept: [],
  },
  {
    file: "refused-number.json",
    texts: [],
    told: [["POST /orders/65b8f0000000000000000003", ["update", "1250.50", "2026-11-20T10:00:04.250000Z"]]],
    kept: ["rejected/ID.json"],
  },
  {
    file: "flattened.json",
    texts: [],
    told: [["POST /orders/65b8f0000000000000000004", ["insert", 1250.5, "2026-11-20T10:00:05.250000Z"]]],
    kept: [],
  },
] as const;

test.for(cases)("$file as Atlas sends it", async ({ file, ...expected }) => {
  expect(await during(() => handler(eventOf(file), context))).toEqual(expected);
});

test("an event that comes again to the same container does nothing again", async () => {
  await handler(eventOf("update.json"), context);
  expect(await during(() => handler(eventOf("update.json"), context))).toEqual({ texts: [], told: [], kept: [] });
});

test("where dead letters cannot be kept it throws, and Lambda sends the event again", async () => {
  bucket.misbehave({ kind: "refuse-credentials" });
  await expect(handler(eventOf("refused-number.json"), context)).rejects.toMatchObject({ code: "EVENT_UNFINISHED" });
});

test("an event that is no change is a dead letter, whole", async () => {
  const event = { ...eventOf("insert.json"), detail: { hello: "world" } };
  expect(await during(() => handler(event, context))).toEqual({ texts: [], told: [], kept: ["rejected/ID.json"] });
});
