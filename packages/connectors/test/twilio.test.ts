import { inspect } from "node:util";
import { ConnectorError, Secret } from "@backstitch/core/connector";
import type { Row } from "@backstitch/core/values";
import { createTwilio, twilio } from "@backstitch/connectors/twilio";
import { twilioPeer } from "@backstitch/sandbox";
import * as fc from "fast-check";
import { SegmentedMessage } from "sms-segments-calculator";
import { describe, expect, test } from "vitest";
import { answering } from "./support/answering.ts";
import { open } from "./support/open.ts";

const accountSid = `AC${"0".repeat(32)}`;
const authToken = "canary-token-1f4b";
const to = "+15551230987";
const account = { accountSid, authToken: new Secret(authToken) };

async function sent(config: object, args: object) {
  await using peer = Object.assign(await twilioPeer(), { [Symbol.asyncDispose]: () => Promise.resolve() });
  try {
    await using service = open(twilio, { ...account, ...config, baseUrl: peer.url });
    const given = Object.entries({ to, body: "late", ...args }).filter(([, value]) => value !== undefined);
    const outcome = await service.attempt("send", Object.fromEntries(given) as Row);
    return { outcome, fields: peer.received()[0]?.fields };
  } finally {
    await peer.close();
  }
}

describe("what is sent", () => {
  const MG = `MG${"1".repeat(32)}`;
  const HX = `HX${"2".repeat(32)}`;
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString().replace("Z", "123Z");
  const rows: readonly [name: string, config: object, args: object, fields: object][] = [
    ["the service's sender", { from: "+15005550006" }, {}, { To: to, Body: "late", From: "+15005550006" }],
    ["the action's sender before the service's", { from: "+15005550006" }, { from: "ACME" }, { From: "ACME" }],
    ["a Messaging Service where no sender is named", { messagingServiceSid: MG }, {}, { MessagingServiceSid: MG }],
    ["the service's number before its Messaging Service", { from: "+15005550006", messagingServiceSid: MG }, {}, { From: "+15005550006" }],
    ["one picture", { from: "ACME" }, { mediaUrl: "https://a/1.png" }, { MediaUrl: "https://a/1.png" }],
    ["several pictures", { from: "ACME" }, { mediaUrl: ["https://a/1", "https://a/2"] }, { MediaUrl: "https://a/1 https://a/2" }],
    ["an address that needs no body", { from: "ACME" }, { body: undefined, mediaUrl: "https://a/1.png" }, { MediaUrl: "https://a/1.png" }],
    [
      "the action's Messaging Service before the service's sender",
      { from: "+15005550006" },
      { messagingServiceSid: MG },
      { MessagingServiceSid: MG },
    ],
    [
      "of a Messaging Service's senders one",
      { messagingServiceSid: MG },
      { from: "ACME", messagingServiceSid: MG },
      { From: "ACME", MessagingServiceSid: MG },
    ],
    ["a number as Twilio writes it", { from: "+1 500 555-0006" }, { to: "+1 (555) 123-0987" }, { To: to, From: "+15005550006" }],
    [
      "WhatsApp",
      { from: "ACME" },
      { to: `whatsapp:${to}`, from: "whatsapp:+1 500 5550006" },
      { To: `whatsapp:${to}`, From: "whatsapp:+15005550006" },
    ],
    [
      "a template and what it is filled with",
      { messagingServiceSid: MG },
      { body: undefined, to: `whatsapp:${to}`, contentSid: HX, contentVariables: { 1: 'A "quoted" \u202e name', due: "3 pm" } },
      { ContentSid: HX, ContentVariables: '{"1":"A \\"quoted\\" \u202e name","due":"3 pm"}' },
    ],
    ["for so long only", { from: "ACME" }, { validityPeriod: 36_000 }, { ValidityPeriod: "36000" }],
    ["in other characters", { from: "ACME" }, { smartEncoded: true }, { SmartEncoded: "true" }],
    [
      "later",
      { messagingServiceSid: MG },
      { sendAt: inAnHour },
      { MessagingServiceSid: MG, ScheduleType: "fixed", SendAt: `${inAnHour.slice(0, 19)}Z` },
    ],
    [
      "later, from the service's number",
      { from: "+15005550006", messagingServiceSid: MG },
      { sendAt: inAnHour },
      { MessagingServiceSid: MG, From: "+15005550006", ScheduleType: "fixed" },
    ],
    ["what form encoding would spoil", { from: "ACME" }, { body: "a+b & c=d % ü €\n🙂" }, { Body: "a+b & c=d % ü €\n🙂" }],
  ];
  test.each(rows)("%s", async (_name, config, args, fields) => {
    const { outcome, fields: arrived } = await sent(config, args);
    expect(outcome).toMatchObject({ kind: "accepted", receipt: { id: expect.stringMatching(/^(SM|MM)[0-9a-f]{32}$/) as string } });
    expect(arrived).toMatchObject(fields);
  });

  const refused: readonly [name: string, code: string, config: object, args: object, says: string][] = [
    ["no sender", "TWILIO_NO_SENDER", {}, {}, '"messagingServiceSid"'],
    ["nothing in it", "ARGUMENTS_INVALID", { from: "ACME" }, { body: undefined }, "'body'"],
    ["variables of no template", "TWILIO_NO_TEMPLATE", { from: "ACME" }, { contentVariables: { 1: "x" } }, '"contentSid"'],
    [
      "a time, and nobody who waits for it",
      "TWILIO_SCHEDULE_NEEDS_SERVICE",
      { from: "ACME" },
      { sendAt: inAnHour },
      '"messagingServiceSid"',
    ],
    ["WhatsApp from a number", "TWILIO_CHANNELS_DIFFER", { from: "+15005550006" }, { to: `whatsapp:${to}` }, '"whatsapp"'],
    ["a text from WhatsApp", "TWILIO_CHANNELS_DIFFER", { from: "whatsapp:+15005550006" }, {}, '"sms"'],
    ["an action's own sender on another channel", "ARGUMENTS_INVALID", {}, { from: "whatsapp:+15005550006" }, '"sms"'],
  ];
  test.each(refused)("not %s", async (_name, ...[code, config, args, says]) => {
    const { outcome, fields } = await sent(config, args);
    expect(outcome).toMatchObject({ kind: "rejected", code, reason: expect.stringContaining(says) as string });
    expect(fields).toBeUndefined();
  });

  test("the receipt tells the segments", async () => {
    const { outcome } = await sent({ from: "ACME" }, { body: "🙂".repeat(40) });
    expect(outcome).toMatchObject({ receipt: { status: "queued", segments: 2 } });
  });
});

