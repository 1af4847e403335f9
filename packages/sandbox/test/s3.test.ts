import { describe, expect, test } from "vitest";
import { s3Peer, type S3PeerOptions } from "@backstitch/sandbox";
import { ask, codeOf, type Wire } from "./support/aws.ts";

async function once(wire: Omit<Wire, "url">, options: S3PeerOptions = {}) {
  const peer = await s3Peer(options);
  try {
    const heard = await ask({ url: peer.url, method: "PUT", path: "/archive/a.txt", body: "hello", ...wire });
    return { heard, received: peer.received() };
  } finally {
    await peer.close();
  }
}

const chunked = {
  "content-encoding": "aws-chunked",
  "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  "x-amz-decoded-content-length": "5",
};
const framed = "3;chunk-signature=0\r\nhel\r\n2\r\nlo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";

describe("an object is taken", () => {
  const rows: readonly { name: string; wire: Omit<Wire, "url">; fields: object }[] = [
    { name: "as it is", wire: {}, fields: { bucket: "archive", key: "a.txt", body: "hello", contentType: "application/octet-stream" } },
    { name: "its key decoded", wire: { path: "/archive/a%20b/%C3%A9%2F" }, fields: { key: "a b/é/" } },
    { name: "with dots in its key", wire: { path: "/archive/a/../b" }, fields: { key: "a/../b" } },
    {
      name: "its bucket in the host",
      wire: { path: "/a/b", headers: { host: "archive.localhost:1" } },
      fields: { bucket: "archive", key: "a/b" },
    },
    { name: "with the right MD5", wire: { headers: { "content-md5": "XUFAKrxLKna5cZ2REBfFkg==" } }, fields: { body: "hello" } },
    { name: "with the right CRC32", wire: { headers: { "x-amz-checksum-crc32": "NhCmhg==" } }, fields: { body: "hello" } },
    { name: "in chunks with a trailer", wire: { headers: chunked, body: framed }, fields: { body: "hello" } },
    { name: "with metadata", wire: { headers: { "x-amz-meta-rule": "r" } }, fields: { metadata: { rule: "r" } } },
  ];
  test.each(rows)("$name", async ({ wire, fields }) => {
    const { heard, received } = await once(wire);
    expect(heard).toMatchObject({ status: 200, headers: { etag: '"5d41402abc4b2a76b9719d911017c592"' } });
    expect(received).toMatchObject([{ operation: "PutObject", fields }]);
  });
});

