import { describe, expect, test } from "vitest";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { buildApp } from "fauxqs";
import { describeConnector } from "@backstitch/core/testing";
import { Decimal, type Row, type Value } from "@backstitch/core/values";
import { s3 } from "@backstitch/connectors/s3";
import { s3Peer } from "@backstitch/sandbox";
import { attempted, idOf } from "./support/attempted.ts";
import { accessKeyId, awsConfig, secretAccessKey, sessionToken } from "./support/aws.ts";
import { canned } from "./support/canned.ts";
import { validate } from "./support/validate.ts";

const person = "jane.canary@shop.example";

describeConnector(s3, {
  validate,
  secrets: [secretAccessKey, sessionToken],
  recipients: [person],
  config: (url) => ({ ...awsConfig(url), bucket: "archive" }),
  actions: {
    put: { args: (nth) => ({ key: `orders/${person}/${nth}.json`, body: { n: nth }, ifAbsent: nth % 2 === 0 }), peer: () => s3Peer() },
    append: { args: (nth) => ({ prefix: `orders/${person}/`, record: { n: nth } }), peer: () => s3Peer() },
    copy: {
      args: (nth) => ({ from: `orders/${person}.json`, key: `copies/${person}/${nth}.json` }),
      peer: () => s3Peer({ buckets: ["archive"], objects: { [`orders/${person}.json`]: "{}" } }),
    },
    delete: { args: (nth) => ({ key: `orders/${person}/${nth}.json` }), peer: () => s3Peer() },
  },
});

async function put(args: Row, config: object = {}) {
  const peer = await s3Peer({ owner: "111122223333" });
  try {
    const outcome = await attempted(s3, { config: { ...awsConfig(peer.url), bucket: "archive", ...config }, action: "put", args });
    return { outcome, received: peer.received() };
  } finally {
    await peer.close();
  }
}

describe("bodies", () => {
  const rows: readonly (readonly [name: string, body: Value, stored: Value, contentType: string])[] = [
    ["text", "héllo 東京", "héllo 東京", "text/plain; charset=utf-8"],
    ["no text", "", "", "text/plain; charset=utf-8"],
    ["text that looks like JSON", "{}", "{}", "text/plain; charset=utf-8"],
    ["half a character, as the sign for one", "a\ud83d", "a\ufffd", "text/plain; charset=utf-8"],
    ["a row", { b: 1, a: null }, '{"b":1,"a":null}', "application/json"],
    ["a list", [1, "2"], '[1,"2"]', "application/json"],
    [
      "large and exact numbers",
      { id: 2n ** 63n, price: Decimal.parse("12.50") },
      '{"id":"9223372036854775808","price":"12.50"}',
      "application/json",
    ],
    ["numbers that JSON lacks", { a: NaN, b: -Infinity }, '{"a":"NaN","b":"-Infinity"}', "application/json"],
    ["bytes", { base64: "AP/+" }, { base64: "AP/+" }, "application/octet-stream"],
    ["a row with a field base64 among others", { base64: "AP/+", b: 1 }, '{"base64":"AP/+","b":1}', "application/json"],
  ];
  test.each(rows)("%s", async (_name, body, stored, contentType) => {
    const { outcome, received } = await put({ key: "a/b.json", body });
    expect(received).toMatchObject([{ operation: "PutObject", fields: { bucket: "archive", key: "a/b.json", body: stored, contentType } }]);
    expect(outcome).toMatchObject({ kind: "accepted", receipt: { id: expect.stringMatching(/^[0-9a-f]{32}$/) as string } });
  });

  test("16 MB arrive", async () => {
    const { outcome } = await put({ key: "large", body: "x".repeat(16 * 1_048_576) });
    expect(outcome).toMatchObject({ kind: "accepted", receipt: { bytes: 16 * 1_048_576 } });
  });

  test.each([
    ["base64 that is none", { base64: "not base64" }, "ARGUMENTS_INVALID"],
    ["an exact number alone", Decimal.parse("1.5"), "S3_BODY_INVALID"],
  ])("refused: %s", async (_name, body, code) => {
    expect(await put({ key: "a", body })).toMatchObject({ outcome: { kind: "rejected", code }, received: [] });
  });
});

describe("keys", () => {
  test.each(["a", "a/b/c.json", "dt=2026-01-01/é 東京+&?#%.txt", "a/..b/.c/d.", "x".repeat(1_024), "undefinedness/null"])(
    "stored: %j",
    async (key) => {
      const { outcome, received } = await put({ key, body: "b" });
      expect(received).toMatchObject([{ fields: { key } }]);
      expect(JSON.stringify(outcome)).not.toContain(JSON.stringify(key));
    },
  );

  test.each([
    "/a",
    "a//b",
    "a/../b",
    "..",
    "a/.",
    "./a",
    "a\nb",
    "a\u0000",
    "a\u007fb",
    "é".repeat(513),
    "a/undefined.json",
    "[object Object]/a",
    "a\ud83d/b",
  ])("refused: %j", async (key) => {
    const { outcome, received } = await put({ key, body: "b" });
    expect(outcome).toMatchObject({ kind: "rejected", code: "ARGUMENTS_INVALID" });
    expect(received).toEqual([]);
  });

  test("an empty key is no argument", async () => {
    expect((await put({ key: "", body: "b" })).outcome).toMatchObject({ kind: "rejected", code: "ARGUMENTS_INVALID" });
  });
});