describe("Twilio's codes, by its magic numbers", () => {
  const rows: readonly [code: number, args: object, outcome: string][] = [
    [21211, { to: "+15005550001" }, "rejected"],
    [21612, { to: "+15005550002" }, "rejected"],
    [21408, { to: "+15005550003" }, "rejected"],
    [21610, { to: "+15005550004" }, "rejected"],
    [21614, { to: "+15005550009" }, "rejected"],
    [21212, { from: "+15005550001" }, "rejected"],
    [21606, { from: "+15005550007" }, "rejected"],
    [21611, { from: "+15005550008" }, "throttled"],
    [35114, { sendAt: "2020-01-01T00:00:00Z", messagingServiceSid: `MG${"1".repeat(32)}` }, "rejected"],
  ];
  test.each(rows)("%i for %o: %s", async (code, args, kind) => {
    const { outcome } = await sent({ from: "+15005550006" }, args);
    expect(outcome).toMatchObject({ kind, code: `TWILIO_${code}` });
    expect(JSON.stringify(outcome)).toContain(`https://www.twilio.com/docs/errors/${code}`);
    expect(JSON.stringify(outcome)).not.toContain("+1500555000");
  });

  test("a full queue is left alone for minutes", async () => {
    const { outcome } = await sent({ from: "+15005550008" }, {});
    expect(outcome).toMatchObject({ kind: "throttled", retryAfterMs: 120_000 });
  });
});

