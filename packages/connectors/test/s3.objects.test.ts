import { describe, expect, test } from "vitest";
import { S3Client, GetObjectCommand, HeadObjectCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { buildApp } from "fauxqs";
import type { Row } from "@backstitch/core/values";
import { s3 } from "@backstitch/connectors/s3";
import { s3Peer } from "@backstitch/sandbox";
import { s3Failures } from "../src/s3/failures.ts";
import { attempted, idOf } from "./support/attempted.ts";
import { accessKeyId, awsConfig, secretAccessKey } from "./support/aws.ts";
import { canned } from "./support/canned.ts";

const MB = 1_048_576;

async function does(action: string, args: Row, config: object = {}) {
  const peer = await s3Peer({ buckets: ["archive", "others"], objects: { "a/1 é.txt": "one" } });
  try {
    const outcome = await attempted(s3, { config: { ...awsConfig(peer.url), bucket: "archive", ...config }, action, args });
    return { outcome, received: peer.received() };
  } finally {
    await peer.close();
  }
}

describe("copying", () => {
  test("an object, by a name of any characters", async () => {
    const { outcome, received } = await does("copy", { from: "a/1 é.txt", key: "b+/2%.txt" });
    expect(received).toMatchObject([{ operation: "CopyObject", fields: { key: "b+/2%.txt", source: "archive/a/1 é.txt" } }]);
    expect(outcome).toMatchObject({ kind: "accepted", receipt: { id: expect.stringMatching(/^[0-9a-f]{32}$/) as string } });
  });

  test.each([
    ["no object of that name", { from: "a/2.txt", key: "b" }, "rejected", "S3_NoSuchKey"],
    ["a bucket that is not there", { from: "a/1 é.txt", key: "b", fromBucket: "nowhere" }, "locked-out", "S3_NoSuchBucket"],
    ["a name that climbs", { from: "a/../b", key: "b" }, "rejected", "ARGUMENTS_INVALID"],
    ["a copy whose name climbs", { from: "a/1 é.txt", key: "a/../b" }, "rejected", "ARGUMENTS_INVALID"],
  ])("%s", async (_name, args, kind, code) => {
    expect(await does("copy", args)).toMatchObject({ outcome: { kind, code }, received: [] });
  });

  test.each(["InternalError", "SlowDown"])("an answer 200 that says %s is a failure", async (code) => {
    await using server = await canned({ status: 200, body: `<?xml version="1.0"?><Error><Code>${code}</Code></Error>` });
    const outcome = await attempted(s3, {
      config: { ...awsConfig(server.url), bucket: "archive" },
      action: "copy",
      args: { from: "a", key: "b" },
    });
    expect(outcome).toMatchObject({ kind: code === "SlowDown" ? "throttled" : "uncertain", code: `S3_${code}` });
  });
});

describe("deleting", () => {
  test("an object, and one that is not there", async () => {
    for (const key of ["a/1 é.txt", "a/2.txt"]) {
      const { outcome, received } = await does("delete", { key });
      expect(received).toMatchObject([{ operation: "DeleteObject", fields: { bucket: "archive", key } }]);
      expect(outcome).toMatchObject({ kind: "accepted" });
    }
  });

  test.each(["a/../b", "/a", "a//b"])("never by a name that may be another's: %s", async (key) => {
    expect(await does("delete", { key })).toMatchObject({ outcome: { kind: "rejected", code: "ARGUMENTS_INVALID" }, received: [] });
  });
});

describe("encryption", () => {
  const kms = { serverSideEncryption: "aws:kms", kmsKeyId: "alias/archive" };
  const rows: readonly (readonly [name: string, config: object, headers: object])[] = [
    ["none is asked for", {}, { "": undefined, "-aws-kms-key-id": undefined, "-bucket-key-enabled": undefined }],
    ["by S3's keys", { serverSideEncryption: "AES256" }, { "": "AES256", "-bucket-key-enabled": undefined }],
    ["by a key in KMS", kms, { "": "aws:kms", "-aws-kms-key-id": "alias/archive", "-bucket-key-enabled": "true" }],
    ["without a bucket key", { ...kms, bucketKeyEnabled: false }, { "-bucket-key-enabled": "false" }],
    ["twice", { ...kms, serverSideEncryption: "aws:kms:dsse" }, { "": "aws:kms:dsse", "-bucket-key-enabled": undefined }],
  ];
  test.each(rows)("%s", async (_name, config, headers) => {
    const args = { put: { key: "a", body: "b" }, copy: { from: "a/1 é.txt", key: "b" } };
    for (const action of ["put", "copy"] as const) {
      const { received } = await does(action, args[action], config);
      for (const [name, value] of Object.entries(headers)) {
        expect(received[0]?.headers[`x-amz-server-side-encryption${name}`], name).toBe(value);
      }
    }
  });

  test("a key without a kind is refused before anything is sent", async () => {
    expect(await does("put", { key: "a", body: "b" }, { kmsKeyId: "alias/archive" })).toMatchObject({
      outcome: { kind: "locked-out", code: "S3_ENCRYPTION_INCOMPLETE" },
      received: [],
    });
  });
});

describe("a body of more than 8 MB", () => {
  const args = { key: "large", body: `${"x".repeat(9 * MB)}y`, metadata: { rule: "r" }, contentType: "text/csv" };

  test("goes in parts, with its headers", async () => {
    const { outcome, received } = await does("put", args, { serverSideEncryption: "aws:kms" });
    const metadata = { rule: "r", "backstitch-delivery": idOf("1") };
    expect(received).toMatchObject([
      { operation: "CompleteMultipartUpload", fields: { key: "large", contentType: "text/csv", metadata, body: args.body } },
    ]);
    expect(outcome).toMatchObject({ kind: "accepted", receipt: { bytes: 9 * MB + 1 } });
  });

  test("is stored once where nothing is, and known as ours by the next attempt", async () => {
    const peer = await s3Peer({ conflicts: 1 });
    const config = { ...awsConfig(peer.url), bucket: "archive" };
    const once = { config, action: "put", args: { ...args, ifAbsent: true } };
    expect(await attempted(s3, once)).toMatchObject({ kind: "unavailable", code: "S3_ConditionalRequestConflict" });
    expect((await attempted(s3, once)).kind).toBe("accepted");
    expect((await attempted(s3, once)).kind).toBe("accepted");
    expect(await attempted(s3, { ...once, key: "another" })).toMatchObject({ kind: "rejected", code: "S3_OBJECT_EXISTS" });
    expect(peer.received()).toHaveLength(1);
    await peer.close();
  });

  const began = { status: 200, body: "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>" };
  const part = { status: 200, headers: { etag: '"e"' } };
  test.each([
    ["beginning fails: nothing is there", [{ status: 500 }], "unavailable", 1],
    ["a part fails: nothing is there, and the upload is let go of", [began, { status: 500 }], "unavailable", 4],
    ["the last request fails: it may be there", [began, part, part, { status: 500 }], "uncertain", 5],
    [
      "the last request answers 200 and fails then",
      [began, part, part, { status: 200, body: "<Error><Code>InternalError</Code></Error>" }],
      "uncertain",
      5,
    ],
    [
      "somebody else ended the upload",
      [began, part, part, { status: 404, body: "<Error><Code>NoSuchUpload</Code></Error>" }],
      "unavailable",
      5,
    ],
  ])("%s", async (_name, answers, kind, asked) => {
    const [first = part, ...others] = answers;
    await using server = await canned(first, ...others);
    const outcome = await attempted(s3, { config: { ...awsConfig(server.url), bucket: "archive" }, action: "put", args });
    expect(outcome.kind).toBe(kind);
    expect(server.asked()).toBe(asked);
  });
});

describe("every code of the table", () => {
  test.each(Object.entries(s3Failures.codes))("%s", async (code, [kind]) => {
    const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message></Error>`;
    await using server = await canned({ status: kind === "uncertain" ? 500 : 400, body });
    const config = { ...awsConfig(server.url), bucket: "archive" };
    const outcome = await attempted(s3, { config, action: "put", args: { key: "a", body: "b" } });
    expect(outcome).toMatchObject({ kind, code: `S3_${code}` });
  });
});

test("an independent S3 copies, deletes, and takes parts", async () => {
  const app = buildApp({ logger: false });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const client = new S3Client({
    region: "eu-central-1",
    endpoint: url,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  const Bucket = "archive";
  try {
    await fetch(`${url}/archive`, { method: "PUT" });
    const config = { ...awsConfig(url), bucket: "archive", forcePathStyle: true };
    const args = { key: "dt=2026-01-01/großer Text.txt", body: "x".repeat(9 * MB), metadata: { rule: "r" } };
    expect(await attempted(s3, { config, action: "put", args })).toMatchObject({ kind: "accepted", receipt: { bytes: 9 * MB } });
    const copied = await attempted(s3, { config, action: "copy", args: { from: args.key, key: "copy é" } });
    expect(copied.kind).toBe("accepted");
    const copy = await client.send(new GetObjectCommand({ Bucket, Key: "copy é" }));
    expect(copy).toMatchObject({ Metadata: { rule: "r", "backstitch-delivery": idOf("1") }, ContentLength: 9 * MB });
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
    expect((await attempted(s3, { config, action: "delete", args: { key: args.key } })).kind).toBe("accepted");
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: args.key }))).rejects.toMatchObject({ name: "NotFound" });
    expect((await attempted(s3, { config, action: "delete", args: { key: args.key } })).kind).toBe("accepted");
    expect(await attempted(s3, { config, action: "copy", args: { from: args.key, key: "b" } })).toMatchObject({ code: "S3_NoSuchKey" });
  } finally {
    client.destroy();
    await app.close();
  }
});
