import { describe, expect, test } from "vitest";
import { sesPeer, type SesPeerOptions } from "@backstitch/sandbox";
import { ask, codeOf } from "./support/aws.ts";

const whole = {
  Action: "SendEmail",
  Version: "2010-12-01",
  Source: "Shop <shop@shop.example>",
  "Destination.ToAddresses.member.1": "a@shop.example",
  "Destination.ToAddresses.member.2": "b@shop.example",
  "Message.Subject.Data": "Late & <soon>",
  "Message.Body.Text.Data": "text",
};

function without(name: keyof typeof whole): Record<string, string> {
  return Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name));
}

async function send(form: Record<string, string>, options: SesPeerOptions = {}, headers: Record<string, string> = {}) {
  const peer = await sesPeer(options);
  try {
    const heard = await ask({ url: peer.url, headers, body: new URLSearchParams(form).toString() });
    return { heard, received: peer.received() };
  } finally {
    await peer.close();
  }
}

test("a mail is taken and can be read", async () => {
  const { heard, received } = await send({
    ...whole,
    "Message.Body.Html.Data": "<b>html</b>",
    "Tags.member.1.Name": "n",
    "Tags.member.1.Value": "v",
  });
  expect(heard.status).toBe(200);
  expect(received).toMatchObject([
    {
      operation: "SendEmail",
      fields: {
        from: "Shop <shop@shop.example>",
        to: "a@shop.example, b@shop.example",
        subject: "Late & <soon>",
        text: "text",
        html: "<b>html</b>",
        tags: { n: "v" },
        recipients: 2,
      },
    },
  ]);
  expect(heard.body).toContain(`<SendEmailResult><MessageId>${received[0]?.fields["messageId"] as string}</MessageId></SendEmailResult>`);
});

describe("a raw mail", () => {
  const raw = (lines: readonly string[]) => ({
    Action: "SendRawEmail",
    Source: "shop@shop.example",
    "Destinations.member.1": "a@shop.example",
    "RawMessage.Data": Buffer.from(lines.join("\r\n")).toString("base64"),
  });

  test("goes to its destinations, whoever its headers name, and its subject can be read", async () => {
    const lines = [
      "From: shop@shop.example",
      "To: nobody@shop.example",
      "Subject: =?UTF-8?Q?Zu_sp=C3=A4t?=",
      " =?UTF-8?B?w7w=?=",
      "",
      "text",
    ];
    const { received } = await send(raw(lines));
    expect(received).toMatchObject([
      { operation: "SendRawEmail", fields: { to: "a@shop.example", subject: "Zu spätü", raw: lines.join("\r\n"), recipients: 1 } },
    ]);
  });

  test("has no line that is longer than lines may be", async () => {
    const { heard, received } = await send(raw(["Subject: s", "", "x".repeat(999)]));
    expect(codeOf(heard)).toBe("InvalidParameterValue");
    expect(received).toEqual([]);
  });
});

describe("a template", () => {
  const form = {
    ...without("Message.Subject.Data"),
    Action: "SendTemplatedEmail",
    Template: "late",
    TemplateData: '{"who":{"name":"<Ada>"}}',
  };
  const filled = { late: { subject: "For {{ who.name }}", html: "<p>{{who.name}}</p>" } };

  test("is filled, and nothing in it is escaped", async () => {
    const { received } = await send(form, { templates: filled });
    expect(received).toMatchObject([{ fields: { subject: "For <Ada>", html: "<p><Ada></p>", template: "late" } }]);
  });

  test.each([
    ["what cannot be filled is accepted and dropped", { templates: { late: { subject: "{{when}}" } } }, form, 200],
    ["one that is not there", { templates: {} }, form, 400],
    ["data that are no JSON", {}, { ...form, TemplateData: "{" }, 400],
  ])("%s", async (_name, options, asked, status) => {
    const { heard, received } = await send(asked, options);
    expect(heard.status).toBe(status);
    expect(received).toEqual([]);
  });
});

