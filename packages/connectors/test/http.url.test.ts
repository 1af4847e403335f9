import type { LookupAddress } from "node:dns";
import { createServer, type AddressInfo } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { createHttp, http } from "@backstitch/connectors/http";
import { describe, expect, test } from "vitest";
import { answering } from "./support/answering.ts";
import { open } from "./support/open.ts";
import { validate } from "./support/validate.ts";

/** Answers each look-up with the next addresses, then with the last ones again. */
function lookups(...answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const lookup = (host: string, _options: object, done: (error: null, addresses: LookupAddress[]) => void): void => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(host);
    const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    setImmediate(() => done(null, found));
  };
  return { asked, lookup };
}

const REFUSED = { outcome: "rejected", code: "HTTP_ADDRESS" };

describe("the address that is dialled", () => {
  test.each([
    "http://127.0.0.1",
    "http://localhost",
    "http://0x7f.1",
    "http://2130706433",
    "http://0177.0.0.1",
    "http://0",
    "http://[::1]",
    "http://[::ffff:127.0.0.1]",
    "http://[::]",
    "http://127.1",
    "http://①②⑦.0.0.1",
  ])("is not that of a server here, which %s leads to", async (host) => {
    await using far = await answering((response) => response.end());
    const { port } = new URL(far.url);
    await using service = open(http, { allowHosts: [`http://*:${port}`] });
    const outcome = await service.attempt("request", { url: `${host}:${port}/hook` });
    expect(outcome).toMatchObject({ kind: "rejected", code: "HTTP_ADDRESS" });
    expect(far.connections()).toBe(0);
  });

  test("is what the service allows", async () => {
    await using far = await answering((response) => response.end());
    const { port } = new URL(far.url);
    const service = createHttp({ allowHosts: [`http://*:${port}`], allowAddresses: ["127.0.0.0/8"] }, lookups(["127.0.0.1"]));
    expect(await service.request({ url: `http://inside.example:${port}/hook?a=1`, query: { b: 2 }, body: "x" })).toEqual({ status: 200 });
    expect(far.requests).toMatchObject([{ method: "POST", target: "/hook?a=1&b=2", headers: { host: `inside.example:${port}` } }]);
    await service.close();
  });

  test("is the one that was looked at: a name that leads elsewhere at the next look-up does not get past", async () => {
    await using outside = await answering((response) => response.writeHead(200, { connection: "close" }).end());
    const { port } = new URL(outside.url);
    // Of the two loopback addresses one stands for a public host, the other for what is inside; one server listens on both.
    const names = lookups(["127.0.0.1"], ["127.0.0.2"]);
    const service = createHttp({ allowHosts: [`http://*:${port}`], allowAddresses: ["127.0.0.1/32"] }, names);
    const url = `http://rebinds.example:${port}/`;
    expect(await service.request({ url })).toEqual({ status: 200 });
    expect(names.asked).toEqual(["rebinds.example"]);
    await expect(service.request({ url })).rejects.toMatchObject(REFUSED);
    expect(names.asked).toEqual(["rebinds.example", "rebinds.example"]);
    expect(outside.connections()).toBe(1);
    await service.close();
  });

  test("is none where one of a name's addresses does not pass", async () => {
    await using far = await answering((response) => response.end());
    const { port } = new URL(far.url);
    const names = lookups(["127.0.0.1", "10.0.0.1"]);
    const service = createHttp({ allowHosts: [`http://*:${port}`], allowAddresses: ["127.0.0.0/8"] }, names);
    await expect(service.request({ url: `http://both.example:${port}/secret-path` })).rejects.toMatchObject({
      ...REFUSED,
      message: `The "url" names both.example, which is at 10.0.0.1, a private address: only what the service's "allowAddresses" has is dialled inside.`,
    });
    expect(far.connections()).toBe(0);
    await service.close();
  });

  test("does not become the name that TLS is told", async () => {
    const told = Promise.withResolvers<string>();
    const server = createTlsServer({
      SNICallback: (name, done) => {
        told.resolve(name);
        done(new Error("no certificate"));
      },
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    const service = createHttp({ allowHosts: [`*.example:${port}`], allowAddresses: ["127.0.0.0/8"] }, lookups(["127.0.0.1"]));
    await expect(service.request({ url: `https://hooks.example:${port}/` })).rejects.toMatchObject({ outcome: "unavailable" });
    expect(await told.promise).toBe("hooks.example");
    await service.close();
    await new Promise((closed) => server.close(closed));
  });

  test("is not looked at where ops wrote it", async () => {
    await using far = await answering((response) => response.end());
    await using service = open(http, { baseUrl: far.url.replace("127.0.0.1", "localhost"), allowHosts: ["hooks.example"] });
    expect(await service.attempt("request", { path: "x" })).toMatchObject({ kind: "accepted" });
  });

  test("a name without one: nothing was sent", async () => {
    const service = createHttp({ allowHosts: ["*"] }, lookups([]));
    await expect(service.request({ url: "https://nowhere.example/" })).rejects.toMatchObject({
      outcome: "unavailable",
      code: "NETWORK_ENOTFOUND",
    });
    await service.close();
  });
});

test("a connection that was looked at is used again, and closing the service ends it", async () => {
  const ended = Promise.withResolvers<void>();
  await using far = await answering((response) => {
    if (far.requests.length === 1) response.socket?.on("close", ended.resolve);
    response.end("ok");
  });
  const { port } = new URL(far.url);
  const names = lookups(["127.0.0.1"]);
  const service = createHttp({ allowHosts: [`http://*.example:${port}`], allowAddresses: ["127.0.0.1/32"] }, names);
  for (let n = 0; n < 4; n += 1) await service.request({ url: `http://hooks.example:${port}/${n}` });
  // Not one: the pool opens a second where the next request comes before the first connection has been put back.
  expect(names.asked.length).toBeLessThanOrEqual(2);
  expect(far.connections()).toBe(names.asked.length);
  await service.close();
  await ended.promise;
});

test("a redirect to what must not be dialled is not followed", async () => {
  const inside = createServer();
  let visits = 0;
  inside.on("connection", (socket) => void ((visits += 1), socket.destroy()));
  await new Promise<void>((listening) => inside.listen(0, "127.0.0.1", listening));
  const location = `http://127.0.0.1:${(inside.address() as AddressInfo).port}/`;
  await using far = await answering((response) => response.writeHead(307, { location }).end());
  const { port } = new URL(far.url);
  await using service = open(http, { allowHosts: [`http://localhost:${port}`], allowAddresses: ["127.0.0.0/8", "::1/128"] });
  const outcome = await service.attempt("request", { url: `http://localhost:${port}/` });
  expect(outcome).toMatchObject({
    kind: "rejected",
    code: "HTTP_307",
    reason: expect.stringContaining("give the address that it leads to") as string,
  });
  expect(visits).toBe(0);
  await new Promise((closed) => inside.close(closed));
});

describe("the host of a url", () => {
  const rows: readonly (readonly [allowed: string, url: string, may: boolean])[] = [
    ["hooks.example.com", "https://hooks.example.com/x", true],
    ["hooks.example.com", "HTTPS://HOOKS.Example.COM:443/x", true],
    ["Hooks.Example.com", "https://hooks.example.com/x", true],
    ["hooks.example.com", "http://hooks.example.com/x", false],
    ["hooks.example.com", "https://hooks.example.com:8443/x", false],
    ["hooks.example.com:8443", "https://hooks.example.com:8443/x", true],
    ["hooks.example.com:8443", "https://hooks.example.com/x", false],
    ["http://hooks.example.com", "http://hooks.example.com/x", true],
    ["http://hooks.example.com", "https://hooks.example.com/x", false],
    ["hooks.example.com", "https://evil-hooks.example.com/x", false],
    ["hooks.example.com", "https://hooks.example.com.evil.example/x", false],
    ["hooks.example.com", "https://evil.example/hooks.example.com", false],
    ["hooks.example.com", "https://evil.example/?@hooks.example.com", false],
    ["hooks.example.com", "https://evil.example#@hooks.example.com", false],
    ["hooks.example.com", "https://hooks.example.com./x", false],
    ["*.example.com", "https://a.example.com/x", true],
    ["*.example.com", "https://b.a.example.com/x", true],
    ["*.example.com", "https://example.com/x", false],
    ["*.example.com", "https://notexample.com/x", false],
    ["*.example.com:8443", "https://a.example.com:8443/x", true],
    ["bücher.example", "https://xn--bcher-kva.example/x", true],
    ["*", "https://anything.example/x", true],
    ["*", "http://anything.example/x", false],
    ["*", "https://anything.example:22/x", false],
    ["*:8443", "https://anything.example:8443/x", true],
  ];
  test.each(rows)("%s and %s: %s", async (allowed, url, may) => {
    await using far = await answering((response) => response.end());
    await using service = open(http, { allowHosts: ["other.example", allowed], standIn: far.url });
    const outcome = await service.attempt("request", { url });
    expect(outcome).toMatchObject(may ? { kind: "accepted" } : { kind: "rejected", code: "HTTP_HOST" });
    expect(far.requests.map(({ headers }) => headers.host)).toEqual(may ? [new URL(url).host] : []);
  });

  test.each(["", "a b", "https://", "hooks.example.com/x", "user@hooks.example.com", "ftp://a", "*.", "**.a", "a?b", "*.10.0.0.1"])(
    "%j is none that a service can allow",
    async (allowed) => {
      await using service = open(http, { allowHosts: [allowed] });
      expect(await service.attempt("request", { url: "https://a/" })).toMatchObject({ kind: "locked-out", code: "HTTP_ALLOW_HOSTS" });
    },
  );
});

test.each([
  "",
  "/x",
  "//hooks.example/x",
  "hooks.example/x",
  "ftp://hooks.example/x",
  "file:///etc/passwd",
  "gopher://hooks.example",
  "data:text/plain,x",
  "https:\\\\hooks.example",
  "https://hooks.example/a b",
  "https://hooks.example/\r\nx",
  "https://hooks.exa\tmple/",
  " https://hooks.example",
  "https://ada@hooks.example/",
  "https://:hunter2@hooks.example/",
  "https://",
  "https://hooks.example:99999/",
])("%j is no url", async (url) => {
  await using service = open(http, { allowHosts: ["hooks.example", "http://hooks.example"] });
  const outcome = await service.attempt("request", { url });
  expect(outcome).toMatchObject({ kind: "rejected", code: "ARGUMENTS_INVALID" });
  expect(JSON.stringify(outcome)).not.toMatch(/ada@|hunter2|passwd/);
});

test("a request goes to a path or a url, and the service must have where to", async () => {
  const faults = validate(http.actions.request.args);
  expect(faults({ path: "x", url: "https://a/" })).not.toEqual([]);
  expect(faults({})).not.toEqual([]);
  expect(validate(http.config)({})).not.toEqual([]);
  const service = createHttp({ allowHosts: ["a.example"] });
  await expect(service.request({ path: "x" })).rejects.toMatchObject({ outcome: "rejected", code: "HTTP_TARGET" });
  await expect(service.request({ path: "x", url: "https://a.example" })).rejects.toMatchObject({
    outcome: "rejected",
    code: "HTTP_TARGET",
  });
});
