import { afterEach, describe, expect, test } from "vitest";
import type { AttemptContext, BatchedCall, Past } from "@backstitch/core/connector";
import { openService } from "@backstitch/core/runtime";
import { Decimal, type Row } from "@backstitch/core/values";
import { s3 } from "@backstitch/connectors/s3";
import { s3Peer } from "@backstitch/sandbox";
import { buildApp } from "fauxqs";
import { attempted, idOf } from "./support/attempted.ts";
import { awsConfig } from "./support/aws.ts";
import { canned } from "./support/canned.ts";
import { validate } from "./support/validate.ts";

const atEnd: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of atEnd.splice(0)) await end();
});

function callOf(record: Row, key: string, prefix = "orders/"): BatchedCall<never> {
  const attempt: AttemptContext = {
    deliveryId: idOf(key),
    number: 1,
    hops: 1,
    signal: new AbortController().signal,
    deadline: Date.now() + 10_000,
  };
  return { args: { prefix, record } as never, attempt };
}

async function open(config: object = {}, options: Parameters<typeof s3Peer>[0] = {}) {
  const peer = await s3Peer(options);
  const service = openService(
    { name: "archive", connector: s3, config: { ...awsConfig(peer.url), bucket: "archive", ...config } },
    validate,
  );
  atEnd.push(service.close, peer.close);
  const client = (await service.client()) as never;
  const batch = s3.actions.append.batch;
  if (batch === undefined) throw new Error("append gathers nothing");
  const run = (...calls: readonly BatchedCall<never>[]) => batch.run(client, calls, new AbortController().signal);
  return { peer, client, run, batch, config: { ...awsConfig(peer.url), bucket: "archive", ...config } };
}

describe("records of one prefix", () => {
  test("are the lines of one object, each with the id of its delivery", async () => {
    const { peer, run } = await open();
    const [first, second] = await run(callOf({ id: 2n ** 63n, price: Decimal.parse("12.50"), note: "a\nb" }, "1"), callOf({ id: 2 }, "2"));
    const lines = [
      `{"id":"9223372036854775808","price":"12.50","note":"a\\nb","backstitchDeliveryId":"${idOf("1")}","backstitchHops":1}`,
      `{"id":2,"backstitchDeliveryId":"${idOf("2")}","backstitchHops":1}`,
    ];
    expect(peer.received()).toMatchObject([
      {
        operation: "PutObject",
        fields: {
          key: expect.stringMatching(/^orders\/[0-9a-f]{32}\.ndjson\.gz$/) as string,
          body: `${lines.join("\n")}\n`,
          contentType: "application/x-ndjson",
          metadata: { "backstitch-records": "2" },
        },
        headers: { "content-encoding": "gzip" },
      },
    ]);
    expect(second).toEqual(first);
    const object = expect.stringMatching(/^[0-9a-f]{32}\.ndjson\.gz$/) as string;
    expect(first).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/) as string, object });
  });

  test("are the same object again where they are the same deliveries, and another where they are not", async () => {
    const { peer, run } = await open();
    const [one, two] = [callOf({ n: 1 }, "1"), callOf({ n: 2 }, "2")];
    await run(one, two);
    await run(two, one);
    await run(one);
    const keys = peer.received().map(({ fields }) => fields["key"]);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  test("cannot give themselves an id", async () => {
    const { peer, run } = await open();
    await run(callOf({ backstitchDeliveryId: idOf("2"), n: 1, backstitchHops: 9 }, "1"));
    expect(peer.received()[0]?.fields["body"]).toBe(`{"n":1,"backstitchDeliveryId":"${idOf("1")}","backstitchHops":1}\n`);
  });

  test("are gathered as the service says", async () => {
    const { client, batch } = await open({ append: { maxRecords: 7, maxBytes: 2_048, maxAgeSeconds: 0.5, openPrefixes: 3 } });
    expect(batch.limits(client)).toEqual({ calls: 7, bytes: 2_048, waitMs: 500, open: 3 });
    const usual = await open();
    expect(usual.batch.limits(usual.client)).toEqual({ calls: 5_000, bytes: 4_194_304, waitMs: 30_000, open: 16 });
    const line = `{"note":"é","backstitchDeliveryId":"${idOf("1")}","backstitchHops":1}\n`;
    expect(batch.bytes({ prefix: "a/", record: { note: "é" } })).toBeGreaterThanOrEqual(Buffer.byteLength(line));
  });

  test("are encrypted as the service says", async () => {
    const { peer, run } = await open({ serverSideEncryption: "aws:kms" });
    await run(callOf({ n: 1 }, "1"));
    expect(peer.received()[0]?.headers["x-amz-server-side-encryption"]).toBe("aws:kms");
  });

  test.each(["/orders/", "a//", "a/../", "./", "a\n/", `${"é".repeat(500)}/`, "undefined/"])("are refused under %j", async (prefix) => {
    const { peer, config } = await open();
    const outcome = await attempted(s3, { config, action: "append", args: { prefix, record: { n: 1 } } });
    expect(outcome).toMatchObject({ kind: "rejected", code: "ARGUMENTS_INVALID", reason: expect.stringContaining('"prefix"') as string });
    expect(peer.received()).toEqual([]);
  });
});