describe("what SES refuses", () => {
  const to = "Destination.ToAddresses.member.1";
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`Destination.CcAddresses.member.${n + 1}`, `c${n}@shop.example`]));
  const rows: readonly {
    name: string;
    form: Record<string, string>;
    code: string;
    options?: SesPeerOptions;
    headers?: Record<string, string>;
  }[] = [
    { name: "another action", form: { Action: "ListIdentities" }, code: "InvalidAction" },
    { name: "no sender", form: without("Source"), code: "ValidationError" },
    { name: "no subject", form: without("Message.Subject.Data"), code: "ValidationError" },
    { name: "no body", form: without("Message.Body.Text.Data"), code: "ValidationError" },
    { name: "nobody", form: without(to), code: "InvalidParameterValue" },
    { name: "too many", form: { ...whole, ...many }, code: "InvalidParameterValue" },
    { name: "no domain", form: { ...whole, [to]: "a" }, code: "InvalidParameterValue" },
    { name: "a blank in an address", form: { ...whole, [to]: "a b@shop.example" }, code: "InvalidParameterValue" },
    { name: "a bad domain", form: { ...whole, [to]: "a@shop" }, code: "InvalidParameterValue" },
    { name: "a bad tag", form: { ...whole, "Tags.member.1.Name": "a b", "Tags.member.1.Value": "v" }, code: "InvalidParameterValue" },
    {
      name: "a sender that is not verified",
      form: whole,
      code: "MessageRejected",
      options: { verified: ["a@shop.example", "b@shop.example"] },
    },
    { name: "a paused account", form: whole, code: "AccountSendingPausedException", options: { paused: true } },
    {
      name: "an unknown configuration set",
      form: { ...whole, ConfigurationSetName: "x" },
      code: "ConfigurationSetDoesNotExist",
      options: { configurationSets: ["y"] },
    },
    { name: "more than a day's mail", form: whole, code: "Throttling", options: { dailyQuota: 1 } },
    { name: "no signature", form: whole, code: "MissingAuthenticationToken", headers: { authorization: "Basic x" } },
    {
      name: "another key",
      form: whole,
      code: "InvalidClientTokenId",
      options: { credentials: { accessKeyId: "other", secretAccessKey: "s" } },
    },
    {
      name: "a signature that is wrong",
      form: whole,
      code: "SignatureDoesNotMatch",
      options: { credentials: { accessKeyId: "AKID", secretAccessKey: "s" } },
    },
  ];
  test.each(rows)("$name: $code", async ({ form, options, headers, code }) => {
    const { heard, received } = await send(form, options, headers);
    expect(heard.status).toBeGreaterThanOrEqual(400);
    expect(codeOf(heard)).toBe(code);
    expect(received).toEqual([]);
  });
});

test("the day's quota counts recipients over all mails", async () => {
  const peer = await sesPeer({ dailyQuota: 5 });
  const body = new URLSearchParams(whole).toString();
  const statuses = [];
  for (let n = 0; n < 3; n += 1) statuses.push((await ask({ url: peer.url, body })).status);
  expect(statuses).toEqual([200, 200, 400]);
  await peer.close();
});

test.each([
  [{ kind: "throttle", retryAfter: "7" }, 400, "Throttling"],
  [{ kind: "status", status: 500 }, 500, "InternalFailure"],
  [{ kind: "status", status: 503 }, 503, "ServiceUnavailable"],
  [{ kind: "refuse-credentials" }, 403, "InvalidClientTokenId"],
] as const)("misbehaves as SES does: %j", async (fault, status, code) => {
  const peer = await sesPeer();
  peer.misbehave(fault, 1);
  const heard = await ask({ url: peer.url, body: new URLSearchParams(whole).toString() });
  expect([heard.status, codeOf(heard)]).toEqual([status, code]);
  if (fault.kind === "throttle") expect(heard.headers["retry-after"]).toBe("7");
  expect(peer.received()).toEqual([]);
  await peer.close();
});
