import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { DynamoDbStreamEvent, DynamoDbStreamHandler } from "@backstitch/lambda";
import type { Peer } from "@backstitch/core/testing";
import type { Value } from "@backstitch/core/values";
import { httpPeer, s3Peer, twilioPeer } from "@backstitch/sandbox";

const folder = join(import.meta.dirname, "..");
const context = { getRemainingTimeInMillis: () => 60_000 };

let texts: Peer;
let warehouse: Peer;
let bucket: Peer;
let handler: DynamoDbStreamHandler;

const require = createRequire(import.meta.url);
const bundle = join(folder, "dist", "index.cjs");

const TOKEN = "token-7f3a91c2";

beforeAll(async () => {
  execFileSync("pnpm", ["run", "bundle"], { cwd: folder, env: { ...process.env, TWILIO_AUTH_TOKEN: TOKEN } });
  [texts, warehouse, bucket] = await Promise.all([twilioPeer(), httpPeer(), s3Peer()]);
  const environment = {
    TWILIO_ACCOUNT_SID: "AC00000000000000000000000000000001",
    TWILIO_AUTH_TOKEN: TOKEN,
    TWILIO_FROM: "+15005550006",
    TWILIO_BASE_URL: texts.url,
    WAREHOUSE_URL: warehouse.url,
    DEAD_LETTER_BUCKET: "dead-letters",
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL: bucket.url,
    AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "a-secret",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});

/** A new module each time: a container that starts cold. */
beforeEach(() => {
  delete require.cache[bundle];
  ({ handler } = require(bundle) as { handler: DynamoDbStreamHandler });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([texts, warehouse, bucket].map((peer) => peer.close()));
});

async function invoke(
  file: string,
): Promise<{ readonly answer: unknown; readonly texts: unknown[]; readonly told: unknown[]; readonly kept: string[] }> {
  const event = JSON.parse(readFileSync(join(folder, "events", file), "utf8")) as DynamoDbStreamEvent;
  const before = [texts, warehouse, bucket].map((peer) => peer.received().length);
  const answer = await handler(event, context);
  const [sent = [], posted = [], put = []] = [texts, warehouse, bucket].map((peer, index) => peer.received().slice(before[index]));
  return {
    answer,
    texts: sent.map(({ fields }) => [fields["To"], fields["Body"]]),
    told: posted.map(({ operation, fields }) => [operation, (JSON.parse(textOf(fields["body"])) as { operation: string }).operation]),
    kept: put.map(({ fields }) => textOf(fields["key"] ?? fields["Key"]).replace(/[a-z2-7]{26}/, "ID")),
  };
}

function textOf(field: Value | undefined): string {
  return typeof field === "string" ? field : JSON.stringify(field);
}

const done = { batchItemFailures: [] };
const shipped = ["+15005550010", "Order o-1 is on its way."];

const cases = [
  { file: "insert.json", texts: [], told: [["POST /orders/o-1", "insert"]], kept: [] },
  { file: "modify.json", texts: [shipped], told: [["POST /orders/o-1", "update"]], kept: [] },
  { file: "remove.json", texts: [], told: [["POST /orders/o-1", "delete"]], kept: [] },
  { file: "ttl-delete.json", texts: [], told: [["POST /orders/o-2", "delete"]], kept: [] },
] as const;

describe("batches as DynamoDB sends them", () => {
  test.for(cases)("$file", async ({ file, ...expected }) => {
    expect(await invoke(file)).toEqual({ answer: done, ...expected });
  });

  test("mixed.json: one number that Twilio refuses is kept, all else happens, each order's changes in order", async () => {
    const { answer, texts, told, kept } = await invoke("mixed.json");
    expect(answer).toEqual(done);
    expect(texts).toEqual([shipped]);
    expect(kept).toEqual(["rejected/ID.json"]);
    const ofFirst = told.filter((one) => (one as string[])[0] === "POST /orders/o-1");
    expect(ofFirst.map((one) => (one as string[])[1])).toEqual(["insert", "update", "delete"]);
    expect(told).toHaveLength(6);
  });

  test("38 digits arrive whole", async () => {
    await invoke("mixed.json");
    const bodies = warehouse.received().map(({ fields }) => textOf(fields["body"]));
    expect(bodies.some((body) => body.includes("12345678901234567890123456789012345678"))).toBe(true);
  });

  test("what cannot even be kept comes again: the answer names its record", async () => {
    bucket.misbehave({ kind: "refuse-credentials" });
    const event = JSON.parse(readFileSync(join(folder, "events", "mixed.json"), "utf8")) as DynamoDbStreamEvent;
    const silent = vi.spyOn(console, "error").mockImplementation(() => undefined);
    try {
      expect(await handler(event, context)).toEqual({
        batchItemFailures: [{ itemIdentifier: event.Records[2]?.dynamodb?.SequenceNumber }],
      });
    } finally {
      bucket.misbehave(undefined);
      silent.mockRestore();
    }
  });
});

test("what is bundled reads no file of the project, and holds no secret", () => {
  const script = `process.chdir("/"); console.log(typeof require(${JSON.stringify(bundle)}).handler)`;
  expect(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }).trim()).toBe("function");
  expect(readFileSync(bundle, "utf8")).not.toContain(TOKEN);
});
