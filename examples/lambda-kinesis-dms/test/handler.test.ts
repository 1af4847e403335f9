import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { BatchResponse, KinesisStreamEvent, LambdaHandler } from "@backstitch/lambda";
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
let handler: LambdaHandler<KinesisStreamEvent, BatchResponse>;

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

function eventOf(file: string): KinesisStreamEvent {
  return JSON.parse(readFileSync(join(folder, "events", file), "utf8")) as KinesisStreamEvent;
}

/** What was answered, and what arrived meanwhile. Orders are lanes: of two, either may be first. */
async function during(invocation: () => Promise<BatchResponse>): Promise<object> {
  const before = [texts, warehouse, bucket].map((peer) => peer.received().length);
  const answer = await invocation();
  const [sent = [], told = [], kept = []] = [texts, warehouse, bucket].map((peer, index) => peer.received().slice(before[index]));
  return {
    answer,
    texts: sent.map(({ fields }) => [fields["To"], fields["Body"]]),
    told: told
      .map(({ operation, fields }) => [operation, (JSON.parse(fields["body"] as string) as { operation?: string }).operation])
      .toSorted(([one = ""], [other = ""]) => one.localeCompare(other)),
    kept: kept.map(({ fields }) => letterOf(fields["body"])),
  };
}

/** Its code, and of a record that could not be read the bytes that came. */
function letterOf(body: unknown): [code: string, record: string | undefined] {
  const { code, record } = JSON.parse(body as string) as { code: string; record?: { kinesis: { data: string } } };
  return [code, record && Buffer.from(record.kinesis.data, "base64").toString()];
}

const done = { batchItemFailures: [] };
const cases = [
  {
    file: "load.json",
    texts: [],
    told: [
      ["PUT /orders/1", undefined],
      ["PUT /orders/2", undefined],
    ],
    kept: [],
  },
  {
    file: "changes.json",
    texts: [["+15005550010", "Order 3 is on its way."]],
    told: [
      ["POST /orders/3", "insert"],
      ["POST /orders/3", "update"],
      ["POST /orders/3", "delete"],
    ],
    kept: [],
  },
  {
    file: "unreadable.json",
    texts: [["+15005550010", "Order 4 is on its way."]],
    told: [
      ["POST /orders/4", "insert"],
      ["POST /orders/4", "update"],
    ],
    kept: [["RECORD_UNREADABLE", "not a record of DMS"]],
  },
  {
    file: "refused-number.json",
    texts: [],
    told: [
      ["POST /orders/5", "update"],
      ["POST /orders/6", "insert"],
    ],
    kept: [["TWILIO_21614", undefined]],
  },
] as const;

test.for(cases)("$file as DMS writes it", async ({ file, ...expected }) => {
  expect(await during(() => handler(eventOf(file), context))).toEqual({ answer: done, ...expected });
});

test("what cannot even be kept comes again: the answer names its record", async () => {
  bucket.misbehave({ kind: "refuse-credentials" });
  const event = eventOf("unreadable.json");
  expect(await handler(event, context)).toEqual({ batchItemFailures: [{ itemIdentifier: event.Records[1]?.kinesis.sequenceNumber }] });
});
