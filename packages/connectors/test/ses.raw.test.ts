/** What `sendRaw` writes, as a reader of mail that others wrote reads it. */
import { ses } from "@backstitch/connectors/ses";
import type { Row } from "@backstitch/core/values";
import { sesPeer } from "@backstitch/sandbox";
import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { attempted, idOf } from "./support/attempted.ts";
import { awsConfig } from "./support/aws.ts";

const to = "buyer.canary@shop.example";
const hidden = "hidden.canary@shop.example";
const mail = { to, subject: "Late", text: "Your order is late." };

async function send(args: Row) {
  const peer = await sesPeer();
  try {
    const config = { ...awsConfig(peer.url), from: "Shop <shop@shop.example>", configurationSet: "events" };
    const outcome = await attempted(ses, { config, action: "sendRaw", args });
    return { outcome, fields: peer.received()[0]?.fields };
  } finally {
    await peer.close();
  }
}

async function read(args: Row) {
  const { outcome, fields } = await send(args);
  expect(outcome.kind).toBe("accepted");
  const raw = fields?.["raw"] as string;
  return { raw, parsed: await simpleParser(raw), fields };
}

test("everybody receives it, and nobody sees who is hidden", async () => {
  const args = {
    ...mail,
    to: [`Zoë 東京 <${to}>`, "b@bücher.example"],
    cc: "Cc <cc@shop.example>",
    bcc: hidden,
    replyTo: "care@shop.example",
  };
  const { raw, parsed, fields } = await read(args);
  expect(fields).toMatchObject({
    from: "shop@shop.example",
    to: `${to}, b@xn--bcher-kva.example, cc@shop.example, ${hidden}`,
    configurationSet: "events",
    tags: { "backstitch-delivery": idOf("1") },
    recipients: 4,
  });
  expect(raw).not.toContain(hidden);
  expect(raw).toContain(" b@xn--bcher-kva.example\r\n");
  expect(parsed.from?.value).toEqual([{ name: "Shop", address: "shop@shop.example" }]);
  expect([parsed.to].flat()[0]?.value).toMatchObject([{ name: "Zoë 東京", address: to }, { address: "b@bücher.example" }]);
  expect(parsed.replyTo?.value).toMatchObject([{ address: "care@shop.example" }]);
});

test("text beside HTML, made of it where there is none", async () => {
  const { parsed } = await read({ to, subject: "Zu spät 🙂", html: "<p>Für <b>Zoë</b></p>" });
  expect(parsed).toMatchObject({ subject: "Zu spät 🙂", html: "<p>Für <b>Zoë</b></p>" });
  expect(parsed.text?.trim()).toBe("Für Zoë");
});

test("attachments, as text, as bytes and within the HTML", async () => {
  const bytes = Buffer.from([0, 255, 13, 10, 46, 13, 10, 128]);
  const { parsed } = await read({
    ...mail,
    html: '<img src="cid:logo">',
    attachments: [
      { filename: "Rechnung für Zoë.csv", content: "a;b\nü;2\n" },
      { filename: "x.bin", content: bytes.toString("base64"), encoding: "base64", contentType: "application/x-late" },
      { filename: "logo.png", content: "AAAA", encoding: "base64", contentId: "logo" },
    ],
  });
  const found = parsed.attachments.map(({ filename, contentType, content, cid }) => ({
    filename,
    contentType,
    cid,
    text: content.toString("hex"),
  }));
  expect(found).toEqual([
    { filename: "logo.png", contentType: "image/png", cid: "logo", text: "000000" },
    { filename: "Rechnung für Zoë.csv", contentType: "text/csv", cid: undefined, text: Buffer.from("a;b\nü;2\n").toString("hex") },
    { filename: "x.bin", contentType: "application/x-late", cid: undefined, text: bytes.toString("hex") },
  ]);
});

