import { createHash, createHmac } from "node:crypto";
import { Secret, type InboundRequest } from "@backstitch/core/connector";
import type { Batch } from "@backstitch/core/source";
import { createWebhook, verifyBy, type Scheme, type WebhookAnswer, type WebhookSettings } from "@backstitch/sources/webhook";
import { expect, test } from "vitest";

const NOW = 1_770_000_000_000;
const BODY = '{"action":"opened","number":7}';
const KEY = Buffer.from("0123456789abcdef0123456789abcdef");
const WHSEC = `whsec_${KEY.toString("base64")}`;

interface Fed extends AsyncDisposable {
  readonly batches: readonly Batch[];
  send(request?: Partial<InboundRequest>): Promise<WebhookAnswer>;
}

interface Feeding extends Partial<WebhookSettings> {
  readonly scheme?: Scheme;
  readonly secrets?: readonly string[];
  readonly accept?: (batch: Batch) => Promise<void>;
  readonly isRead?: boolean;
}

function feed({ scheme = "none", secrets = [], accept = async () => {}, isRead = true, ...settings }: Feeding = {}): Fed {
  const batches: Batch[] = [];
  const stop = new AbortController();
  const webhook = createWebhook({
    name: "github",
    answerWithinMs: 50,
    now: () => NOW,
    settings: {
      methods: ["POST"],
      collection: "events",
      idHeader: "Idempotency-Key",
      hasSecretInQuery: scheme === "secretAsQueryParam",
      verify: verifyBy(
        scheme,
        secrets.map((text) => new Secret(text)),
      ),
      ...settings,
    },
  });
  const take = async (batch: Batch): Promise<void> => {
    await accept(batch);
    batches.push(batch);
  };
  const reading = isRead ? webhook.source.read(new Map(), take, stop.signal) : Promise.resolve();
  reading.catch(() => undefined);
  return {
    batches,
    send: ({ headers, ...request } = {}) =>
      webhook.receive({
        method: "POST",
        url: "/webhooks/github",
        body: Buffer.from(BODY),
        ...request,
        headers: { "content-type": "application/json", ...headers },
      }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await reading.catch(() => undefined);
    },
  };
}

function hmac(secret: string | Buffer, text: string, encoding: "hex" | "base64" = "hex"): string {
  return createHmac("sha256", secret).update(text).digest(encoding);
}

