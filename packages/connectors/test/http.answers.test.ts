import { createServer, type AddressInfo } from "node:net";
import { Secret } from "@backstitch/core/connector";
import { http } from "@backstitch/connectors/http";
import { describe, expect, test } from "vitest";
import { answering } from "./support/answering.ts";
import { open } from "./support/open.ts";

describe("what an answer means", () => {
  const rows: readonly [status: number, headers: Record<string, string>, expected: object][] = [
    [201, {}, { kind: "accepted", receipt: { status: 201 } }],
    [204, {}, { kind: "accepted", receipt: { status: 204 } }],
    [301, { location: "/elsewhere" }, { kind: "rejected", code: "HTTP_301" }],
    [304, {}, { kind: "rejected", code: "HTTP_304" }],
    [307, { location: "/elsewhere" }, { kind: "rejected", code: "HTTP_307" }],
    [400, {}, { kind: "rejected", code: "HTTP_400" }],
    [401, {}, { kind: "locked-out", code: "HTTP_401" }],
    [403, {}, { kind: "rejected" }],
    [404, {}, { kind: "rejected" }],
    [408, {}, { kind: "unavailable" }],
    [409, { "retry-after": "2" }, { kind: "unavailable", retryAfterMs: 2_000 }],
    [410, {}, { kind: "rejected" }],
    [425, {}, { kind: "unavailable" }],
    [429, { "retry-after": "99999999" }, { kind: "throttled", retryAfterMs: 3_600_000 }],
    [500, {}, { kind: "uncertain" }],
    [503, { "retry-after": "3" }, { kind: "uncertain", retryAfterMs: 3_000 }],
    [504, {}, { kind: "uncertain" }],
  ];
  test.each(rows)("%i %o", async (status, headers, expected) => {
    await using far = await answering((response) =>
      response.writeHead(status, headers).end(status === 204 || status === 304 ? "" : "said ada@example.org"),
    );
    await using service = open(http, { baseUrl: `${far.url}/T0/secret-in-path`, bearerToken: new Secret("t0ken") });
    const outcome = await service.attempt("request", { path: "x" });
    expect(outcome).toMatchObject(expected);
    expect(far.requests).toHaveLength(1);
    expect(JSON.stringify(outcome)).not.toMatch(/ada@|secret-in-path/);
  });

  test("401 where the service has no credentials is about the request", async () => {
    await using far = await answering((response) => response.writeHead(401).end());
    await using service = open(http, { baseUrl: far.url });
    expect(await service.attempt("request", { path: "x" })).toMatchObject({ kind: "rejected", code: "HTTP_401" });
  });

  test("409 to a repeat may be about our own earlier attempt", async () => {
    await using far = await answering((response) => response.writeHead(409).end());
    await using service = open(http, { baseUrl: far.url });
    expect(await service.attempt("request", { path: "x" }, { attempts: 1 })).toMatchObject({ kind: "uncertain", code: "HTTP_409" });
  });

  test("an answer that is not HTTP", async () => {
    const server = createServer((socket) => socket.on("error", () => {}).once("data", () => socket.end("SSH-2.0-OpenSSH\r\n\r\n")));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    await using service = open(http, { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    expect(await service.attempt("request", { path: "x" })).toMatchObject({ kind: "uncertain", code: "HTTP_UNREADABLE" });
    await new Promise((closed) => server.close(closed));
  });

  test("https to a server that does not speak it: nothing was sent", async () => {
    await using far = await answering((response) => response.end());
    await using service = open(http, { baseUrl: far.url.replace("http:", "https:") });
    expect(await service.attempt("request", { path: "x" })).toMatchObject({ kind: "unavailable" });
  });

  test("a host that does not exist", async () => {
    await using service = open(http, { baseUrl: "http://nowhere.invalid" });
    expect(await service.attempt("request", { path: "x" })).toMatchObject({ kind: "unavailable" });
  });
});

describe("the connection", () => {
  test("is used again after a body that was read to its end, small or large", async () => {
    await using far = await answering((response) => response.end("x".repeat(40_000)));
    await using service = open(http, { baseUrl: far.url });
    for (let n = 0; n < 5; n += 1) expect(await service.attempt("request", { path: "x" })).toMatchObject({ kind: "accepted" });
    // Not one: the pool opens a second where the next request comes before the first connection has been put back.
    expect(far.connections()).toBeLessThanOrEqual(2);
  });

  test("a body without end is dropped, and the status believed", async () => {
    await using far = await answering((response) => {
      const more = (): void => void (response.destroyed || response.write("x".repeat(65_536), () => setImmediate(more)));
      more();
    });
    await using service = open(http, { baseUrl: far.url });
    expect(await service.attempt("request", { path: "x" })).toMatchObject({ kind: "accepted" });
    expect(await service.attempt("request", { path: "x" })).toMatchObject({ kind: "accepted" });
  });

  test("a body that never comes is not waited for", async () => {
    await using far = await answering((response) => response.writeHead(200).write("x"));
    await using service = open(http, { baseUrl: far.url });
    expect(await service.attempt("request", { path: "x" })).toMatchObject({ kind: "accepted" });
  });

  test("a body that breaks off leaves the status believed", async () => {
    await using far = await answering((response) => {
      response.writeHead(200, { "content-length": "100" }).write("half", () => response.socket?.resetAndDestroy());
    });
    await using service = open(http, { baseUrl: far.url });
    expect(await service.attempt("request", { path: "x" })).toMatchObject({ kind: "accepted" });
  });
});