describe("answers", () => {
  const json = (code: number) => JSON.stringify({ code, message: `about ${to}`, more_info: "x", status: 400 });
  const rows: readonly [name: string, status: number, body: string, expected: object][] = [
    ["a suspended account", 401, json(20005), { kind: "locked-out", code: "TWILIO_20005" }],
    ["an unknown account", 404, json(20404), { kind: "locked-out", code: "TWILIO_20404" }],
    ["401 without a code", 401, "", { kind: "locked-out", code: "TWILIO_HTTP_401" }],
    ["a code nobody knows yet", 400, json(29999), { kind: "rejected", code: "TWILIO_29999" }],
    ["403 without a code", 403, "<html>", { kind: "rejected", code: "TWILIO_HTTP_403" }],
    ["408 of a proxy", 408, "", { kind: "unavailable", code: "TWILIO_HTTP_408" }],
    ["425 of a proxy", 425, "", { kind: "unavailable", code: "TWILIO_HTTP_425" }],
    ["429 without a code", 429, "slow down", { kind: "throttled", code: "TWILIO_HTTP_429" }],
    ["a daily quota", 429, json(63038), { kind: "throttled", retryAfterMs: 3_600_000 }],
    ["500 in HTML", 500, "<html>oops", { kind: "uncertain", code: "TWILIO_HTTP_500" }],
    ["500 with a code that would be final elsewhere", 500, json(21211), { kind: "uncertain", code: "TWILIO_21211" }],
    ["504", 504, "", { kind: "uncertain", code: "TWILIO_HTTP_504" }],
    ["a redirect", 307, "", { kind: "rejected", code: "TWILIO_HTTP_307" }],
    ["201 without a body", 201, "", { kind: "uncertain", code: "TWILIO_MALFORMED" }],
    ["201 without a sid", 201, "{}", { kind: "uncertain", code: "TWILIO_MALFORMED" }],
    ["201 with a sid that is none", 201, JSON.stringify({ sid: to }), { kind: "uncertain", code: "TWILIO_MALFORMED" }],
    ["201 with half a body", 201, `{"sid": "SM`, { kind: "uncertain", code: "TWILIO_MALFORMED" }],
  ];
  test.each(rows)("%s", async (_name, status, body, expected) => {
    await using far = await answering((response) =>
      response.writeHead(status, { "content-type": "application/json", location: "/elsewhere" }).end(body),
    );
    await using service = open(twilio, { ...account, from: "ACME", baseUrl: far.url });
    const outcome = await service.attempt("send", { to, body: "late" });
    expect(outcome).toMatchObject(expected);
    expect(far.requests, "one attempt is one request").toHaveLength(1);
    expect(inspect(outcome)).not.toContain(to);
  });

  test("a body without end does not fill the memory", async () => {
    await using far = await answering((response) => {
      response.writeHead(201, { "content-type": "application/json" });
      const more = (): void => void (response.destroyed || response.write(" ".repeat(65_536), () => setImmediate(more)));
      more();
    });
    await using service = open(twilio, { ...account, from: "ACME", baseUrl: far.url });
    expect(await service.attempt("send", { to, body: "late" })).toMatchObject({ kind: "uncertain" });
  });
});

describe("the endpoint", () => {
  test.each([
    ["", "/2010"],
    ["/", "/2010"],
    ["/twilio", "/twilio/2010"],
    ["/twilio/", "/twilio/2010"],
  ])("baseUrl with path %j", async (path, start) => {
    await using far = await answering((response) => response.writeHead(401).end());
    await using service = open(twilio, { ...account, from: "ACME", baseUrl: `${far.url}${path}` });
    await service.attempt("send", { to, body: "late" });
    expect(far.requests[0]?.target).toBe(`${start}-04-01/Accounts/${accountSid}/Messages.json`);
  });
});