test("an object says through how many deliveries it came to be", async () => {
  const peer = await s3Peer({ owner: "111122223333" });
  const config = { ...awsConfig(peer.url), bucket: "archive" };
  await attempted(s3, { config, action: "put", args: { key: "a", body: "b" }, hops: 3 });
  await peer.close();
  expect(peer.received()).toMatchObject([{ fields: { metadata: { "backstitch-hops": "4" } } }]);
});

describe("headers", () => {
  const rows: readonly (readonly [name: string, args: Row, fields: object])[] = [
    ["a content type of its own", { contentType: "application/x-ndjson" }, { contentType: "application/x-ndjson" }],
    ["the delivery's id", {}, { metadata: { "backstitch-delivery": idOf("1"), "backstitch-hops": "1" } }],
    ["metadata", { metadata: { Rule: "low-stock", note: " a b " } }, { metadata: { rule: "low-stock", note: "a b" } }],
    [
      "metadata in another script",
      { metadata: { who: "Zoë 東京" } },
      { metadata: { who: `=?UTF-8?B?${Buffer.from("Zoë 東京").toString("base64")}?=` } },
    ],
    [
      "metadata with line breaks, in one line",
      { metadata: { who: "a\r\nx-amz-acl: public-read" } },
      { metadata: { who: expect.stringMatching(/^=\?UTF-8\?B\?[A-Za-z0-9+/=]+\?=$/) as string } },
    ],
  ];
  test.each(rows)("%s", async (_name, args, fields) => {
    const { outcome, received } = await put({ key: "a", body: "b", ...args });
    expect(outcome.kind).toBe("accepted");
    expect(received).toMatchObject([{ fields }]);
  });

  test.each([
    ["a name that is no header's", { metadata: { "a b": "c" } }, "ARGUMENTS_INVALID"],
    ["the delivery's own name", { metadata: { "Backstitch-Delivery": "c" } }, "ARGUMENTS_INVALID"],
    ["the name of its hops", { metadata: { "backstitch-Hops": "0" } }, "ARGUMENTS_INVALID"],
    ["too much metadata", { metadata: { a: "x".repeat(2_048) } }, "ARGUMENTS_INVALID"],
    ["a second header in the content type", { contentType: "text/plain\r\nx-amz-acl: public-read" }, "ARGUMENTS_INVALID"],
  ])("refused: %s", async (_name, args, code) => {
    expect(await put({ key: "a", body: "b", ...args })).toMatchObject({ outcome: { kind: "rejected", code }, received: [] });
  });

  test.each([
    ["the checksum by default", {}, { "x-amz-checksum-crc32": "NhCmhg==" }],
    ["none where none is required", { requestChecksumCalculation: "WHEN_REQUIRED" }, { "x-amz-checksum-crc32": undefined }],
    ["the expected owner", { expectedBucketOwner: "111122223333" }, { "x-amz-expected-bucket-owner": "111122223333" }],
  ])("%s", async (_name, config, headers) => {
    const { received } = await put({ key: "a", body: "hello" }, config);
    for (const [name, value] of Object.entries(headers)) expect(received[0]?.headers[name]).toBe(value);
  });

  test("another owner than the expected one gets nothing", async () => {
    const { outcome, received } = await put({ key: "a", body: "b" }, { expectedBucketOwner: "999999999999" });
    expect(outcome).toMatchObject({ kind: "rejected", code: "S3_AccessDenied" });
    expect(received).toEqual([]);
  });
});

