import { inspect } from "node:util";
import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { loadSdk } from "../src/shared/load-sdk.ts";
import { networkFailure } from "../src/shared/network-failure.ts";
import { retryAfterMs } from "../src/shared/retry-after.ts";

describe("Retry-After", () => {
  const now = Date.parse("2026-11-23T12:00:00Z");
  const rows: readonly [header: unknown, ms: number | undefined][] = [
    ["7", 7_000],
    [" 7 ", 7_000],
    ["0", 0],
    ["1.5", 1_500],
    [["3", "4"], 3_000],
    [5, 5_000],
    ["99999999999999999999", 3_600_000],
    ["Mon, 23 Nov 2026 12:00:30 GMT", 30_000],
    ["Monday, 23-Nov-26 12:00:30 GMT", 30_000],
    ["Mon, 23 Nov 2026 11:00:00 GMT", 0],
    ["Mon, 23 Nov 2099 12:00:00 GMT", 3_600_000],
    ["-5", undefined],
    ["soon", undefined],
    ["2026-11-23", undefined],
    ["Mon, 99 Nov 2026", undefined],
    ["", undefined],
    [undefined, undefined],
    [null, undefined],
  ];
  test.each(rows)("%j is %j ms", (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });

  test("whatever the header, it is nothing or from 0 to an hour", () => {
    const seconds = fc.nat({ max: 4_000_000_000 });
    const header = fc.oneof(
      fc.string(),
      seconds.map(String),
      seconds.map((n) => new Date(n * 1_000).toUTCString()),
    );
    fc.assert(
      fc.property(header, (header) => {
        const ms = retryAfterMs(header, now) ?? 0;
        expect(ms >= 0 && ms <= 3_600_000).toBe(true);
      }),
    );
  });
});

describe("Retry-After in the oldest form", () => {
  const here = process.env["TZ"];
  afterEach(() => {
    if (here === undefined) delete process.env["TZ"];
    else process.env["TZ"] = here;
  });
  test.each(["UTC", "America/New_York", "Asia/Tokyo"])("is in GMT on a machine in %s", (zone) => {
    process.env["TZ"] = zone;
    const now = Date.parse("2026-11-23T12:00:00Z");
    expect(retryAfterMs("Mon Nov 23 12:00:30 2026", now)).toBe(30_000);
    expect(retryAfterMs("Sun Nov  1 12:00:30 2026", now)).toBe(0);
    expect(retryAfterMs("Mon, 23 Nov 2026 12:00:30 GMT", now)).toBe(30_000);
  });
});

describe("network errors", () => {
  const error = (fields: object): Error => Object.assign(new Error("about hunter2"), fields);
  const circular = error({ code: "ERR_WRAPPED" });
  circular.cause = error({ code: "EPIPE", cause: circular });
  const rows: readonly [name: string, error: unknown, outcome: string | undefined, code?: string][] = [
    ["refused", error({ code: "ECONNREFUSED" }), "unavailable", "NETWORK_ECONNREFUSED"],
    ["of several addresses", new AggregateError([error({ code: "EHOSTUNREACH" })], "all failed"), "unavailable", "NETWORK_EHOSTUNREACH"],
    ["deep down", error({ cause: error({ cause: error({ code: "ENOTFOUND" }) }) }), "unavailable", "NETWORK_ENOTFOUND"],
    ["a certificate", error({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" }), "unavailable"],
    ["no route to it", error({ code: "EHOSTUNREACH", syscall: "connect" }), "unavailable"],
    ["the route went while it was listened to", error({ code: "EHOSTUNREACH", syscall: "read" }), "uncertain"],
    ["the network went while it was written to", error({ cause: error({ code: "ENETDOWN", syscall: "write" }) }), "uncertain"],
    ["reset", error({ code: "ECONNRESET", syscall: "read" }), "uncertain"],
    ["reset while connecting", error({ code: "ECONNRESET", syscall: "connect" }), "unavailable"],
    ["reset while connecting, told by the cause", error({ code: "ECONNRESET", cause: error({ syscall: "connect" }) }), "unavailable"],
    [
      "hung up during the handshake",
      Object.assign(new Error("Client network socket disconnected before secure TLS connection was established"), { code: "ECONNRESET" }),
      "unavailable",
    ],
    ["timed out while connecting", error({ code: "ETIMEDOUT", syscall: "connect" }), "unavailable"],
    ["timed out", error({ code: "ETIMEDOUT" }), "uncertain"],
    ["undici could not connect in time", error({ code: "UND_ERR_CONNECT_TIMEOUT" }), "unavailable"],
    ["undici's socket", error({ code: "UND_ERR_SOCKET" }), "uncertain"],
    ["aborted", new DOMException("aborted", "AbortError"), "uncertain", "NETWORK_ABORTERROR"],
    ["timed out by a signal", new DOMException("too long", "TimeoutError"), "uncertain"],
    ["circular", circular, "uncertain", "NETWORK_EPIPE"],
    ["not the network's", new TypeError("x is not a function"), undefined],
    ["a property of all objects", error({ code: "constructor" }), undefined],
    ["no error", "ECONNREFUSED", undefined],
    ["nothing", undefined, undefined],
  ];
  test.each(rows)("%s", (_name, error, outcome, code) => {
    const failure = networkFailure(error, "Acme");
    expect(failure?.outcome).toBe(outcome);
    if (code !== undefined) expect(failure?.code).toBe(code);
    expect(inspect(failure, { depth: Infinity, showHidden: true })).not.toContain("hunter2");
    if (failure !== undefined) expect(failure.message).toMatch(/^Acme .*\([A-Za-z_]+\)\.$/);
  });
});

describe("loading an SDK", () => {
  test("one that is not installed says what to install", async () => {
    const name: string = "backstitch-has-no-such-package";
    await expect(loadSdk("acme", name, () => import(name))).rejects.toMatchObject({
      outcome: "locked-out",
      code: "SDK_MISSING",
      message: expect.stringContaining(`npm install ${name}`) as string,
    });
  });

  test("one that a bundler gives as a default alone has its names", async () => {
    const sdk = { Client: Map, Command: Set };
    const given = (): Promise<unknown> => Promise.resolve({ default: sdk });
    expect(await loadSdk("acme", "acme", given)).toMatchObject(sdk);
    const callable = Object.assign(() => "called", { Client: sdk.Client });
    expect(await loadSdk("acme", "acme", () => Promise.resolve({ default: callable }))).toEqual({ default: callable, Client: sdk.Client });
  });

  test("another mistake while loading is not hidden", async () => {
    await expect(loadSdk("acme", "acme", () => Promise.reject(new TypeError("broken")))).rejects.toThrow(TypeError);
  });
});
