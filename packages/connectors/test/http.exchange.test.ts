import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { getEventListeners } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { Receipt } from "@backstitch/core/connector";
import { http } from "@backstitch/connectors/http";
import { afterEach, describe, expect, test, vi } from "vitest";
import { answering } from "./support/answering.ts";

afterEach(() => vi.useRealTimers());

/** A service whose attempts have a signal of the test's own. */
async function connected(baseUrl: string) {
  const client = await http.connect({ baseUrl });
  return {
    request(signal: AbortSignal = new AbortController().signal): Promise<Receipt> | undefined {
      const attempt = { deliveryId: "1", number: 1, signal, deadline: Date.now() + 10_000, hops: 1 };
      return http.actions["request"]?.run(client, { path: "x" }, attempt);
    },
    [Symbol.asyncDispose]: async () => http.close?.(client),
  };
}

/** Once the HTTP client says so on the channel. */
function once(channel: string, then: () => void): void {
  const told = (): void => {
    unsubscribe(channel, told);
    then();
  };
  subscribe(channel, told);
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

describe("an attempt's abort", () => {
  const aborted = { outcome: "uncertain", code: "NETWORK_ABORTERROR" };

  test("before the request: nothing is sent", async () => {
    await using far = await answering((response) => response.end());
    await using service = await connected(far.url);
    await expect(service.request(AbortSignal.abort())).rejects.toMatchObject(aborted);
    expect(far.requests).toEqual([]);
  });

  test("before the request, to a host that cannot be reached: that tells more", async () => {
    const url = `http://127.0.0.1:${await unusedPort()}`;
    await using service = await connected(url);
    await expect(service.request(AbortSignal.abort())).rejects.toMatchObject({ outcome: "unavailable", code: "NETWORK_ECONNREFUSED" });
  });

  test("while it connects: nothing is sent", async () => {
    await using far = await answering((response) => response.end());
    const cut = new AbortController();
    once("undici:client:beforeConnect", () => cut.abort());
    await using service = await connected(far.url);
    await expect(service.request(cut.signal)).rejects.toMatchObject(aborted);
    expect(far.requests).toEqual([]);
  });

  test("while the answer is waited for", async () => {
    const cut = new AbortController();
    await using far = await answering(() => cut.abort());
    await using service = await connected(far.url);
    await expect(service.request(cut.signal)).rejects.toMatchObject(aborted);
  });

  test("with a reason of its own", async () => {
    const cut = new AbortController();
    await using far = await answering(() => cut.abort(Object.assign(new Error("late"), { name: "TimeoutError" })));
    await using service = await connected(far.url);
    await expect(service.request(cut.signal)).rejects.toMatchObject({ outcome: "uncertain", code: "NETWORK_TIMEOUTERROR" });
  });

  test("after an informational answer", async () => {
    const cut = new AbortController();
    await using far = await answering((response) => response.writeEarlyHints({ link: "</a>; rel=preload" }, () => cut.abort()));
    await using service = await connected(far.url);
    await expect(service.request(cut.signal)).rejects.toMatchObject(aborted);
  });

  test("while the answer's body comes leaves the status believed, and cuts the connection", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const cut = new AbortController();
    const closed = Promise.withResolvers<void>();
    await using far = await answering((response) => void response.on("close", closed.resolve).writeHead(201).write("x"));
    once("undici:request:bodyChunkReceived", () => setImmediate(() => cut.abort()));
    await using service = await connected(far.url);
    expect(await service.request(cut.signal)).toEqual({ status: 201 });
    await closed.promise;
  });

  test("is listened for no longer than the request takes", async () => {
    await using far = await answering((response) => response.end());
    const { signal } = new AbortController();
    await using service = await connected(far.url);
    await service.request(signal);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("the answer", () => {
  test("is the one after those that only inform", async () => {
    await using far = await answering((response) => {
      response.writeProcessing();
      response.writeEarlyHints({ link: "</a>; rel=preload" }, () => response.writeHead(202).end());
    });
    await using service = await connected(far.url);
    expect(await service.request()).toEqual({ status: 202 });
  });

  test.each([101, 100])("is not HTTP where it says %i", async (status) => {
    await using far = await answering((response) =>
      response.socket?.end(`HTTP/1.1 ${status} Odd\r\nconnection: upgrade\r\nupgrade: odd\r\n\r\n`),
    );
    await using service = await connected(far.url);
    await expect(service.request()).rejects.toMatchObject({ code: "NETWORK_UND_ERR_SOCKET" });
  });
});

describe("a body", () => {
  test("that comes later is waited for: only then is the connection free again", async () => {
    const events: string[] = [];
    await using far = await answering((response) => {
      response.writeHead(200).write("x");
      once("undici:request:bodyChunkReceived", () => setImmediate(() => events.push("end") && response.end()));
    });
    await using service = await connected(far.url);
    await service.request()?.then(() => events.push("receipt"));
    expect(events).toEqual(["end", "receipt"]);
  });

  test("that takes too long cuts the connection", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const closed = Promise.withResolvers<void>();
    await using far = await answering((response) => void response.on("close", closed.resolve).writeHead(200).write("x"));
    once("undici:request:bodyChunkReceived", () => setImmediate(() => vi.advanceTimersByTime(2_000)));
    await using service = await connected(far.url);
    expect(await service.request()).toEqual({ status: 200 });
    await closed.promise;
  });

  // The clock stands still: only what has come or is announced can end the wait.
  test.each([
    ["announced", { "content-length": "65537" }, 1],
    ["sent", {}, 65_537],
  ])("that is %s too large cuts the connection", async (_name, headers, length) => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const closed = Promise.withResolvers<void>();
    await using far = await answering(
      (response) => void response.on("close", closed.resolve).writeHead(200, headers).write("x".repeat(length)),
    );
    await using service = await connected(far.url);
    expect(await service.request()).toEqual({ status: 200 });
    await closed.promise;
  });
});
