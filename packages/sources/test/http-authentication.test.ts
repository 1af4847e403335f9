import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { Secret } from "@backstitch/core/connector";
import { httpSource, type HttpSourceOptions } from "@backstitch/sources/http";
import { posting } from "./support/posting.ts";

const NOW = 1_770_000_000_000;
const BODY = '{"id":"a","operation":"insert","collection":"item","after":{"id":1}}';
const KEY = Buffer.from("0123456789abcdef0123456789abcdef");
const SIGNING = `whsec_${KEY.toString("base64")}`;

interface Signing {
  readonly id?: string;
  readonly at?: number;
  readonly key?: Buffer | string;
  readonly body?: string;
}

function signed({ id = "msg_1", at = NOW, key = KEY, body = BODY }: Signing = {}): Record<string, string> {
  const timestamp = String(Math.floor(at / 1_000));
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const withToken = { bearerToken: new Secret("hunter2") };
const withKey = { signingSecret: new Secret(SIGNING) };

const requests: readonly (readonly [string, Partial<HttpSourceOptions>, Record<string, string>, number])[] = [
  ["the token", withToken, bearer("hunter2"), 200],
  ["the token, its scheme in small letters", withToken, { authorization: "bearer hunter2" }, 200],
  ["another token", withToken, bearer("hunter3"), 401],
  ["a beginning of the token", withToken, bearer("hunter"), 401],
  ["another scheme", withToken, { authorization: "Basic hunter2" }, 401],
  ["no token", withToken, {}, 401],
  ["a signature", withKey, signed(), 200],
  ["a signature by a secret of plain text", { signingSecret: new Secret("plain") }, signed({ key: "plain" }), 200],
  [
    "a signature beside one by a key of tomorrow",
    withKey,
    { ...signed(), "webhook-signature": `v1,AAAA v2,x ${signed()["webhook-signature"]}` },
    200,
  ],
  ["a signature that is nearly too old", withKey, signed({ at: NOW - 299_000 }), 200],
  ["a signature that is too old", withKey, signed({ at: NOW - 302_000 }), 401],
  ["a signature of the future", withKey, signed({ at: NOW + 302_000 }), 401],
  ["a signature of another body", withKey, signed({ body: "{}" }), 401],
  ["a signature under another id", withKey, { ...signed(), "webhook-id": "msg_2" }, 401],
  ["a signature by another key", withKey, signed({ key: "other" }), 401],
  ["a signature with its version alone", withKey, { ...signed(), "webhook-signature": "v1," }, 401],
  ["a time that is none", withKey, { ...signed(), "webhook-timestamp": "soon" }, 401],
  ["no signature", withKey, {}, 401],
  ["both, where both are asked for", { ...withToken, ...withKey }, { ...bearer("hunter2"), ...signed() }, 200],
  ["the token alone, where both are asked for", { ...withToken, ...withKey }, bearer("hunter2"), 401],
  ["the signature alone, where both are asked for", { ...withToken, ...withKey }, signed(), 401],
  ["nothing, where nobody is asked", { authentication: "none" }, {}, 200],
];

test.each(requests)("%s", async (_, options, headers, status) => {
  await using source = await posting({ authentication: undefined, now: () => NOW, ...options });
  const answer = await source.post(BODY, headers);
  expect(answer.status).toBe(status);
  expect(source.batches).toHaveLength(status === 200 ? 1 : 0);
  if (status === 401) expect(answer.body["error"]).toMatch(/^The .*\.$/);
  expect(JSON.stringify(answer.body)).not.toMatch(/hunter|whsec|plain/);
});

test("a request that is replayed within the window is the same change", async () => {
  await using source = await posting({ authentication: undefined, accepts: "supabase", now: () => NOW, ...withKey });
  const body = '{"type":"INSERT","table":"item","schema":"public","record":{"id":1},"old_record":null}';
  for (let time = 0; time < 2; time += 1) await source.post(body, signed({ body }));
  const ids = source.batches.flatMap(({ events }) => events.map(({ id }) => id));
  expect(ids).toEqual(["msg_1", "msg_1"]);
});

test.each([
  ["nobody is asked who they are", {}, "from anybody"],
  ["nobody is asked who they are, beyond this machine", { host: "0.0.0.0", authentication: "none" }, "0.0.0.0 from anybody"],
  ["the signing secret is broken", { signingSecret: new Secret("whsec_hunter2!") }, "base64 does not follow"],
] as const)("no source where %s", (_, options, message) => {
  const open = (): unknown => httpSource({ name: "web", accepts: "backstitch", port: 0, ...options });
  expect(open).toThrow(message);
  expect(open).toThrow(expect.objectContaining({ name: "SourceMisconfigured", message: expect.not.stringContaining("hunter2") }));
});