function standard({ id = "msg_1", at = NOW, key = KEY }: { id?: string; at?: number; key?: Buffer | string } = {}): Record<string, string> {
  const timestamp = String(Math.floor(at / 1_000));
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${hmac(key, `${id}.${timestamp}.${BODY}`, "base64")}`,
  };
}

const query = (text: string): Partial<InboundRequest> => ({ url: `/webhooks/github?${text}` });
const signed = (headers: Record<string, string>, body = BODY): Partial<InboundRequest> => ({ headers, body: Buffer.from(body) });

/** What MongoDB's own servers made of these: the secret, the bytes, the signature. */
const VECTORS = [
  ["12345", '{"message":"MESSAGE"}', "828ee180512eaf8a6229eda7eea72323f68e9c0f0093b11a578b0544c5777862"],
  ["Super5ecr3tPa55w0rd", '{ "message": "Hello!" }', "d4f0537db4e230d7a6028a6f7c3bb1b57c9d16f39176d78697e559ac333e0b36"],
] as const;

test.each(VECTORS)("stitch: the vector of %s", async (secret, body, hex) => {
  for (const header of ["x-hook-signature", "endpoint-signature"]) {
    await using hook = feed({ scheme: "stitch", secrets: [secret] });
    expect(await hook.send(signed({ [header]: `sha256=${hex}` }, body))).toMatchObject({ status: 204 });
    expect(await hook.send(signed({ [header]: `sha256=${hex}` }, body.replace("e", "E")))).toMatchObject({ status: 401 });
    expect(hook.batches).toHaveLength(1);
  }
});

const requests: readonly (readonly [Scheme, string, Partial<InboundRequest>, number])[] = [
  ["secretAsQueryParam", "the secret", query("secret=hunter2"), 204],
  ["secretAsQueryParam", "the one before", query("secret=hunter1"), 204],
  ["secretAsQueryParam", "a beginning of it", query("secret=hunter"), 401],
  ["secretAsQueryParam", "nothing", {}, 401],
  ["secretAsQueryParam", "it as a header", { headers: { secret: "hunter2" } }, 401],
  ["github", "the signature", signed({ "x-hub-signature-256": `sha256=${hmac("hunter2", BODY)}` }), 204],
  ["github", "that of the secret before", signed({ "x-hub-signature-256": `sha256=${hmac("hunter1", BODY)}` }), 204],
  ["github", "that of another secret", signed({ "x-hub-signature-256": `sha256=${hmac("hunter3", BODY)}` }), 401],
  ["github", "another scheme's header", signed({ "x-hook-signature": `sha256=${hmac("hunter2", BODY)}` }), 401],
  ["github", "SHA-1", signed({ "x-hub-signature": `sha1=${createHmac("sha1", "hunter2").update(BODY).digest("hex")}` }), 401],
  ["github", "nothing behind sha256=", signed({ "x-hub-signature-256": "sha256=" }), 401],
  ["stitch", "capital letters", signed({ "x-hook-signature": `sha256=${hmac("hunter2", BODY).toUpperCase()}` }), 401],
  ["standardWebhooks", "the signature", signed(standard()), 204],
  ["standardWebhooks", "that of the secret before", signed(standard({ key: "hunter1" })), 204],
  ["standardWebhooks", "that of another", signed(standard({ key: "hunter3" })), 401],
  ["standardWebhooks", "another id", signed({ ...standard(), "webhook-id": "msg_2" }), 401],
  ["standardWebhooks", "one that is too old", signed(standard({ at: NOW - 302_000 })), 401],
  ["standardWebhooks", "one of the future", signed(standard({ at: NOW + 302_000 })), 401],
];

test.each(requests)("%s: %s", async (scheme, _, request, status) => {
  await using hook = feed({ scheme, secrets: scheme === "standardWebhooks" ? [WHSEC, "hunter1"] : ["hunter2", "hunter1"] });
  const answer = await hook.send(request);
  expect(answer.status).toBe(status);
  expect(hook.batches).toHaveLength(status === 204 ? 1 : 0);
  expect(JSON.stringify(answer)).not.toMatch(/hunter|whsec/);
});

test("a request is an insert of what it brought, without what lets others in", async () => {
  await using hook = feed({
    scheme: "secretAsQueryParam",
    secrets: ["hunter2"],
    collection: { header: "X-GitHub-Event" },
    idHeader: "X-GitHub-Delivery",
  });
  const headers = { "x-github-event": "issues", "x-github-delivery": "72d3162e", authorization: "Bearer hunter2", cookie: "hunter2" };
  await hook.send({ url: "/webhooks/github?secret=hunter2&a=1&a=2&b=%20", headers });
  expect(hook.batches).toEqual([
    {
      source: "github",
      partition: "webhook",
      from: undefined,
      to: "1",
      unreadable: [],
      events: [
        {
          id: "github/72d3162e",
          source: "github",
          origin: "log",
          operation: "insert",
          database: "webhooks",
          collection: "issues",
          key: { id: "72d3162e" },
          previousKey: undefined,
          before: null,
          after: {
            body: { action: "opened", number: 7 },
            headers: { "content-type": "application/json", "x-github-event": "issues", "x-github-delivery": "72d3162e" },
            query: { a: ["1", "2"], b: " " },
            method: "POST",
          },
          unsent: [],
          changed: ["body", "headers", "query", "method"],
          committedAt: "2026-02-02T02:40:00.000000Z",
        },
      ],
    },
  ]);
});

const idsOf = ({ batches }: Fed): readonly string[] => batches.flatMap(({ events }) => events.map(({ id }) => id));

test("a delivery that comes again is the same event; one without an id is another", async () => {
  await using hook = feed({ idHeader: "X-GitHub-Delivery" });
  for (const id of ["a", "a", "b"]) await hook.send({ headers: { "x-github-delivery": id } });
  expect(idsOf(hook)).toEqual(["github/a", "github/a", "github/b"]);
  for (let time = 0; time < 2; time += 1) await hook.send();
  expect(new Set(idsOf(hook)).size).toBe(4);
});

test("an id that is no plain text is one all the same", async () => {
  await using hook = feed({ idHeader: "x-id" });
  const long = "x".repeat(5_000);
  for (const id of [long, long, "ünï", ""]) await hook.send({ headers: { "x-id": id } });
  const [first, second, ...rest] = idsOf(hook);
  expect(first).toBe(second);
  expect(first).toBe(`github/${createHash("sha256").update(long).digest("hex").slice(0, 32)}`);
  expect(new Set([first, ...rest]).size).toBe(3);
});

test.each([
  ["a form", "application/x-www-form-urlencoded", "From=%2B1555&Body=hi&Media=a&Media=b", { From: "+1555", Body: "hi", Media: ["a", "b"] }],
  ["JSON of another name", "application/vnd.acme+json; charset=utf-8", "[1,9007199254740993]", [1, 9_007_199_254_740_993n]],
  ["a text", "text/plain", "hello", "hello"],
  ["XML", "application/xml", "<a/>", "<a/>"],
  ["nothing", "image/png", "", null],
])("%s is read", async (_, type, body, expected) => {
  await using hook = feed();
  expect(await hook.send({ headers: { "content-type": type }, body: Buffer.from(body) })).toMatchObject({ status: 204 });
  expect(hook.batches[0]?.events[0]?.after?.["body"]).toEqual(expected);
});

test.each([
  ["broken JSON", { body: Buffer.from("{") }, 400],
  ["JSON that is too deep", { body: Buffer.from(`${"[".repeat(10_000)}${"]".repeat(10_000)}`) }, 400],
  ["what is not UTF-8", { body: Buffer.from([0x22, 0xff, 0x22]) }, 400],
  ["another type", { headers: { "content-type": "image/png" } }, 415],
  ["another charset", { headers: { "content-type": "application/json; charset=utf-16" } }, 415],
  ["another method", { method: "PUT" }, 405],
])("%s is refused", async (_, request, status) => {
  await using hook = feed();
  const { sentence, ...answer } = await hook.send(request);
  expect(answer).toEqual({ status, headers: status === 405 ? { allow: "POST" } : {} });
  expect(sentence).toMatch(/\.$/);
  expect(hook.batches).toEqual([]);
});

test("a header that is to name the collection, and does not, is refused", async () => {
  await using hook = feed({ collection: { header: "X-GitHub-Event" } });
  for (const headers of [{}, { "x-github-event": "a/b" }]) expect(await hook.send({ headers })).toMatchObject({ status: 400 });
});

test("nothing is answered before the journal has it", async () => {
  const room = Promise.withResolvers<void>();
  await using hook = feed({ accept: () => room.promise });
  const answers = [hook.send(), hook.send()];
  const first = await Promise.race([...answers, Promise.resolve("nothing yet")]);
  expect(first).toBe("nothing yet");
  room.resolve();
  expect(await Promise.all(answers)).toMatchObject([{ status: 204 }, { status: 204 }]);
});

test.each([
  ["the journal is full", { accept: () => new Promise<void>(() => {}) }],
  ["the journal does not take it", { accept: () => Promise.reject(new Error("no")) }],
  ["nobody reads it", { isRead: false }],
])("whoever sends is told to come again where %s", async (_, feeding) => {
  const hook = feed(feeding);
  expect(await hook.send()).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
});
