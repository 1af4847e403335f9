/** S3 as others built it, and where each differs from AWS's: docs/connectors/s3.md says the same. */
import { gunzipSync } from "node:zlib";
import { CreateBucketCommand, GetObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { s3 } from "@backstitch/connectors/s3";
import type { Outcome } from "@backstitch/core/connector";
import { Secret } from "@backstitch/core/connector";
import type { Row } from "@backstitch/core/values";
import { buildApp } from "fauxqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attempted, idOf } from "./support/attempted.ts";
import { keys, noCeph, startCeph, type Ceph } from "./support/ceph.ts";

const Bucket = "archive";
const LARGE = "x".repeat(9 * 1_048_576);

/** One store, spoken to by the connector and, to look at what came of it, by the SDK. */
function storeAt(endpoint: string) {
  const common = { region: "us-east-1", endpoint, forcePathStyle: true };
  const sdk = new S3Client({ ...common, credentials: keys });
  const { accessKeyId, secretAccessKey } = keys;
  return {
    sdk,
    does(action: string, args: Row, more: { readonly key?: string; readonly uncertain?: boolean; readonly secret?: string } = {}) {
      const { secret = secretAccessKey, ...rest } = more;
      const config = { ...common, bucket: Bucket, accessKeyId, secretAccessKey: new Secret(secret) };
      return attempted(s3, { config, action, args, ...rest });
    },
    async object(Key: string) {
      const { Body, ...object } = await sdk.send(new GetObjectCommand({ Bucket, Key }));
      return { ...object, bytes: Buffer.from((await Body?.transformToByteArray()) ?? []) };
    },
  };
}

type Store = ReturnType<typeof storeAt>;

const codeOf = (outcome: Outcome): string => (outcome.kind === "accepted" ? "accepted" : outcome.code);

/** What every store does as AWS's. */
function describeAlike(store: () => Store): void {
  test("an object of any name, with what it says of itself; and a copy of it", async () => {
    const args = { key: "dt=2026-01-01/b c+é.json", body: { n: 1 }, metadata: { who: "Zoë" } };
    expect(await store().does("put", args)).toMatchObject({
      kind: "accepted",
      receipt: { id: expect.stringMatching(/^[0-9a-f]{32}$/) as string },
    });
    expect(codeOf(await store().does("copy", { from: args.key, key: "copy é" }))).toBe("accepted");
    const copy = await store().object("copy é");
    expect(copy).toMatchObject({
      ContentType: "application/json",
      Metadata: { "backstitch-delivery": idOf("1"), who: "=?UTF-8?B?Wm/Dqw==?=" },
    });
    expect(copy.bytes.toString()).toBe('{"n":1}');
    expect(codeOf(await store().does("copy", { from: "nothing", key: "b" }))).toBe("S3_NoSuchKey");
  });

  test("one that is deleted, and one that was not there", async () => {
    await store().does("put", { key: "gone", body: "x" });
    for (const _time of [1, 2]) expect(codeOf(await store().does("delete", { key: "gone" }))).toBe("accepted");
    await expect(store().object("gone")).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  test("a large body in parts, of which none is left", async () => {
    const outcome = await store().does("put", { key: "large", body: LARGE });
    expect(outcome).toMatchObject({ kind: "accepted", receipt: { bytes: LARGE.length } });
    expect(outcome.kind === "accepted" && outcome.receipt["id"]).not.toBe("");
    const { bytes, Metadata } = await store().object("large");
    expect(bytes.equals(Buffer.from(LARGE))).toBe(true);
    expect(Metadata).toMatchObject({ "backstitch-delivery": idOf("1") });
    expect((await store().sdk.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
  });

  test("a record in an object of its own", async () => {
    const args = { prefix: "lake/dt=1/", record: { n: 1 } };
    expect(codeOf(await store().does("append", args))).toBe("accepted");
    const { Contents = [] } = await store().sdk.send(new ListObjectsV2Command({ Bucket, Prefix: "lake/" }));
    expect(Contents).toHaveLength(1);
    const { bytes, ContentEncoding } = await store().object(Contents[0]?.Key ?? "");
    expect(ContentEncoding).toBe("gzip");
    expect(gunzipSync(bytes).toString()).toBe(`{"n":1,"backstitchDeliveryId":"${idOf("1")}","backstitchHops":1}\n`);
  });

  test("a put whose answer was lost is found done, by whose object it is", async () => {
    await store().does("put", { key: "lost", body: "x" });
    const found = await store().does("put", { key: "lost", body: "x" }, { uncertain: true });
    expect(found).toMatchObject({ kind: "accepted", receipt: { reconciled: true } });
  });
}

describe("fauxqs", () => {
  const app = buildApp({ logger: false });
  let store: Store;
  beforeAll(async () => {
    store = storeAt(await app.listen({ host: "127.0.0.1", port: 0 }));
    await store.sdk.send(new CreateBucketCommand({ Bucket }));
  });
  afterAll(() => app.close());

  describeAlike(() => store);

  test("differs: it knows no condition, and ifAbsent overwrites what is there", async () => {
    await store.does("put", { key: "once", body: "first", ifAbsent: true }, { key: "first" });
    expect(codeOf(await store.does("put", { key: "once", body: "second", ifAbsent: true }, { key: "second" }))).toBe("accepted");
    expect((await store.object("once")).bytes.toString()).toBe("second");
  });

  test("differs: it takes any credentials", async () => {
    expect(codeOf(await store.does("put", { key: "whose", body: "x" }, { secret: "another" }))).toBe("accepted");
  });
});

describe.skipIf(noCeph !== undefined)(`Ceph's gateway${noCeph === undefined ? "" : `, which is not there: ${noCeph}`}`, () => {
  let ceph: Ceph;
  let store: Store;
  beforeAll(async () => {
    ceph = await startCeph();
    store = storeAt(ceph.url);
    await store.sdk.send(new CreateBucketCommand({ Bucket }));
  }, 120_000);
  afterAll(() => ceph?.stop());

  describeAlike(() => store);

  test("ifAbsent stores once; a repeat of the same delivery is done, and another delivery's is refused", async () => {
    const args = { key: "once", body: "first", ifAbsent: true };
    for (const _time of [1, 2]) expect(codeOf(await store.does("put", args, { key: "first" }))).toBe("accepted");
    expect(codeOf(await store.does("put", { ...args, body: "second" }, { key: "second" }))).toBe("S3_OBJECT_EXISTS");
    expect((await store.object("once")).bytes.toString()).toBe("first");
  });

  test("wrong credentials lock the service out", async () => {
    const outcome = await store.does("put", { key: "whose", body: "x" }, { secret: "another" });
    expect(outcome).toMatchObject({ kind: "locked-out", code: "S3_SignatureDoesNotMatch" });
  });

  test("differs: in parts it knows no condition, and ifAbsent overwrites what is there", async () => {
    await store.does("put", { key: "large once", body: "first" }, { key: "first" });
    const outcome = await store.does("put", { key: "large once", body: LARGE, ifAbsent: true }, { key: "second" });
    expect(outcome).toMatchObject({ kind: "accepted", receipt: { bytes: LARGE.length } });
    // Nor has it an ETag to tell of such an object.
    expect(outcome.kind === "accepted" && Object.keys(outcome.receipt)).toEqual(["bytes"]);
    expect((await store.object("large once")).bytes).toHaveLength(LARGE.length);
  });
});
