import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { twilioPeer, type TwilioPeerOptions } from "@backstitch/sandbox";
import type { Peer } from "@backstitch/core/testing";

const account = `AC${"a".repeat(32)}`;
const from = "+15005550006";
const to = "+15551230987";

const scheduled = { To: to, MessagingServiceSid: `MG${"1".repeat(32)}`, Body: "late", ScheduleType: "fixed" };

interface Asked {
  readonly form?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly path?: string;
  readonly user?: string;
  readonly token?: string;
}

async function ask(peer: Peer, { form, query = {}, path = "/Messages.json", user = account, token = "any" }: Asked) {
  const address = `${peer.url}/2010-04-01/Accounts/${account}${path}?${new URLSearchParams(query).toString()}`;
  const headers = { authorization: `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}` };
  const answer = await fetch(address, form === undefined ? { headers } : { headers, method: "POST", body: new URLSearchParams(form) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function once(asked: Asked, options: TwilioPeerOptions = {}) {
  const peer = await twilioPeer(options);
  try {
    return { ...(await ask(peer, asked)), received: peer.received() };
  } finally {
    await peer.close();
  }
}

test("a message is created as Twilio answers it", async () => {
  const { status, body, received } = await once({ form: { To: to, From: from, Body: "late" } });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    account_sid: account,
    api_version: "2010-04-01",
    body: "late",
    date_sent: null,
    direction: "outbound-api",
    error_code: null,
    from,
    messaging_service_sid: null,
    num_media: "0",
    num_segments: "1",
    price: null,
    sid: expect.stringMatching(/^SM[0-9a-f]{32}$/) as string,
    status: "queued",
    to,
  });
  expect(body["date_created"]).toMatch(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/);
  expect(received).toMatchObject([{ operation: "messages.create", fields: { To: to, From: from, Body: "late", sid: body["sid"] } }]);
});

test("by a Messaging Service it is accepted, and its sender and segments are not known yet", async () => {
  const { body } = await once({ form: { To: to, MessagingServiceSid: `MG${"1".repeat(32)}`, Body: "late" } });
  expect(body).toMatchObject({ status: "accepted", from: null, num_segments: "0" });
});

describe("refusals", () => {
  const rows: readonly [code: number, form: Record<string, string>][] = [
    [21604, { From: from, Body: "x" }],
    [21603, { To: to, Body: "x" }],
    [21602, { To: to, From: from }],
    [21211, { To: "nobody", From: from, Body: "x" }],
    [21211, { To: "+0123", From: from, Body: "x" }],
    [21617, { To: to, From: from, Body: "x".repeat(1_601) }],
    [21620, { To: to, From: from, Body: "late", MediaUrl: "https%3A%2F%2Fa.example%2F1.png" }],
    [21212, { To: to, From: "not/a sender", Body: "x" }],
    [21211, { To: "+15005550001", From: from, Body: "x" }],
    [21612, { To: "+15005550002", From: from, Body: "x" }],
    [21408, { To: "+15005550003", From: from, Body: "x" }],
    [21610, { To: "+15005550004", From: from, Body: "x" }],
    [21614, { To: "+15005550009", From: from, Body: "x" }],
    [21212, { To: to, From: "+15005550001", Body: "x" }],
    [21606, { To: to, From: "+15005550007", Body: "x" }],
    [21611, { To: to, From: "+15005550008", Body: "x" }],
    [21910, { To: `whatsapp:${to}`, From: from, Body: "x" }],
    [21705, { To: to, MessagingServiceSid: "MG1", Body: "x" }],
    [21655, { To: to, From: from, ContentSid: "1" }],
    [21656, { To: to, From: from, ContentSid: `HX${"1".repeat(32)}`, ContentVariables: '{"1":""}' }],
    [21656, { To: to, From: from, ContentSid: `HX${"1".repeat(32)}`, ContentVariables: "{" }],
    [90007, { To: to, From: from, Body: "x", ValidityPeriod: "36001" }],
    [35114, { ...scheduled, SendAt: "2020-01-01T00:00:00Z" }],
    [35114, { ...scheduled, SendAt: "2099-01-01T00:00:00Z" }],
    [35114, { ...scheduled, SendAt: "soon" }],
  ];
  test.each(rows)("%i for %o", async (code, form) => {
    const { status, body, received } = await once({ form });
    expect(status).toBe(400);
    expect(body).toEqual({
      code,
      message: expect.any(String) as string,
      more_info: `https://www.twilio.com/docs/errors/${code}`,
      status: 400,
    });
    expect(received).toEqual([]);
  });
});

test("a time needs a Messaging Service: without one it is forgotten, and the message goes out at once", async () => {
  const SendAt = `${new Date(Date.now() + 3_600_000).toISOString().slice(0, 19)}Z`;
  expect((await once({ form: { ...scheduled, SendAt } })).body).toMatchObject({ status: "scheduled" });
  expect((await once({ form: { To: to, From: from, Body: "late", ScheduleType: "fixed", SendAt } })).body).toMatchObject({
    status: "queued",
  });
});

test.each([
  ["a name that objects know", { From: "__proto__", To: to }],
  ["a number", { From: from, To: to }],
  ["a short code", { From: "12345", To: to }],
  ["a name", { From: "ACME Shop", To: to }],
  ["a channel", { From: `whatsapp:${from}`, To: `whatsapp:${to}` }],
])("takes as sender %s", async (_name, form) => {
  expect((await once({ form: { ...form, Body: "x".repeat(1_600) } })).status).toBe(201);
});

describe("credentials", () => {
  const credentials = { accountSid: account, authToken: "right" };
  const rows: readonly [name: string, asked: Asked, options: TwilioPeerOptions, status: number][] = [
    ["any token, unless told", { token: "whatever" }, {}, 200],
    ["an API key", { user: "SK1", token: "whatever" }, {}, 200],
    ["no token", { token: "" }, {}, 401],
    ["another account's", { user: `AC${"b".repeat(32)}` }, {}, 401],
    ["the right token", { token: "right" }, { credentials }, 200],
    ["a wrong token", { token: "wrong" }, { credentials }, 401],
  ];
  test.each(rows)("%s", async (_name, asked, options, status) => {
    const answer = await once(asked, options);
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer.body).toMatchObject({ code: 20003 });
  });
});

