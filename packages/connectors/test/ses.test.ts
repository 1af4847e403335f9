import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { describeConnector } from "@backstitch/core/testing";
import { ses } from "@backstitch/connectors/ses";
import { sesPeer } from "@backstitch/sandbox";
import type { Row } from "@backstitch/core/values";
import { attempted, idOf } from "./support/attempted.ts";
import { awsConfig, secretAccessKey, sessionToken } from "./support/aws.ts";
import { validate } from "./support/validate.ts";

// A CommonJS package, whose default export Node and vitest read differently.
const { default: startLocalSes } = createRequire(import.meta.url)("aws-ses-v2-local") as {
  default: (config: { readonly host: string; readonly port: number }) => Promise<Server>;
};

const to = "buyer.canary@shop.example";
const others = ["second.canary@shop.example", "third.canary@shop.example"];
const mail = { to, subject: "Late", text: "Your order is late." };

describeConnector(ses, {
  validate,
  secrets: [secretAccessKey, sessionToken],
  recipients: [to, ...others, "care.canary@shop.example"],
  config: (url) => ({ ...awsConfig(url), from: "Shop <shop@shop.example>" }),
  actions: {
    send: {
      args: { ...mail, to: [to, ...others], replyTo: "care.canary@shop.example", text: `For ${to}`, html: "<p>Late</p>" },
      peer: () => sesPeer(),
    },
  },
});

async function send(args: Row, config: object = { from: "shop@shop.example" }, options: Parameters<typeof sesPeer>[0] = {}) {
  const peer = await sesPeer(options);
  try {
    const outcome = await attempted(ses, { config: { ...awsConfig(peer.url), ...config }, action: "send", args });
    return { outcome, received: peer.received() };
  } finally {
    await peer.close();
  }
}

describe("what arrives", () => {
  const long = "Früh ".repeat(30).trim();
  const rows: readonly (readonly [name: string, args: Row, arrived: object])[] = [
    ["text alone", mail, { from: "shop@shop.example", to, subject: "Late", text: mail.text }],
    ["HTML beside it", { ...mail, html: "<b>é</b>" }, { text: mail.text, html: "<b>é</b>" }],
    ["HTML alone", { to, subject: "s", html: "<b>x</b>" }, { html: "<b>x</b>" }],
    [
      "everybody",
      { ...mail, to: [to, others[0] ?? ""], cc: others[1] ?? "", bcc: [to] },
      { to: `${to}, ${others[0]}`, cc: others[1], bcc: to },
    ],
    [
      "a reply address",
      { ...mail, replyTo: ["Care <care@shop.example>", "b@shop.example"] },
      { replyTo: '"Care" <care@shop.example>, b@shop.example' },
    ],
    ["another sender", { ...mail, from: "Night Desk <night@shop.example>" }, { from: '"Night Desk" <night@shop.example>' }],
    ["a name with quotes", { ...mail, to: `"O\\"Neil, J" <${to}>` }, { to: `"O\\"Neil, J" <${to}>` }],
    [
      "a name in another script",
      { ...mail, to: `Zoë 東京 <${to}>` },
      { to: `=?UTF-8?B?${Buffer.from("Zoë 東京").toString("base64")}?= <${to}>` },
    ],
    [
      "a name that pretends to be encoded",
      { ...mail, to: `=?UTF-8?B?Qm9zcw==?= <${to}>` },
      { to: `=?UTF-8?B?${Buffer.from("=?UTF-8?B?Qm9zcw==?=").toString("base64")}?= <${to}>` },
    ],
    ["a domain in another script", { ...mail, to: "info@bücher.example" }, { to: "info@xn--bcher-kva.example" }],
    ["a long subject in UTF-8", { ...mail, subject: long }, { subject: long }],
    ["half a character, as the sign for one", { ...mail, subject: "a\ud83d", text: "b\udc00" }, { subject: "a\ufffd", text: "b\ufffd" }],
    ["an address with quotes of its own kind", { ...mail, to: "o'neil+tag@mail.shop.example" }, { to: "o'neil+tag@mail.shop.example" }],
  ];
  test.each(rows)("%s", async (_name, args, arrived) => {
    const { outcome, received } = await send(args);
    expect(outcome).toMatchObject({ kind: "accepted", receipt: { id: expect.any(String) as string } });
    expect(received).toMatchObject([{ operation: "SendEmail", fields: arrived }]);
  });

  test("the delivery's id is a tag, and the configuration set is named", async () => {
    const { received } = await send(mail, { from: "shop@shop.example", configurationSet: "events" });
    expect(received[0]?.fields).toMatchObject({ configurationSet: "events", tags: { "backstitch-delivery": idOf("1") } });
  });

  test("the receipt counts recipients and names none", async () => {
    const { outcome, received } = await send({ ...mail, to: [to, others[0] ?? ""], bcc: others[1] ?? "" });
    expect(outcome).toEqual({ kind: "accepted", receipt: { id: received[0]?.fields["messageId"], recipients: 3 } });
    expect(ses.actions["send"]?.cost?.["recipients"]?.({ ...mail, to: [to], cc: others, bcc: to })).toBe(4);
  });
});

