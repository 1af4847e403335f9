import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { Peer } from "@backstitch/core/testing";
import { s3Peer } from "@backstitch/sandbox";
import { accessKeyId, secretAccessKey } from "./support/aws.ts";

// The SDK as it comes, signing for real: it must not be able to tell the stand-in from S3.
const Bucket = "archive";
let peer: Peer;
let client: S3Client;
beforeAll(async () => {
  peer = await s3Peer({ credentials: { accessKeyId, secretAccessKey } });
  client = new S3Client({ region: "eu-central-1", endpoint: peer.url, credentials: { accessKeyId, secretAccessKey } });
});
afterAll(async () => {
  client.destroy();
  await peer.close();
});

test("a stream in signed chunks with a checksum behind it arrives whole", async () => {
  const Body = Readable.from([Buffer.alloc(70_000, "a"), Buffer.alloc(10, "b")]);
  await client.send(new PutObjectCommand({ Bucket, Key: "stream", Body, ContentLength: 70_010, ContentType: "text/plain" }));
  const object = await client.send(new GetObjectCommand({ Bucket, Key: "stream", ChecksumMode: "ENABLED" }));
  expect(object).toMatchObject({ ContentType: "text/plain", ContentLength: 70_010, ChecksumCRC32: expect.any(String) as string });
  expect(await object.Body?.transformToString()).toBe(`${"a".repeat(70_000)}${"b".repeat(10)}`);
});

test("a condition on the ETag is kept", async () => {
  const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key: "cas", Body: "1" }));
  await client.send(new PutObjectCommand({ Bucket, Key: "cas", Body: "2", IfMatch: ETag }));
  await expect(client.send(new PutObjectCommand({ Bucket, Key: "cas", Body: "3", IfMatch: ETag }))).rejects.toMatchObject({
    name: "PreconditionFailed",
  });
});

test("pages, prefixes and what is gone", async () => {
  for (const key of ["p/a&b", "p/c", "p/d/1", "q"]) await client.send(new PutObjectCommand({ Bucket, Key: key, Body: key }));
  const listed = await client.send(new ListObjectsV2Command({ Bucket, Prefix: "p/", Delimiter: "/", MaxKeys: 2 }));
  expect(listed).toMatchObject({ IsTruncated: true, Contents: [{ Key: "p/a&b", Size: 5 }, { Key: "p/c" }] });
  const rest = await client.send(
    new ListObjectsV2Command({ Bucket, Prefix: "p/", Delimiter: "/", ContinuationToken: listed.NextContinuationToken }),
  );
  expect(rest).toMatchObject({ IsTruncated: false, CommonPrefixes: [{ Prefix: "p/d/" }] });
  await client.send(new DeleteObjectCommand({ Bucket, Key: "q" }));
  await expect(client.send(new HeadObjectCommand({ Bucket, Key: "q" }))).rejects.toMatchObject({ name: "NotFound" });
  await expect(client.send(new GetObjectCommand({ Bucket, Key: "q" }))).rejects.toMatchObject({ name: "NoSuchKey" });
});