/** The SDK's own network errors hold the Authorization header and the message: what the connector throws must hold neither. */
test("what is thrown for a network error shows neither token nor recipient, however it is looked at", async () => {
  await using far = await answering((response) => void response.socket?.resetAndDestroy());
  const client = await twilio.connect({ ...account, from: "ACME", baseUrl: far.url });
  const context = { deliveryId: "abc", number: 1, signal: new AbortController().signal, deadline: Date.now() + 5_000, hops: 1 };
  const parameters = { to, body: `about ${to}`, from: "ACME" };
  const raw: unknown = await client
    .exchange(context)
    .call((sdk) => sdk.messages.create(parameters))
    .catch((error: unknown) => error);
  const basic = Buffer.from(`${accountSid}:${authToken}`).toString("base64");
  expect(inspect(raw, { depth: Infinity }), "the trap is still there").toContain(basic);
  const send = twilio.actions["send"] as unknown as { run(client: unknown, args: object, attempt: object): Promise<unknown> };
  const thrown: unknown = await send.run(client, parameters, context).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(ConnectorError);
  for (const canary of [basic, authToken, to, encodeURIComponent(to)]) {
    expect(inspect(thrown, { depth: Infinity, showHidden: true })).not.toContain(canary);
    expect(JSON.stringify(thrown)).not.toContain(canary);
  }
  await twilio.close?.(client);
});

describe("cost in segments", () => {
  const rows: readonly [name: string, body: string, segments: number][] = [
    ["160 of the basic alphabet", "a".repeat(160), 1],
    ["161", "a".repeat(161), 2],
    ["306", "a".repeat(306), 2],
    ["307", "a".repeat(307), 3],
    ["€ counts twice", "€".repeat(80), 1],
    ["and a half more", `${"€".repeat(80)}a`, 2],
    ["one curly quote turns all to UCS-2", `${"a".repeat(70)}’`, 2],
    ["70 UCS-2 units", "ж".repeat(70), 1],
    ["an emoji is two units", "🙂".repeat(35), 1],
    ["and then not", "🙂".repeat(36), 2],
    ["an escape is not parted from what it escapes", `${"a".repeat(152)}€${"a".repeat(152)}`, 3],
    ["nor are the two units of an emoji", "🙂".repeat(67), 3],
    ["a form feed counts twice", "\f".repeat(81), 2],
  ];
  test.each(rows)("%s", (_name, body, count) => {
    const { cost } = twilio.actions["send"] ?? {};
    expect(cost?.["segments"]?.({ to, body })).toBe(count);
    expect(cost?.["recipients"]?.({ to, body })).toBe(1);
  });

  const others: readonly [name: string, args: Row, segments: number][] = [
    ["quotation marks that Twilio makes plain", { body: "’".repeat(160), smartEncoded: true }, 1],
    ["and an emoji that it cannot", { body: `${"’".repeat(69)}🙂`, smartEncoded: true }, 2],
    ["what it spells out", { body: "½…".repeat(26), smartEncoded: true }, 1],
    ["and is longer then", { body: "½…".repeat(27), smartEncoded: true }, 2],
    ["wide letters", { body: "Ａ".repeat(160), smartEncoded: true }, 1],
    ["with a picture", { body: "a".repeat(1_000), mediaUrl: "https://a/1.png" }, 1],
    ["by WhatsApp", { to: `whatsapp:${to}`, body: "a".repeat(1_000) }, 1],
    ["a template", { contentSid: `HX${"1".repeat(32)}` }, 1],
  ];
  test.each(others)("%s", (_name, args, count) => {
    expect(twilio.actions["send"]?.cost?.["segments"]?.({ to, ...args })).toBe(count);
  });

  test("as Twilio's own calculator counts", () => {
    const unit = fc.constantFrom(...Array.from('aZ0 é€^{|~\n\fж’–🙂"'));
    const long = fc.array(unit, { maxLength: 400 }).map((units) => units.join(""));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: fc.constantFrom(...Array.from("aZ0 é€^{|~\n\f")), maxLength: 400 }), long), (body) => {
        const { segmentsCount } = new SegmentedMessage(body);
        expect(twilio.actions["send"]?.cost?.["segments"]?.({ to, body })).toBe(Math.max(segmentsCount, 1));
      }),
    );
  });
});

test("without an engine the same is refused, before anything is sent", async () => {
  const calls = createTwilio({ accountSid, authToken, from: "ACME", baseUrl: "http://127.0.0.1:1" });
  await expect(calls.send({ to: "0171 1234567", body: "late" })).rejects.toMatchObject({ outcome: "rejected", code: "ARGUMENTS_INVALID" });
  await calls.close();
});