test.each(["/Calls.json", "/Messages/SMnone.json", `/Messages/SM${"0".repeat(32)}.json`])("there is no %s", async (path) => {
  expect(await once({ path })).toMatchObject({ status: 404, body: { code: 20404 } });
});

describe("reading messages", () => {
  let peer: Peer;
  const sids: string[] = [];
  const today = new Date().toISOString().slice(0, 10);

  beforeAll(async () => {
    peer = await twilioPeer();
    for (const form of [
      { To: to, Body: "1" },
      { To: to, Body: "2" },
      { To: "+15551230000", Body: "3" },
    ]) {
      sids.push(String((await ask(peer, { form: { ...form, From: from } })).body["sid"]));
    }
  });
  afterAll(() => peer.close());

  const rows: readonly [query: Record<string, string>, bodies: readonly string[]][] = [
    [{}, ["3", "2", "1"]],
    [{ To: to }, ["2", "1"]],
    [{ From: "+15550000000" }, []],
    [{ DateSent: today }, ["3", "2", "1"]],
    [{ DateSent: "2008-01-02" }, []],
    [{ "DateSent>": today, "DateSent<": today }, ["3", "2", "1"]],
    [{ "DateSent<": "2008-01-02" }, []],
    [{ "DateSent>": "2099-01-01" }, []],
    [{ PageSize: "2" }, ["3", "2"]],
    [{ PageSize: "2", Page: "1" }, ["1"]],
  ];
  test.each(rows)("%o lists %j", async (query, bodies) => {
    const { body } = await ask(peer, { query });
    expect((body["messages"] as { body: string }[]).map((message) => message.body)).toEqual(bodies);
  });

  test("a page names the next one", async () => {
    const { body } = await ask(peer, { query: { PageSize: "2" } });
    expect(body).toMatchObject({ page: 0, page_size: 2, start: 0, end: 1, previous_page_uri: null });
    const next = await fetch(`${peer.url}${String(body["next_page_uri"])}`, {
      headers: { authorization: `Basic ${Buffer.from(`${account}:any`).toString("base64")}` },
    });
    expect(await next.json()).toMatchObject({ page: 1, next_page_uri: null, messages: [{ body: "1" }] });
  });

  test("one message, by now delivered", async () => {
    const { body } = await ask(peer, { path: `/Messages/${sids[0] ?? ""}.json` });
    expect(body).toMatchObject({ sid: sids[0], status: "delivered", date_sent: body["date_created"] });
  });
});
