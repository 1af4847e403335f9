import { createHmac } from "node:crypto";
import { Secret } from "@backstitch/core/connector";
import { Decimal, type Row, type Value } from "@backstitch/core/values";
import { http } from "@backstitch/connectors/http";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signatureHeaders, signingKey } from "../src/http/sign.ts";
import { answering, type SeenRequest } from "./support/answering.ts";
import { open } from "./support/open.ts";
import { validate } from "./support/validate.ts";

const FORM = "application/x-www-form-urlencoded";

async function sent(args: Row, config: object = {}, id?: string) {
  await using far = await answering((response) => response.end());
  await using service = open(http, { baseUrl: far.url, ...config });
  const outcome = await service.attempt("request", args, id === undefined ? {} : { id });
  return { outcome, request: far.requests[0] as SeenRequest, count: far.requests.length };
}

describe("the path stays under the base", () => {
  const taken: readonly [base: string, path: string, target: string][] = [
    ["", "", "/"],
    ["", "orders", "/orders"],
    ["", "/orders", "/orders"],
    ["/", "orders", "/orders"],
    ["/v1", "", "/v1"],
    ["/v1/", "", "/v1/"],
    ["/v1", "orders/7", "/v1/orders/7"],
    ["/v1/", "/orders/7/", "/v1/orders/7/"],
    ["/v1", "a%20b/%C3%BC", "/v1/a%20b/%C3%BC"],
    ["/v1", "ü/{x}", "/v1/%C3%BC/%7Bx%7D"],
    ["/v1", "of/+15551230987/a@b.c", "/v1/of/+15551230987/a@b.c"],
    ["/v1", "/", "/v1/"],
    ["/v1//", "a//b_~-C/", "/v1/a//b_~-C/"],
    ["/v1", "...", "/v1/..."],
    ["/v1", "..a;b/.x/100%2525", "/v1/..a;b/.x/100%2525"],
    ["/v1", "a..b", "/v1/a..b"],
  ];
  test.each(taken)("%j + %j is %j", async (base, path, target) => {
    await using far = await answering((response) => response.end());
    await using service = open(http, { baseUrl: `${far.url}${base}` });
    expect(await service.attempt("request", { path })).toEqual({ kind: "accepted", receipt: { status: 200 } });
    expect(far.requests.map((request) => request.target)).toEqual([target]);
  });

  test.each([
    "..",
    "../x",
    "a/../../x",
    "./x",
    "a/.",
    "..;/x",
    "a/..;v=1/b",
    "%252e%252e/x",
    "a/..%252fx",
    "%2e%2e/x",
    "%2E./x",
    "a/..%2fb",
    "..%5cx",
    "//evil.example/x",
    "//evil/x",
    "//",
    "http://evil.example",
    "HTTPS:x",
    "mailto:x",
    "a?b",
    "a#b",
    "a b",
    "a\nb",
    "a\tb",
    ".\t./x",
    "a\\b",
    "..\\x",
    "%",
    "%zz",
    "%c3",
    "a\ud800",
    "\u0000",
  ])("%j is rejected, unsent", async (path) => {
    const { outcome, count } = await sent({ path });
    expect(outcome).toMatchObject({ kind: "rejected", code: "ARGUMENTS_INVALID" });
    expect(count).toBe(0);
  });

  test("whatever the path", async () => {
    await using far = await answering((response) => response.end());
    await using service = open(http, { baseUrl: `${far.url}/base` });
    const part = fc.constantFrom("..", ".", "/", "\\", "%2e", "%2f", "%5c", "a", "ü", "\t", "\n", ":", "?", "#", "@", "//", "http:", "%");
    const path = fc.oneof(
      fc.array(part, { maxLength: 8 }).map((parts) => parts.join("")),
      fc.string({ unit: "binary", maxLength: 12 }),
    );
    await fc.assert(
      fc.asyncProperty(path, async (path) => {
        const before = far.requests.length;
        const outcome = await service.attempt("request", { path });
        const target = far.requests[before]?.target;
        if (outcome.kind === "rejected") {
          expect(target).toBeUndefined();
          return;
        }
        expect(target).toMatch(/^\/base(\/|$)/);
        // As a careful and as a careless server reads it.
        expect(new URL(target ?? "", far.url).pathname).toMatch(/^\/base(\/|$)/);
        expect(new URL(decodeURIComponent(target ?? "").replaceAll("\\", "/"), far.url).pathname).toMatch(/^\/base(\/|$)/);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the query", () => {
  const rows: readonly [query: Row, search: string][] = [
    [{ a: "x y&z=ü" }, "?a=x+y%26z%3D%C3%BC"],
    [{ a: ["1", 2, true], b: 3n ** 50n }, "?a=1&a=2&a=true&b=717897987691852588770249"],
    [{ price: Decimal.parse("12.50"), none: null }, "?price=12.50"],
    [{ none: null, empty: [] }, ""],
    [{}, ""],
  ];
  test.each(rows)("%o is %j", async (query, search) => {
    const { request } = await sent({ path: "x", query });
    expect(request.target).toBe(`/x${search}`);
  });

  test("an object as a parameter is rejected", async () => {
    expect((await sent({ path: "x", query: { a: { b: 1 } } })).outcome).toMatchObject({ kind: "rejected", code: "ARGUMENTS_INVALID" });
  });
});

describe("the body", () => {
  const rows: readonly [name: string, body: Value, text: string, type: string][] = [
    ["text as it is", '{"a" : 1}', '{"a" : 1}', "text/plain; charset=utf-8"],
    ["an object as JSON", { a: [1, null, "ü"] }, '{"a":[1,null,"ü"]}', "application/json"],
    ["large integers with every digit", { id: 9_223_372_036_854_775_807n }, '{"id":9223372036854775807}', "application/json"],
    ["decimals as the database prints them", { price: Decimal.parse("12.50") }, '{"price":"12.50"}', "application/json"],
    ["numbers that JSON lacks", [NaN, Infinity, -Infinity], '["NaN","Infinity","-Infinity"]', "application/json"],
    ["null", null, "null", "application/json"],
    ["false", false, "false", "application/json"],
  ];
  test.each(rows)("%s", async (_name, body, text, type) => {
    const { request } = await sent({ path: "x", body });
    expect([request.body.toString(), request.headers["content-type"]]).toEqual([text, type]);
  });

  const others: readonly [name: string, args: Row, text: string, type: string][] = [
    ["a form", { form: { a: "x y&z=ü", b: [1, true], c: Decimal.parse("12.50"), d: null } }, "a=x+y%26z%3D%C3%BC&b=1&b=true&c=12.50", FORM],
    ["an empty form", { form: {} }, "", FORM],
    ["bytes", { base64: "AP/+gA==" }, "\0\xff\xfe\x80", "application/octet-stream"],
    ["no bytes", { base64: "" }, "", "application/octet-stream"],
    ["bytes of a type", { base64: "JVBERg==", headers: { "content-type": "application/pdf" } }, "%PDF", "application/pdf"],
  ];
  test.each(others)("%s", async (_name, args, text, type) => {
    const { request } = await sent({ path: "x", ...args });
    expect([request.body.toString("latin1"), request.headers["content-type"]]).toEqual([text, type]);
  });

  const refusedBodies: readonly Row[] = [
    { form: { a: { b: 1 } } },
    { base64: "AP/+gA" },
    { base64: "AP/+gA==\n" },
    { base64: "AP_-gA==" },
    { base64: "A===" },
    { body: null, form: {} },
    { body: 1, base64: "" },
    { form: {}, base64: "" },
  ];
  test.each(refusedBodies)("%o is rejected, unsent", async (args) => {
    const { outcome, count } = await sent({ path: "x", ...args });
    expect(outcome).toMatchObject({ kind: "rejected", code: "ARGUMENTS_INVALID" });
    expect(count).toBe(0);
  });

  test("none", async () => {
    const { request } = await sent({ path: "x", method: "GET" });
    expect([request.method, request.body.length, request.headers["content-type"]]).toEqual(["GET", 0, undefined]);
  });

  test("its type is the action's to say, unless the service says it", async () => {
    const own = { path: "x", body: "<a/>", headers: { "Content-Type": "application/xml" } };
    expect((await sent(own)).request.headers["content-type"]).toBe("application/xml");
    const { outcome } = await sent(own, { headers: { "content-type": "application/cloudevents+json" } });
    expect(outcome).toMatchObject({ kind: "rejected", code: "HTTP_HEADER" });
  });
});

describe("headers", () => {
  test("the service's, the action's and the delivery's", async () => {
    const config = { headers: { "X-Tenant": "acme" }, bearerToken: new Secret("t0ken") };
    const { request } = await sent({ path: "x", headers: { "X-Trace": "7" } }, config, "abcdefghijklmnopqrstuvwxyz");
    expect(request.headers).toMatchObject({
      "x-tenant": "acme",
      "x-trace": "7",
      authorization: "Bearer t0ken",
      "webhook-id": "abcdefghijklmnopqrstuvwxyz",
      "idempotency-key": "abcdefghijklmnopqrstuvwxyz",
      "backstitch-hops": "1",
    });
  });

  test("of an event that came through 3 deliveries the far side is told 4", async () => {
    await using far = await answering((response) => response.end());
    await using service = open(http, { baseUrl: far.url });
    await service.attempt("request", { path: "" }, { hops: 3 });
    expect(far.requests[0]?.headers["backstitch-hops"]).toBe("4");
  });

  test.each([
    "Authorization",
    "webhook-id",
    "Webhook-Signature",
    "webhook-timestamp",
    "Idempotency-Key",
    "Backstitch-Hops",
    "Host",
    "content-length",
    "Transfer-Encoding",
    "X-TENANT",
    "bad name",
    "",
  ])("an action cannot set %j", async (name) => {
    const { outcome, count } = await sent({ path: "x", headers: { [name]: "y" } }, { headers: { "x-tenant": "acme" } });
    expect(outcome).toMatchObject({ kind: "rejected", code: name === "X-TENANT" ? "HTTP_HEADER" : "ARGUMENTS_INVALID" });
    expect(count).toBe(0);
  });

  test.each(["a\r\nx-evil: 1", "a\nb", "\u0000", "日本"])("a header's value cannot be %j", async (value) => {
    const { outcome, count } = await sent({ path: "x", headers: { "x-y": value } });
    expect(outcome).toMatchObject({ kind: "rejected", code: "ARGUMENTS_INVALID" });
    expect(count).toBe(0);
    expect(JSON.stringify(outcome)).not.toContain("evil");
  });

  test.each([{ "Content-Length": "1" }, { Host: "elsewhere" }, { "webhook-id": "1" }, { "bad name": "1" }, { "x-key": "hunter2\n" }])(
    "a service cannot set %o: that is the service's own mistake, so its deliveries are kept",
    async (headers) => {
      const { outcome, count } = await sent({ path: "x" }, { headers });
      expect(outcome).toMatchObject({ kind: "locked-out", code: "HTTP_HEADER" });
      expect(count).toBe(0);
      expect(JSON.stringify(outcome)).not.toContain("hunter2");
    },
  );
});

describe("Standard Webhooks", () => {
  test("the specification's own example", () => {
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/index.test.ts
    const bytes = Buffer.from('{"test": 2432232314}');
    const signable = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", bytes, now: 1_614_265_330_000 };
    expect(signatureHeaders([signingKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")], signable)).toEqual({
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  const rows: readonly [secret: string, key: Buffer, body: Value | undefined, text: string][] = [
    ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64"), { test: 1n }, '{"test":1}'],
    ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64"), undefined, ""],
    ["any text", Buffer.from("any text"), "ü", "ü"],
    ["", Buffer.alloc(0), "ü", "ü"],
  ];
  test.each(rows)("%s signs %o %o", async (secret, key, body, text) => {
    const { request } = await sent({ path: "x", ...(body === undefined ? {} : { body }) }, { signingSecret: new Secret(secret) });
    const timestamp = String(request.headers["webhook-timestamp"]);
    expect(Math.abs(Number(timestamp) - Date.now() / 1_000)).toBeLessThan(60);
    const signed = `${String(request.headers["webhook-id"])}.${timestamp}.${text}`;
    expect(request.headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  });

  test("with the secret of before there are two signatures, the new one first", async () => {
    const config = {
      signingSecret: new Secret("new"),
      previousSigningSecret: new Secret(`whsec_${Buffer.from("old").toString("base64")}`),
    };
    const { headers } = (await sent({ path: "x", body: "ü" }, config)).request;
    const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.ü`;
    const signatures = ["new", "old"].map((key) => `v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
    expect(headers["webhook-signature"]).toBe(signatures.join(" "));
  });

  test("no secret, no signature", async () => {
    expect((await sent({ path: "x" })).request.headers).not.toHaveProperty("webhook-signature");
  });

  test("a broken secret locks the service out and is not shown", async () => {
    const { outcome, count } = await sent({ path: "x" }, { signingSecret: new Secret("whsec_not*base64") });
    expect(outcome).toMatchObject({ kind: "locked-out", code: "HTTP_SIGNING_SECRET" });
    expect(JSON.stringify(outcome)).not.toContain("not*base64");
    expect(count).toBe(0);
  });
});

test.each(["ftp://a", "http://user:pass@a", "http://a/?x=1", "http://a/#x", "a/b", "http://", "http://a b"])(
  "baseUrl cannot be %j",
  (baseUrl) => {
    expect(validate(http.config)({ baseUrl })).not.toEqual([]);
  },
);
