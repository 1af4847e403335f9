import { createHmac } from "node:crypto";
import { ReceiptRefused, Secret, type Fact } from "@backstitch/core/connector";
import { canaries } from "@backstitch/core/testing";
import { twilio } from "@backstitch/connectors/twilio";
import { expect, test } from "vitest";

const AUTH_TOKEN = "canary-token-1f4b";
const CONFIG = { accountSid: `AC${"0".repeat(32)}`, authToken: new Secret(AUTH_TOKEN) };
const TO = "+15551230987";
const SID = `SM${"a1".repeat(16)}`;
const ID = "kzo75gecash2cduijcschyw5dm";
const NOW = 1_000;
const URL_ = `https://hooks.example.com/shop/receipts/sms?delivery=${ID}`;
const FORM = "application/x-www-form-urlencoded; charset=UTF-8";

interface Posted {
  /** As Twilio signed it, where that is not the address. */
  readonly signedUrl?: string;
  readonly url?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** What is posted instead of what was signed. */
  readonly body?: string;
}

async function read(fields: readonly (readonly [string, string])[], posted: Posted = {}): Promise<readonly Fact[]> {
  const {
    url = URL_,
    signedUrl = url,
    token = AUTH_TOKEN,
    headers = {},
    body = new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value])).toString(),
  } = posted;
  const sorted = fields.toSorted(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
  const text = `${signedUrl}${sorted.map(([name, value]) => `${name}${value}`).join("")}`;
  const signature = createHmac("sha1", token).update(text, "utf8").digest("base64");
  const all = { "content-type": FORM, "x-twilio-signature": signature, ...headers };
  const request = { method: "POST", url, headers: all, body: Buffer.from(body) };
  return (await twilio.receipts?.read(request, CONFIG, { now: NOW, signal: new AbortController().signal })) ?? [];
}

const status = (value: string, ...more: readonly (readonly [string, string])[]) =>
  [["MessageSid", SID], ["MessageStatus", value], ["To", TO], ["From", "+15005550006"], ...more] as const;

test.each([
  ["accepted", "queued"],
  ["scheduled", "queued"],
  ["queued", "queued"],
  ["sending", "queued"],
  ["sent", "sent"],
  ["delivered", "delivered"],
  ["read", "read"],
  ["undelivered", "undelivered"],
  ["failed", "failed"],
  ["canceled", "failed"],
])("the status %s is %s", async (given, standing) => {
  expect(await read(status(given))).toEqual([{ standing, at: NOW, deliveryId: ID, receiptId: SID }]);
});

test.each([["receiving"], ["Delivered"], ["__proto__"], [""]])("the status %j says nothing", async (given) => {
  expect(await read(status(given))).toEqual([]);
});

test("an error's code is told with a sentence of ours; nobody is suppressed for a phone that was off", async () => {
  const [fact] = await read(status("undelivered", ["ErrorCode", "30003"], ["ErrorMessage", `Cannot reach ${TO}`]));
  expect(fact).toMatchObject({ code: "TWILIO_30003", reason: expect.stringContaining("could not be reached") as string });
  expect(fact).not.toHaveProperty("suppress");
  expect(canaries([TO, AUTH_TOKEN]).seenIn(fact)).toEqual([]);
  expect(await read(status("failed", ["ErrorCode", "99999"]))).toMatchObject([{ reason: "See https://www.twilio.com/docs/errors/99999" }]);
});

test("whoever opted out is suppressed, by an error, by STOP, and no more after START", async () => {
  expect(await read(status("failed", ["ErrorCode", "21610"]))).toMatchObject([{ suppress: [TO], code: "TWILIO_21610" }]);
  const wrote = (type: string) =>
    read([
      ["OptOutType", type],
      ["From", TO],
      ["To", "+15005550006"],
      ["Body", type],
    ]);
  expect(await wrote("STOP")).toEqual([{ at: NOW, code: "TWILIO_STOP", suppress: [TO] }]);
  expect(await wrote("START")).toEqual([{ at: NOW, unsuppress: [TO] }]);
  expect(await wrote("HELP")).toEqual([]);
});

test.each([
  ["with the port that Twilio added", { signedUrl: URL_.replace(".com/", ".com:443/") }],
  ["without the port that the address has", { url: URL_.replace(".com/", ".com:8443/"), signedUrl: URL_ }],
  ["with a query that Twilio encoded in its old way", { url: `${URL_}&note=it's`, signedUrl: `${URL_}&note=it%27s` }],
])("a signature %s is Twilio's", async (_name, posted) => {
  expect(await read(status("delivered"), posted)).toHaveLength(1);
});

test("fields of one name are signed in their order, each once", async () => {
  expect(await read([...status("delivered"), ["MediaUrl", "a"], ["MediaUrl", "b"]])).toHaveLength(1);
});

test.each<readonly [string, Posted, number]>([
  ["of another token", { token: "another" }, 403],
  ["of another delivery's address", { signedUrl: URL_.replace(ID, "b".repeat(26)) }, 403],
  ["of another host", { signedUrl: URL_.replace("hooks", "hoaks") }, 403],
  ["that is not there", { headers: { "x-twilio-signature": undefined } }, 403],
  ["that is empty", { headers: { "x-twilio-signature": "" } }, 403],
  ["of another body", { body: `MessageSid=${SID}&MessageStatus=failed&To=%2B15551230987&From=%2B15005550006` }, 403],
  ["of a body that is no form", { headers: { "content-type": "application/json" } }, 400],
])("a signature %s is refused, and the refusal names nobody and no secret", async (_name, posted, code) => {
  const error: unknown = await read(status("delivered"), posted).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ReceiptRefused);
  expect(error).toMatchObject({ status: code });
  expect(canaries([AUTH_TOKEN, TO, TO.slice(1), ID]).seenIn((error as Error).message)).toEqual([]);
});

test("an id that none of ours is like, and a sid that is none, are left out", async () => {
  const url = `${URL_.split("=")[0] ?? ""}=${encodeURIComponent("x' OR 1=1")}`;
  const [fact] = await read(
    [
      ["MessageSid", "<script>"],
      ["MessageStatus", "sent"],
    ],
    { url },
  );
  expect(fact).toEqual({ standing: "sent", at: NOW });
});
