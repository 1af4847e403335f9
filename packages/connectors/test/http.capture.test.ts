import { Secret } from "@backstitch/core/connector";
import { createHttp, http } from "@backstitch/connectors/http";
import { describe, expect, test } from "vitest";
import { answering } from "./support/answering.ts";
import { open } from "./support/open.ts";
import { validate } from "./support/validate.ts";

const JSON_TYPE = { "content-type": "application/json" };
const TOKEN = 'hunter2/"+&secret';

async function receiptOf(
  captureResponse: object | undefined,
  answer: { readonly headers?: Record<string, string | string[]>; readonly body?: string | Buffer },
) {
  await using far = await answering((response) => response.writeHead(200, answer.headers).end(answer.body));
  const config = { bearerToken: new Secret(TOKEN), ...(captureResponse === undefined ? {} : { captureResponse }) };
  const service = createHttp({ baseUrl: far.url, ...config });
  const receipts = [await service.request({ path: "x" }), await service.request({ path: "x" })];
  await service.close();
  expect(receipts[1]).toEqual(receipts[0]);
  return receipts[0];
}

describe("of an answer is kept", () => {
  const order = { headers: { ...JSON_TYPE, "X-Request-Id": "r-7", "x-many": ["a", "b"] }, body: '{"id":"o-7"}' };
  const rows: readonly (readonly [name: string, capture: object | undefined, answer: Parameters<typeof receiptOf>[1], receipt: object])[] =
    [
      ["the status", undefined, order, { status: 200 }],
      ["the status alone where nothing is named", {}, order, { status: 200 }],
      ["a header", { headers: ["X-Request-ID"] }, order, { status: 200, headers: { "x-request-id": "r-7" } }],
      ["a header that comes twice", { headers: ["x-many"] }, order, { status: 200, headers: { "x-many": "a, b" } }],
      ["no header that does not come", { headers: ["x-none"] }, order, { status: 200, headers: {} }],
      ["a body", { body: 12 }, order, { status: 200, body: '{"id":"o-7"}' }],
      ["as much of a body as is to be", { body: 11 }, order, { status: 200, body: '{"id":"o-7"', bodyIsCut: true }],
      [
        "no half character",
        { body: 4 },
        { headers: { "content-type": "text/plain" }, body: "aüüü" },
        { status: 200, body: "aü", bodyIsCut: true },
      ],
      ["an empty body", { body: 9 }, { headers: JSON_TYPE }, { status: 200, body: "" }],
      [
        "a large body's beginning",
        { body: 3 },
        { headers: JSON_TYPE, body: "x".repeat(300_000) },
        { status: 200, body: "xxx", bodyIsCut: true },
      ],
      [
        "a problem's",
        { body: 9 },
        { headers: { "content-type": "application/vnd.x+json; charset=utf-8" }, body: "{}" },
        { status: 200, body: "{}" },
      ],
      ["no bytes that are not text", { body: 9 }, { headers: { "content-type": "image/png" }, body: "x" }, { status: 200 }],
      ["no body of an unknown type", { body: 9 }, { body: "x" }, { status: 200 }],
      ["no compressed body", { body: 9 }, { headers: { ...JSON_TYPE, "content-encoding": "gzip" }, body: "x" }, { status: 200 }],
      ["no NUL, which PostgreSQL could not store", { body: 9 }, { headers: JSON_TYPE, body: "a\0b" }, { status: 200, body: "a\ufffdb" }],
    ];
  test.each(rows)("%s", async (_name, capture, answer, receipt) => {
    expect(await receiptOf(capture, answer)).toEqual(receipt);
  });
});

describe("the service's own secret, where the far side says it again, is left out", () => {
  const forms = [
    TOKEN,
    JSON.stringify(TOKEN).slice(1, -1),
    JSON.stringify(TOKEN).slice(1, -1).replaceAll("/", "\\/"),
    encodeURIComponent(TOKEN),
  ];
  test.each(forms)("as %j", async (form) => {
    const answer = { headers: { ...JSON_TYPE, "x-echo": `Bearer ${form}` }, body: `{"sent":"${form}","ok":1}` };
    expect(await receiptOf({ headers: ["x-echo"], body: 100 }, answer)).toEqual({
      status: 200,
      headers: { "x-echo": "Bearer [secret]" },
      body: '{"sent":"[secret]","ok":1}',
    });
  });

  test("also where the limit would cut it", async () => {
    for (let body = 1; body <= 30; body += 1) {
      const receipt = await receiptOf({ body }, { headers: JSON_TYPE, body: `1234${TOKEN}` });
      expect(receipt).toEqual({ status: 200, body: "1234[secret]".slice(0, body), ...(body < 12 ? { bodyIsCut: true } : {}) });
    }
  });
});

test.each(["Set-Cookie", "authorization", "WWW-Authenticate", "proxy-authenticate", "Authentication-Info"])(
  "the header %s is never kept",
  async (name) => {
    await using service = open(http, { baseUrl: "http://127.0.0.1:9", captureResponse: { headers: [name] } });
    expect(await service.attempt("request", { path: "x" })).toMatchObject({ kind: "locked-out", code: "HTTP_CAPTURE" });
  },
);

test("more of a body than 16,384 bytes cannot be asked for", () => {
  expect(validate(http.config)({ baseUrl: "http://a", captureResponse: { body: 16_385 } })).not.toEqual([]);
  expect(validate(http.config)({ baseUrl: "http://a", captureResponse: { body: 16_384, headers: [] } })).toEqual([]);
});

test("of an answer that refuses nothing is kept", async () => {
  await using far = await answering((response) =>
    response.writeHead(400, { ...JSON_TYPE, "x-a": "ada@example.org" }).end("ada@example.org"),
  );
  await using service = open(http, { baseUrl: far.url, captureResponse: { headers: ["x-a"], body: 100 } });
  expect(JSON.stringify(await service.attempt("request", { path: "x" }))).not.toContain("ada@");
});
