import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { ses } from "@backstitch/connectors/ses";
import { sesPeer } from "@backstitch/sandbox";
import type { Row } from "@backstitch/core/values";
import { attempted, idOf } from "./support/attempted.ts";
import { awsConfig } from "./support/aws.ts";

const to = "buyer.canary@shop.example";
const others = ["second.canary@shop.example", "third.canary@shop.example"];
const mail = { to, subject: "Late", text: "Your order is late." };

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
    [
      "HTML alone, and what readers without it see",
      { to, subject: "s", html: "<p>x &amp; <b>y</b></p>" },
      { html: "<p>x &amp; <b>y</b></p>", text: "x & y" },
    ],
    [
      "its links",
      { to, subject: "s", html: '<a href="https://a.example/1">there</a><img src="https://a.example/2"><style>p{}</style>' },
      { text: "there [https://a.example/1]" },
    ],
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

  test("tags and another configuration set of a mail of its own", async () => {
    const args = { ...mail, tags: { kind: "late", who: "a.b@c" }, configurationSet: "other" };
    const { received } = await send(args, { from: "shop@shop.example", configurationSet: "events" });
    expect(received[0]?.fields).toMatchObject({
      configurationSet: "other",
      tags: { "backstitch-delivery": idOf("1"), kind: "late", who: "a.b@c" },
    });
  });

  test.each([
    ["nothing to read", '<img src="https://a.example/2">'],
    ["too much", `<p>${"x".repeat(262_144)}</p>`],
    ["too deep", "<b>x".repeat(501)],
  ])("of HTML with %s no text is made", async (_name, html) => {
    const { outcome, received } = await send({ to, subject: "s", html });
    expect(outcome.kind).toBe("accepted");
    expect(received[0]?.fields["html"]).toBe(html);
    expect(received[0]?.fields).not.toHaveProperty("text");
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
    ["a second header in the subject", { ...mail, subject: `s\r\nBcc: ${to}` }, "ARGUMENTS_INVALID"],
    ["NUL in the subject", { ...mail, subject: "a\u0000b" }, "ARGUMENTS_INVALID"],
    ["a second header in an address", { ...mail, to: `${to}\r\nBcc: x@shop.example` }, "ARGUMENTS_INVALID"],
    ["a second header in a name", { ...mail, to: `A\nBcc: x@shop.example <${to}>` }, "ARGUMENTS_INVALID"],
    ["two addresses in one", { ...mail, to: `${to}, x@shop.example` }, "ARGUMENTS_INVALID"],
    ["two addresses in one, in brackets", { ...mail, to: `A <${to}>, B <x@shop.example>` }, "ARGUMENTS_INVALID"],
    ["no @", { ...mail, to: "buyer" }, "ARGUMENTS_INVALID"],
    ["nothing before the @", { ...mail, to: "@shop.example" }, "ARGUMENTS_INVALID"],
    ["no domain with a dot", { ...mail, to: "root@localhost" }, "ARGUMENTS_INVALID"],
    ["blanks in it", { ...mail, to: "a b@shop.example" }, "ARGUMENTS_INVALID"],
    ["a local part in another script", { ...mail, to: "zoë@shop.example" }, "ARGUMENTS_INVALID"],
    ["an empty bracket", { ...mail, to: "Jane <>" }, "ARGUMENTS_INVALID"],
    ["one bad address among good ones", { ...mail, cc: [to, "nonsense"] }, "ARGUMENTS_INVALID"],
    ["a bad reply address", { ...mail, replyTo: "nonsense" }, "ARGUMENTS_INVALID"],
    ["a bad sender", { ...mail, from: "nonsense" }, "ARGUMENTS_INVALID"],
    ["a path behind the domain", { ...mail, to: `${to}/x` }, "ARGUMENTS_INVALID"],
    ["a domain with percent signs", { ...mail, to: "a@shop%2eexample.com" }, "ARGUMENTS_INVALID"],
    ["a domain of numbers", { ...mail, to: "a@1.2" }, "ARGUMENTS_INVALID"],
    ["a group", { ...mail, to: `Team: ${to};` }, "ARGUMENTS_INVALID"],
    ["a comment", { ...mail, to: `${to} (Jane)` }, "ARGUMENTS_INVALID"],
    ["a name that turns round", { ...mail, to: `\u202eelpmaxe <${to}>` }, "ARGUMENTS_INVALID"],
    ["a tag with a blank", { ...mail, tags: { kind: "very late" } }, "ARGUMENTS_INVALID"],
    ["a tag's name with a blank", { ...mail, tags: { "very late": "x" } }, "ARGUMENTS_INVALID"],
    ["a tag of ours", { ...mail, tags: { "backstitch-delivery": "x" } }, "ARGUMENTS_INVALID"],
    ["a service whose sender is none", mail, "SES_ADDRESS_INVALID", { from: "nonsense" }],
    ["no sender", mail, "SES_FROM_MISSING", {}],
    ["no body", { to, subject: "s" }, "ARGUMENTS_INVALID"],
    ["52 recipients", { ...mail, to: many, bcc: many }, "ARGUMENTS_INVALID"],
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
        if (outcome.kind !== "accepted") expect(outcome).toMatchObject({ kind: "rejected", code: "ARGUMENTS_INVALID" });
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
  test("a configuration set that only this mail names stops no other", async () => {
    const { outcome } = await send({ ...mail, configurationSet: "mine" }, { from: "shop@shop.example" }, { configurationSets: ["events"] });
    expect(outcome).toMatchObject({ kind: "rejected", code: "SES_ConfigurationSetDoesNotExistException" });
  });
  test.each(rows)("%s", async (_name, options, result) => {
    const { outcome } = await send(mail, { from: "shop@shop.example", configurationSet: "events" }, options);
    expect(outcome).toMatchObject(result);
    expect(JSON.stringify(outcome)).not.toContain(to);
  });
});