describe("after an attempt of which nobody knows whether it was done", () => {
  const args = { prefix: "orders/", record: { n: 1 } };
  const past = (more: object = {}): Past => ({
    own: async () => ({
      deliveryId: idOf("1"),
      recordedAt: Date.now(),
      receipts: [],
      doubts: 1,
      underWay: false,
      askedAgain: true,
      ...more,
    }),
    others: async () => [],
  });
  const again = { action: "append", args, uncertain: true } as const;

  test("its line is found in the object that it shares with others", async () => {
    const { peer, run, config } = await open();
    await run(callOf({ n: 0 }, "0"), callOf({ n: 1 }, "1"));
    await run(callOf({ n: 2 }, "2"));
    expect(await attempted(s3, { ...again, config, past: past() })).toMatchObject({ kind: "accepted", receipt: { reconciled: true } });
    expect(peer.received()).toHaveLength(2);
  });

  test.each([
    ["in another's record", { backstitchDeliveryId: idOf("1"), inside: { backstitchDeliveryId: idOf("1"), backstitchHops: 1 } }, "orders/"],
    ["in another's text", { text: `"backstitchDeliveryId":"${idOf("1")}","backstitchHops":1}\n` }, "orders/"],
    ["under another prefix", { n: 1 }, "orders/b/"],
  ])("its id %s is not its line", async (_name, record, prefix) => {
    const { peer, run, config } = await open();
    await run(callOf(record, prefix === "orders/" ? "2" : "1", prefix));
    expect(await attempted(s3, { ...again, config, past: past() })).toMatchObject({ kind: "accepted", receipt: { reconciled: false } });
    expect(peer.received()).toHaveLength(2);
  });

  test("what is not there yet is looked for again, and sent then", async () => {
    const { peer, config } = await open();
    expect(await attempted(s3, { ...again, config, past: past({ askedAgain: false }) })).toMatchObject({
      kind: "uncertain",
      retryAfterMs: 5_000,
    });
    expect(peer.received()).toEqual([]);
  });

  test("objects from long before it are not read", async () => {
    const { peer, run, config } = await open();
    await run(callOf({ n: 1 }, "1"));
    const outcome = await attempted(s3, { ...again, config, past: past({ recordedAt: Date.now() + 3_600_000 }) });
    expect(outcome).toMatchObject({ kind: "accepted", receipt: { reconciled: false } });
    expect(peer.received()).toHaveLength(2);
  });

  test("who may not list can be told nothing: it is held where its rule says so", async () => {
    await using server = await canned({ status: 403, body: "<Error><Code>AccessDenied</Code></Error>" });
    const config = { ...awsConfig(server.url), bucket: "archive" };
    expect(await attempted(s3, { ...again, config, past: past(), ifUncertain: "hold" })).toMatchObject({ code: "CANNOT_TELL" });
  });

  test("an independent S3 has the line, and shows it", async () => {
    const app = buildApp({ logger: false });
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    atEnd.push(() => app.close());
    await fetch(`${url}/archive`, { method: "PUT" });
    const config = { ...awsConfig(url), bucket: "archive", forcePathStyle: true };
    const daily = { ...args, prefix: "orders/dt=2026-01-01/hour=08/" };
    const first = await attempted(s3, { config, action: "append", args: daily });
    expect(first).toMatchObject({ kind: "accepted", receipt: { object: expect.stringMatching(/\.ndjson\.gz$/) as string } });
    // Its Content-Encoding is answered too, so that a client which heeds it reads lines.
    const name = first.kind === "accepted" ? (first.receipt["object"] as string) : "";
    const read = await fetch(`${url}/archive/${encodeURIComponent(daily.prefix).replaceAll("%2F", "/")}${name}`);
    expect(await read.text()).toBe(`{"n":1,"backstitchDeliveryId":"${idOf("1")}","backstitchHops":1}\n`);
    expect(await attempted(s3, { ...again, args: daily, config, past: past() })).toMatchObject({ receipt: { reconciled: true } });
    expect(await attempted(s3, { ...again, args: daily, config, past: past(), key: "2" })).toMatchObject({
      receipt: { reconciled: false },
    });
  });
});

test("what becomes of the object becomes of each", async () => {
  const { run } = await open({}, { buckets: ["others"] });
  await expect(run(callOf({ n: 1 }, "1"), callOf({ n: 2 }, "2"))).rejects.toMatchObject({ outcome: "locked-out" });
});