describe("what is refused before anything is sent", () => {
  const many = Array.from({ length: 26 }, (_, n) => `r${n}@shop.example`);
  const rows: readonly (readonly [name: string, args: Row, code: string, config?: object])[] = [
    ["a second header in the subject", { ...mail, subject: `s\r\nBcc: ${to}` }, "SES_SUBJECT_INVALID"],
    ["NUL in the subject", { ...mail, subject: "a\u0000b" }, "SES_SUBJECT_INVALID"],
    ["a second header in an address", { ...mail, to: `${to}\r\nBcc: x@shop.example` }, "SES_ADDRESS_INVALID"],
    ["a second header in a name", { ...mail, to: `A\nBcc: x@shop.example <${to}>` }, "SES_ADDRESS_INVALID"],
    ["two addresses in one", { ...mail, to: `${to}, x@shop.example` }, "SES_ADDRESS_INVALID"],
    ["two addresses in one, in brackets", { ...mail, to: `A <${to}>, B <x@shop.example>` }, "SES_ADDRESS_INVALID"],
    ["no @", { ...mail, to: "buyer" }, "SES_ADDRESS_INVALID"],
    ["nothing before the @", { ...mail, to: "@shop.example" }, "SES_ADDRESS_INVALID"],
    ["no domain with a dot", { ...mail, to: "root@localhost" }, "SES_ADDRESS_INVALID"],
    ["blanks in it", { ...mail, to: "a b@shop.example" }, "SES_ADDRESS_INVALID"],
    ["a local part in another script", { ...mail, to: "zoë@shop.example" }, "SES_ADDRESS_INVALID"],
    ["an empty bracket", { ...mail, to: "Jane <>" }, "SES_ADDRESS_INVALID"],
    ["one bad address among good ones", { ...mail, cc: [to, "nonsense"] }, "SES_ADDRESS_INVALID"],
    ["a bad reply address", { ...mail, replyTo: "nonsense" }, "SES_ADDRESS_INVALID"],
    ["a bad sender", { ...mail, from: "nonsense" }, "SES_ADDRESS_INVALID"],
    ["no sender", mail, "SES_FROM_MISSING", {}],
    ["no body", { to, subject: "s" }, "SES_BODY_MISSING"],
    ["52 recipients", { ...mail, to: many, bcc: many }, "SES_TOO_MANY_RECIPIENTS"],
    ["no recipient", { ...mail, to: [] }, "ARGUMENTS_INVALID"],
  ];
  test.each(rows.map((row) => ({ name: row[0], row })))("$name", async ({ row: [, args, code, config] }) => {
    const { outcome, received } = await send(args, config);
    expect(outcome).toMatchObject({ kind: "rejected", code });
    expect(JSON.stringify(outcome)).not.toMatch(/shop\.example/);
    expect(received).toEqual([]);
  });

  test("whatever the text, an address that goes out is one address in one line", async () => {
    const peer = await sesPeer();
    const part = fc.oneof(fc.string({ unit: "binary", maxLength: 12 }), fc.constantFrom("<", ">", ",", '"', "\\", "\r\n", "@", " ", "=?"));
    const text = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(text, async (name) => {
        const before = peer.received().length;
        const config = { ...awsConfig(peer.url), from: "shop@shop.example" };
        const outcome = await attempted(ses, { config, action: "send", args: { ...mail, to: `${name} <${to}>` } });
        const arrived = peer.received().slice(before);
        expect(arrived.length).toBe(outcome.kind === "accepted" ? 1 : 0);
        if (outcome.kind !== "accepted") expect(outcome).toMatchObject({ kind: "rejected", code: "SES_ADDRESS_INVALID" });
        for (const { fields } of arrived)
          expect(fields["to"]).toMatch(
            /^(?:(?:"(?:[ !#-[\]-~]|\\["\\])*"|(?:=\?UTF-8\?B\?[A-Za-z0-9+/=]{0,60}\?=)(?: =\?UTF-8\?B\?[A-Za-z0-9+/=]{0,60}\?=)*) <)?buyer\.canary@shop\.example>?$/,
          );
      }),
      { numRuns: 60 },
    );
    await peer.close();
  });
});

describe("what an account in trouble answers", () => {
  const rows: readonly (readonly [name: string, options: Parameters<typeof sesPeer>[0], result: object])[] = [
    ["an address that is not verified", { verified: ["shop.example"] }, { kind: "accepted" }],
    [
      "a recipient that is not verified",
      { verified: ["shop@shop.example"] },
      { kind: "rejected", code: "SES_MessageRejected", reason: expect.stringContaining("sandbox") as string },
    ],
    ["a paused account", { paused: true }, { kind: "locked-out", code: "SES_AccountSendingPausedException" }],
    ["a used up quota", { dailyQuota: 0 }, { kind: "throttled", code: "SES_Throttling", retryAfterMs: 7_200_000 }],
    [
      "a configuration set that is not there",
      { configurationSets: ["others"] },
      { kind: "locked-out", code: "SES_ConfigurationSetDoesNotExistException" },
    ],
  ];
  test.each(rows)("%s", async (_name, options, result) => {
    const { outcome } = await send(mail, { from: "shop@shop.example", configurationSet: "events" }, options);
    expect(outcome).toMatchObject(result);
    expect(JSON.stringify(outcome)).not.toContain(to);
  });
});

// It keeps the first address of each field only.
test("an independent SES takes the mail", async () => {
  const server = await startLocalSes({ host: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const args = { ...mail, cc: "Second <second.canary@shop.example>", replyTo: "care@shop.example", html: "<b>Zoë</b>" };
    const outcome = await attempted(ses, { config: { ...awsConfig(url), from: "Shop <shop@shop.example>" }, action: "send", args });
    const { emails } = (await (await fetch(`${url}/store`)).json()) as { emails: readonly { readonly messageId: string }[] };
    expect(emails).toMatchObject([
      {
        from: '"Shop" <shop@shop.example>',
        replyTo: ["care@shop.example"],
        destination: { to: [to], cc: ['"Second" <second.canary@shop.example>'], bcc: [] },
        subject: "Late",
        body: { text: mail.text, html: "<b>Zoë</b>" },
      },
    ]);
    expect(outcome).toEqual({ kind: "accepted", receipt: { id: emails[0]?.messageId, recipients: 2 } });
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});