test("headers of one's own, and a button to unsubscribe by one click", async () => {
  const url = `https://shop.example/u?${"x".repeat(800)}`;
  const { parsed, raw } = await read({
    ...mail,
    headers: { "X-Order": "17", "X-Name": "Zoë", "X-Long": "word ".repeat(170).trim() },
    listUnsubscribe: { url, mail: "no+more@shop.example" },
  });
  const header = (name: string): unknown => parsed.headers.get(name);
  expect([header("x-order"), header("x-name"), header("x-long")]).toEqual(["17", "=?UTF-8?B?Wm/Dqw==?=", "word ".repeat(170).trim()]);
  expect(raw.replaceAll(/\r\n(?=[ \t])/g, "")).toContain(`\r\nList-Unsubscribe: <${url}>, <mailto:no%2Bmore@shop.example>\r\n`);
  expect(raw).toContain("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
});

test("whoever can only be written to has no button for one click", async () => {
  const { raw } = await read({ ...mail, listUnsubscribe: { mail: "stop@shop.example" } });
  expect(raw).toContain("List-Unsubscribe: <mailto:stop@shop.example>");
  expect(raw).not.toContain("List-Unsubscribe-Post");
});

describe("what is refused before anything is sent", () => {
  const attachment = { filename: "a.txt", content: "x" };
  const rows: readonly [name: string, args: Row, code: string][] = [
    ["a header in a header", { headers: { "X-A": "b\r\nBcc: x@shop.example" } }, "ARGUMENTS_INVALID"],
    ["a header in a header's name", { headers: { "X-A: b\r\nBcc": "x" } }, "ARGUMENTS_INVALID"],
    ["a name with a colon", { headers: { "X-A:": "x" } }, "ARGUMENTS_INVALID"],
    ["a name that is too long", { headers: { [`X-${"a".repeat(125)}`]: "x" } }, "ARGUMENTS_INVALID"],
    ["a value that is too long", { headers: { "X-A": "x".repeat(871) } }, "ARGUMENTS_INVALID"],
    ...["Bcc", "FROM", "Content-Type", "Message-ID", "X-SES-CONFIGURATION-SET", "DKIM-Signature", "List-Unsubscribe"].map(
      (name) => [`the header ${name}`, { headers: { [name]: "x" } }, "ARGUMENTS_INVALID"] as [string, Row, string],
    ),
    ["a file name with a folder", { attachments: [{ ...attachment, filename: "../a.txt" }] }, "ARGUMENTS_INVALID"],
    ["a file name with a folder of Windows", { attachments: [{ ...attachment, filename: "..\\a.txt" }] }, "ARGUMENTS_INVALID"],
    ["a file name of dots", { attachments: [{ ...attachment, filename: ".." }] }, "ARGUMENTS_INVALID"],
    ["a file name that turns round", { attachments: [{ ...attachment, filename: "a\u202egnp.exe" }] }, "ARGUMENTS_INVALID"],
    ["a file name with a header", { attachments: [{ ...attachment, filename: "a\r\nBcc: x" }] }, "ARGUMENTS_INVALID"],
    ["what is no base64", { attachments: [{ ...attachment, encoding: "base64", content: "=x" }] }, "ARGUMENTS_INVALID"],
    ["a type with a header", { attachments: [{ ...attachment, contentType: "text/plain\r\nBcc: x" }] }, "ARGUMENTS_INVALID"],
    ["a path to a file", { attachments: [{ ...attachment, path: "/etc/passwd" }] }, "ARGUMENTS_INVALID"],
    ["unsubscribing without https", { listUnsubscribe: { url: "http://shop.example/u" } }, "ARGUMENTS_INVALID"],
    ["unsubscribing with a header", { listUnsubscribe: { url: "https://shop.example/u>\r\nBcc: x" } }, "ARGUMENTS_INVALID"],
    ["unsubscribing somewhere else too", { listUnsubscribe: { url: "https://shop.example/u>,<https://x.example" } }, "ARGUMENTS_INVALID"],
    ["unsubscribing at two addresses", { listUnsubscribe: { mail: "a@shop.example, b@shop.example" } }, "ARGUMENTS_INVALID"],
    ["unsubscribing nowhere", { listUnsubscribe: {} }, "ARGUMENTS_INVALID"],
    ["more than SES takes", { attachments: [{ ...attachment, content: "x".repeat(10_485_761) }] }, "SES_TOO_LARGE"],
    ["what is more once it is written", { attachments: [{ ...attachment, content: "x".repeat(9_000_000) }] }, "SES_TOO_LARGE"],
  ];
  test.each(rows)("%s", async (_name, args, code) => {
    const { outcome, fields } = await send({ ...mail, ...args });
    expect(outcome).toMatchObject({ kind: "rejected", code });
    expect(fields).toBeUndefined();
  });
});