describe("what S3 refuses", () => {
  const rows: readonly { name: string; wire: Omit<Wire, "url">; status: number; code: string; options?: S3PeerOptions }[] = [
    { name: "a wrong MD5", wire: { headers: { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" } }, status: 400, code: "BadDigest" },
    { name: "a wrong CRC32", wire: { headers: { "x-amz-checksum-crc32": "AAAAAA==" } }, status: 400, code: "BadDigest" },
    {
      name: "a wrong SHA-256",
      wire: { headers: { "x-amz-content-sha256": "0".repeat(64) } },
      status: 400,
      code: "XAmzContentSHA256Mismatch",
    },
    { name: "a wrong trailer", wire: { headers: chunked, body: framed.replace("NhCmhg", "AAAAAA") }, status: 400, code: "BadDigest" },
    { name: "chunks that end too soon", wire: { headers: chunked, body: framed.slice(0, 25) }, status: 400, code: "IncompleteBody" },
    {
      name: "a chunk longer than it says",
      wire: { headers: chunked, body: framed.replace("hel", "hell") },
      status: 400,
      code: "IncompleteBody",
    },
    {
      name: "chunks of another length",
      wire: { headers: { ...chunked, "x-amz-decoded-content-length": "6" }, body: framed },
      status: 400,
      code: "IncompleteBody",
    },
    { name: "a long key", wire: { path: `/archive/${"k".repeat(1_025)}` }, status: 400, code: "KeyTooLongError" },
    { name: "much metadata", wire: { headers: { "x-amz-meta-a": "x".repeat(2_048) } }, status: 400, code: "MetadataTooLarge" },
    { name: "what it does not do: tags", wire: { path: "/archive/a?tagging" }, status: 501, code: "NotImplemented" },
    { name: "a copy of nothing", wire: { headers: { "x-amz-copy-source": "/a/b" } }, status: 404, code: "NoSuchKey" },
    { name: "a path that is no UTF-8", wire: { path: "/archive/%ff" }, status: 400, code: "InvalidArgument" },
    { name: "no signature", wire: { headers: { authorization: "" } }, status: 403, code: "AccessDenied" },
    { name: "a bucket that is not there", wire: {}, status: 404, code: "NoSuchBucket", options: { buckets: ["others"] } },
    {
      name: "another owner",
      wire: { headers: { "x-amz-expected-bucket-owner": "1" } },
      status: 403,
      code: "AccessDenied",
      options: { owner: "2" },
    },
    { name: "an object that is not there", wire: { method: "GET", body: "" }, status: 404, code: "NoSuchKey" },
    { name: "a method that is none", wire: { method: "POST" }, status: 405, code: "MethodNotAllowed" },
    { name: "If-Match where nothing is", wire: { headers: { "if-match": '"x"' } }, status: 412, code: "PreconditionFailed" },
    {
      name: "a condition in a conflict",
      wire: { headers: { "if-none-match": "*" } },
      status: 409,
      code: "ConditionalRequestConflict",
      options: { conflicts: 1 },
    },
  ];
  test.each(rows)("$name: $code", async ({ wire, status, code, options }) => {
    const { heard, received } = await once(wire, options);
    expect([heard.status, codeOf(heard)]).toEqual([status, code]);
    expect(received).toEqual([]);
  });
});

test("an object comes back, is listed, and goes", async () => {
  const peer = await s3Peer();
  const at = (method: string, path: string, headers: Record<string, string> = {}, body = "") =>
    ask({ url: peer.url, method, path, headers, body });
  for (const key of ["a/1", "a/2", "b/1", "c"])
    await at("PUT", `/archive/${key}`, { "content-type": "text/plain", "x-amz-meta-k": key }, key);
  expect(await at("GET", "/archive/a/1")).toMatchObject({
    status: 200,
    body: "a/1",
    headers: { "content-type": "text/plain", "x-amz-meta-k": "a/1" },
  });
  expect(await at("HEAD", "/archive/a/1")).toMatchObject({ status: 200, body: "", headers: { "content-length": "3" } });
  expect((await at("PUT", "/archive/c", { "if-none-match": "*" })).status).toBe(412);
  expect((await at("GET", "/archive?list-type=2&delimiter=/")).body).toMatch(
    /<CommonPrefixes><Prefix>a\/<\/Prefix>.*<Prefix>b\/<\/Prefix>.*<Key>c<\/Key>/,
  );
  const page = await at("GET", "/archive?list-type=2&max-keys=3");
  const token = /<NextContinuationToken>([^<]+)</.exec(page.body)?.[1] ?? "";
  expect(page.body).toContain("<IsTruncated>true</IsTruncated>");
  expect((await at("GET", `/archive?list-type=2&continuation-token=${token}`)).body.match(/<Key>[^<]*<\/Key>/g)).toEqual(["<Key>c</Key>"]);
  expect((await at("DELETE", "/archive/c")).status).toBe(204);
  expect((await at("HEAD", "/archive/c")).status).toBe(404);
  expect(peer.received().map(({ operation }) => operation)).toEqual([...Array<string>(4).fill("PutObject"), "DeleteObject"]);
  await peer.close();
});

test.each([
  [{ kind: "throttle" }, 503, "SlowDown"],
  [{ kind: "status", status: 500 }, 500, "InternalError"],
  [{ kind: "status", status: 503 }, 503, "ServiceUnavailable"],
  [{ kind: "refuse-credentials" }, 403, "InvalidAccessKeyId"],
] as const)("misbehaves as S3 does: %j", async (fault, status, code) => {
  const peer = await s3Peer();
  peer.misbehave(fault, 1);
  const heard = await ask({ url: peer.url, method: "PUT", path: "/archive/a", body: "b" });
  expect([heard.status, codeOf(heard)]).toEqual([status, code]);
  expect(peer.received()).toEqual([]);
  await peer.close();
});
