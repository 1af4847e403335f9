import { Secret } from "@backstitch/core/connector";
import type { ReceivedCall } from "@backstitch/core/testing";
import type { Row, Value } from "@backstitch/core/values";
import { ses } from "@backstitch/connectors/ses";
import { twilio } from "@backstitch/connectors/twilio";
import { sesPeer, twilioPeer } from "@backstitch/sandbox";
import { simpleParser } from "mailparser";
import { describe } from "vitest";
import { awsConfig } from "./support/aws.ts";
import { describeInjection } from "./support/injection.ts";

const MG = `MG${"1".repeat(32)}`;

describe("twilio", () => {
  describeInjection(twilio, {
    config: (url) => ({ accountSid: `AC${"0".repeat(32)}`, authToken: new Secret("canary-token-1f4b"), baseUrl: url }),
    actions: {
      send: {
        args: {
          to: "+15551230987",
          body: "late",
          from: "ACME",
          messagingServiceSid: MG,
          mediaUrl: ["https://good.example/a.png"],
          contentSid: `HX${"2".repeat(32)}`,
          contentVariables: { 1: "late" },
          sendAt: new Date(Date.now() + 86_400_000).toISOString(),
          validityPeriod: 60,
          smartEncoded: true,
        },
        peer: () => twilioPeer(),
        arrived: ({ fields }) => ({ ...fields, ContentVariables: JSON.parse(fields["ContentVariables"] as string) as Value }),
        places: {
          to: ["To"],
          body: ["Body"],
          from: ["From"],
          mediaUrl: ["MediaUrl"],
          contentVariables: ["ContentVariables"],
          sendAt: ["SendAt"],
        },
        volatile: ["sid"],
      },
    },
  });
});

const envelope = {
  to: ["Ada <a@good.example>", "b@good.example"],
  cc: "c@good.example",
  bcc: "d@good.example",
  replyTo: "e@good.example",
  from: "Shop <shop@good.example>",
  tags: { kind: "late" },
};
const content = { subject: "Late", text: "late", html: "<p>late</p>", configurationSet: "events" };
const mailPeer = () => sesPeer();
const volatile = ["messageId", "raw"];

/** Addresses and subjects as readers show them. */
function decoded({ fields }: ReceivedCall): Row {
  const read = Object.entries(fields).map(([name, value]): [string, Value] => {
    if (typeof value !== "string") return [name, value];
    return [name, ADDRESSES.has(name) ? unquoted(wordsOf(value)) : name === "subject" ? wordsOf(value) : value];
  });
  return Object.fromEntries(read);
}

const ADDRESSES: ReadonlySet<string> = new Set(["to", "cc", "bcc", "replyTo", "from"]);

function wordsOf(text: string): string {
  const joined = text.replaceAll(/\?=\s+=\?/g, "?==?");
  return joined.replaceAll(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, word: string) => Buffer.from(word, "base64").toString());
}

function unquoted(addresses: string): string {
  return addresses.replaceAll(/(^|, )"((?:[^"\\]|\\.)*)"/g, (_, before: string, name: string) => before + name.replaceAll(/\\(.)/g, "$1"));
}

/** A raw mail as a reader of mail takes it apart. */
async function parsed({ fields }: ReceivedCall): Promise<Row> {
  const { headers, attachments, text = "", html } = await simpleParser(fields["raw"] as string);
  const [head = ""] = (fields["raw"] as string).split("\r\n\r\n", 1);
  const read = [...headers].filter(([name]) => !["date", "message-id", "content-type", "list"].includes(name));
  const lists = head.replaceAll(/\r\n(?=[ \t])/g, "").match(/^list-.*$/gim) ?? [];
  const files = attachments.map(
    (file) => [file.filename ?? "", file.contentType ?? "", file.cid ?? "", file.content.toString("utf8")] as const,
  );
  const { to: destinations, ...rest } = fields;
  const shown = Object.fromEntries(read.map(([name, value]) => [name, shownOf(value)]));
  const own = Object.entries(shown).filter(([name]) => !NAMED.has(name));
  return {
    ...rest,
    destinations: destinations ?? null,
    ...Object.fromEntries(Object.entries(shown).filter(([name]) => NAMED.has(name))),
    headers: own.flat(),
    lists,
    text,
    html: typeof html === "string" ? html : "",
    attachments: files,
  };
}

/** Those of arguments that have a place of their own. */
const NAMED: ReadonlySet<string> = new Set(["from", "to", "cc", "reply-to", "subject", "mime-version"]);

/** Of an address only how it is shown. */
function shownOf(value: unknown): string {
  if (typeof value === "string") return wordsOf(value);
  const { text } = value as { readonly text?: string };
  return text === undefined ? JSON.stringify(value) : unquoted(wordsOf(text));
}

describe("ses", () => {
  describeInjection(ses, {
    config: (url) => ({ ...awsConfig(url), configurationSet: "events", reportsRenderingFailures: true }),
    actions: {
      send: { args: { ...envelope, ...content }, peer: mailPeer, arrived: decoded, volatile },
      sendTemplated: {
        args: { ...envelope, template: "late", data: { name: "Ada", list: [{ x: "late" }] }, unescapedData: { plain: "late" } },
        peer: mailPeer,
        arrived: (call) => ({ ...decoded(call), ...dataOf(call.fields["data"] as string) }),
        places: { data: ["filled"], unescapedData: ["filled", "plain"] },
        volatile: [...volatile, "data"],
      },
      sendRaw: {
        args: {
          ...envelope,
          ...content,
          attachments: [{ filename: "late.csv", content: "late", encoding: "text", contentType: "text/csv", contentId: "late" }],
          headers: { "X-Late": "late" },
          listUnsubscribe: { url: "https://good.example/u", mail: "stop@good.example" },
        },
        peer: mailPeer,
        arrived: parsed,
        places: {
          to: ["to", "destinations"],
          cc: ["cc", "destinations"],
          bcc: ["destinations"],
          replyTo: ["reply-to"],
          listUnsubscribe: ["lists"],
        },
        // Lines of mail end so, and readers end them in their own way, as they write headers' names. Where nobody reads a name, only the address is kept.
        kept: (text, argument) => {
          const lines = text.toWellFormed().replaceAll("\r\n", "\n");
          if (argument === "headers") return lines.toLowerCase();
          return ["bcc", "listUnsubscribe"].includes(argument) ? (/^[^<>]* <([^<>]*)>$/.exec(lines)?.[1] ?? lines) : lines;
        },
        volatile,
      },
    },
  });
});

/** As a template shows it where HTML is read: what is escaped, and what is not. */
function dataOf(text: string): Row {
  const unescape = (held: string): string =>
    held.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
  const filled = JSON.parse(text, (_name, held: unknown) => (typeof held === "string" ? unescape(held) : held)) as Row;
  const { plain } = JSON.parse(text) as Row;
  return { filled: Object.fromEntries(Object.entries(filled).filter(([name]) => name !== "plain")), plain: plain ?? null };
}
