import { createS3, s3 } from "@backstitch/connectors/s3";
import { s3Peer } from "@backstitch/sandbox";
import { buildApp } from "fauxqs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { accessKeyId, awsConfig, secretAccessKey, sessionToken } from "./support/aws.ts";

const DAY_MS = 86_400_000;

afterEach(() => void vi.useRealTimers());

async function linking<Result>(
  made: (calls: ReturnType<typeof createS3>, url: string) => Promise<Result>,
  config: object = {},
): Promise<Result> {
  const peer = await s3Peer({
    buckets: ["archive", "others"],
    objects: { "a/1 é+.txt": "one" },
    owner: "123456789012",
    credentials: { accessKeyId, secretAccessKey },
  });
  const calls = createS3({ ...awsConfig(peer.url), bucket: "archive", forcePathStyle: true, ...config });
  try {
    return await made(calls, peer.url);
  } finally {
    await calls.close();
    await peer.close();
  }
}

describe("a link", () => {
  test("gets the object, whoever has it, until its time is over", async () => {
    await linking(async (calls, url) => {
      const link = await calls.link({ key: "a/1 é+.txt", expiresIn: "7d" });
      expect(link.startsWith(`${url}/archive/a/1%20%C3%A9%2B.txt?`)).toBe(true);
      expect(new URL(link).searchParams.get("X-Amz-Expires")).toBe("604800");
      expect(await got(link)).toEqual([200, "one"]);
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 7 * DAY_MS - 60_000 });
      expect(await got(link)).toEqual([200, "one"]);
      vi.setSystemTime(Date.now() + 120_000);
      expect(await got(link)).toEqual([403, expect.stringContaining("AccessDenied")]);
    });
  });

  test("works for an hour unless it is told how long", async () => {
    const link = await linking((calls) => calls.link({ key: "k" }));
    expect(new URL(link).searchParams.get("X-Amz-Expires")).toBe("3600");
  });

  test.each([
    ["another object", (link: string) => link.replace("/a/1", "/a/2")],
    ["a longer time", (link: string) => link.replace("X-Amz-Expires=3600", "X-Amz-Expires=604800")],
    ["another signature", (link: string) => link.replace(/Signature=../, "Signature=00")],
  ])("is of no use for %s", async (_, change) => {
    await linking(async (calls) => {
      expect(await got(change(await calls.link({ key: "a/1 é+.txt" })))).toEqual([403, expect.stringContaining("SignatureDoesNotMatch")]);
    });
  });

  test("cannot write", async () => {
    await linking(async (calls) => {
      const answer = await fetch(await calls.link({ key: "a/1 é+.txt" }), { method: "PUT", body: "two" });
      expect(answer.status).toBe(403);
    });
  });

  test.each([
    ["the account that must own it", { expectedBucketOwner: "123456789012" }, {}, 200],
    ["another account", { expectedBucketOwner: "999999999999" }, {}, 403],
    ["another bucket, of which the owner is not known", { expectedBucketOwner: "999999999999" }, { bucket: "others" }, 404],
  ])("asks for the bucket of %s", async (_, config, args, status) => {
    await linking(async (calls) => expect((await got(await calls.link({ key: "a/1 é+.txt", ...args })))[0]).toBe(status), config);
  });

  test("of temporary credentials has their token and no secret", async () => {
    const link = await linking((calls) => calls.link({ key: "k" }));
    expect(new URL(link).searchParams.get("X-Amz-Security-Token")).toBe(sessionToken);
    expect(link).not.toContain(secretAccessKey);
  });

  test.each([
    ["8d", "at most 7d"],
    ["169h", "at most 7d"],
    ["0s", "at least 1s"],
  ])("is not made for %s", async (expiresIn, says) => {
    await expect(linking((calls) => calls.link({ key: "k", expiresIn }))).rejects.toMatchObject({
      outcome: "rejected",
      message: expect.stringContaining(says) as string,
    });
  });

  test("has nothing wrong where nothing is known of it yet", () => {
    expect(s3.link.faults?.({})).toEqual([]);
    expect(s3.link.faults?.({ key: "a//b" })).toHaveLength(1);
  });

  test("works with a store that others wrote", async () => {
    const app = buildApp({ logger: false });
    const url = (await app.listen({ port: 0, host: "127.0.0.1" })).replace("localhost", "127.0.0.1");
    const calls = createS3({ ...awsConfig(url), bucket: "shop", forcePathStyle: true });
    try {
      await fetch(`${url}/shop`, { method: "PUT" });
      await calls.put({ key: "a/1.txt", body: "one" });
      expect(await got(await calls.link({ key: "a/1.txt" }))).toEqual([200, "one"]);
    } finally {
      await calls.close();
      await app.close();
    }
  });
});

async function got(link: string): Promise<readonly [number, string]> {
  const answer = await fetch(link);
  return [answer.status, await answer.text()];
}