describe("storing only where nothing is", () => {
  const object = { key: "once.json", body: { n: 1 }, ifAbsent: true };
  async function withPeer(
    options: Parameters<typeof s3Peer>[0],
    use: (at: { peer: Awaited<ReturnType<typeof s3Peer>>; config: object }) => Promise<void>,
  ) {
    const peer = await s3Peer(options);
    try {
      await use({ peer, config: { ...awsConfig(peer.url), bucket: "archive" } });
    } finally {
      await peer.close();
    }
  }

  test("an object of somebody else's stays", () =>
    withPeer({}, async ({ peer, config }) => {
      await attempted(s3, { config, action: "put", args: object, key: "first" });
      const outcome = await attempted(s3, { config, action: "put", args: object, key: "second" });
      expect(outcome).toMatchObject({ kind: "rejected", code: "S3_OBJECT_EXISTS" });
      expect(peer.received()).toHaveLength(1);
    }));

  test("an object that an earlier attempt of ours left is success", () =>
    withPeer({}, async ({ peer, config }) => {
      peer.misbehave({ kind: "lost-response" }, 1);
      expect((await attempted(s3, { config, action: "put", args: object })).kind).toBe("uncertain");
      const outcome = await attempted(s3, { config, action: "put", args: object });
      expect(outcome).toMatchObject({ kind: "accepted", receipt: { id: expect.stringMatching(/^[0-9a-f]{32}$/) as string, bytes: 7 } });
      expect(peer.received()).toHaveLength(1);
    }));

  test("another write at the same time: later", () =>
    withPeer({ conflicts: 1 }, async ({ config }) => {
      expect(await attempted(s3, { config, action: "put", args: object })).toMatchObject({
        kind: "unavailable",
        code: "S3_ConditionalRequestConflict",
      });
      expect((await attempted(s3, { config, action: "put", args: object })).kind).toBe("accepted");
    }));

  const exists = { status: 412, body: "<Error><Code>PreconditionFailed</Code></Error>" };
  test.each([
    [
      "it may not be looked at",
      403,
      { kind: "rejected", code: "S3_OBJECT_EXISTS", reason: expect.stringContaining("s3:GetObject") as string },
    ],
    ["it is gone again", 404, { kind: "unavailable", code: "S3_OBJECT_VANISHED" }],
    ["looking fails", 500, { kind: "uncertain" }],
  ])("it exists, but %s", async (_name, status, result) => {
    await using server = await canned(exists, { status });
    expect(await attempted(s3, { config: { ...awsConfig(server.url), bucket: "archive" }, action: "put", args: object })).toMatchObject(
      result,
    );
    expect(server.asked()).toBe(2);
  });

  test.each([
    ["somebody else's object", 200, "CANNOT_TELL"],
    ["an object that may not be looked at", 403, "CANNOT_TELL"],
    ["a refusal without a reason", 400, "CANNOT_TELL"],
  ])("after an uncertain attempt with hold, %s is no answer", async (_name, status, code) => {
    await using server = await canned({ status });
    const config = { ...awsConfig(server.url), bucket: "archive" };
    const outcome = await attempted(s3, { config, action: "put", args: { key: "a", body: "b" }, uncertain: true, ifUncertain: "hold" });
    expect(outcome).toMatchObject({ kind: "uncertain", code });
  });
});

test("after an uncertain attempt with hold, nothing there means that it was not done: it is done now", async () => {
  const peer = await s3Peer();
  const config = { ...awsConfig(peer.url), bucket: "archive" };
  const outcome = await attempted(s3, { config, action: "put", args: { key: "a", body: "b" }, uncertain: true, ifUncertain: "hold" });
  expect(outcome.kind).toBe("accepted");
  expect(peer.received()).toHaveLength(1);
  await peer.close();
});

test("credentials that have expired since an uncertain attempt lock the service out, and the delivery is kept", async () => {
  const expired = { status: 400, body: "<Error><Code>ExpiredToken</Code></Error>" };
  // An answer to HEAD has no body, and so no code.
  await using server = await canned({ status: 400 }, expired);
  const config = { ...awsConfig(server.url), bucket: "archive" };
  const outcome = await attempted(s3, { config, action: "put", args: { key: "a", body: "b" }, uncertain: true });
  expect(outcome).toMatchObject({ kind: "locked-out", code: "S3_ExpiredToken" });
});

test("a bucket that is not there locks the service out", async () => {
  const peer = await s3Peer({ buckets: ["others"] });
  const outcome = await attempted(s3, {
    config: { ...awsConfig(peer.url), bucket: "archive" },
    action: "put",
    args: { key: "a", body: "b" },
  });
  expect(outcome).toMatchObject({ kind: "locked-out", code: "S3_NoSuchBucket" });
  await peer.close();
});

test("an independent S3 takes the object and gives it back", async () => {
  const app = buildApp({ logger: false });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const client = new S3Client({
    region: "eu-central-1",
    endpoint: url,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  try {
    await fetch(`${url}/archive`, { method: "PUT" });
    const key = "dt=2026-01-01/Zoë & co.json";
    const config = { ...awsConfig(url), bucket: "archive", forcePathStyle: true };
    const args = { key, body: { who: "Zoë" }, metadata: { rule: "low-stock" } };
    const outcome = await attempted(s3, { config, action: "put", args });
    const object = await client.send(new GetObjectCommand({ Bucket: "archive", Key: key }));
    expect(await object.Body?.transformToString()).toBe('{"who":"Zoë"}');
    expect(object).toMatchObject({ ContentType: "application/json", Metadata: { rule: "low-stock", "backstitch-delivery": idOf("1") } });
    expect(outcome).toMatchObject({ kind: "accepted", receipt: { id: object.ETag?.replaceAll('"', "") } });
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: "archive" }));
    expect(Contents?.map((found) => found.Key)).toEqual([key]);
    expect(await attempted(s3, { config, action: "put", args, uncertain: true })).toMatchObject({
      kind: "accepted",
      receipt: { reconciled: true },
    });
  } finally {
    client.destroy();
    await app.close();
  }
});
