import { Secret, type PastAttempts } from "@backstitch/core/connector";
import { twilio } from "@backstitch/connectors/twilio";
import { twilioPeer } from "@backstitch/sandbox";
import type { Peer } from "@backstitch/core/testing";
import { describe, expect, test } from "vitest";
import { answering } from "./support/answering.ts";
import { attempted, idOf } from "./support/attempted.ts";

const accountSid = `AC${"0".repeat(32)}`;
const to = "+15551230987";
const body = "Order 7 is late";
const account = { accountSid, authToken: new Secret("canary-token-1f4b"), from: "+15005550006" };
const DAY_MS = 86_400_000;

function tried(key: string, fields: Partial<PastAttempts> = {}): PastAttempts {
  return { deliveryId: idOf(key), recordedAt: Date.now(), receipts: [], doubts: 1, underWay: false, askedAgain: true, ...fields };
}

/** Makes a message as somebody may, and gives its sid. */
async function sent(
  peer: Peer,
  fields: { readonly to?: string; readonly body?: string; readonly mediaUrl?: string } = {},
): Promise<string> {
  const outcome = await attempted(twilio, { config: { ...account, baseUrl: peer.url }, action: "send", args: { to, body, ...fields } });
  return outcome.kind === "accepted" ? String(outcome.receipt.id) : "";
}

interface Look {
  readonly own?: PastAttempts;
  readonly others?: readonly PastAttempts[];
  readonly args?: { readonly to: string; readonly body?: string; readonly contentSid?: string };
  /** What stands for a link in the body, and what the attempt makes of it. */
  readonly linked?: { readonly mark: string; readonly link: string };
}

/** What becomes of a delivery that would rather be held than repeated: `held` where nobody can tell, `sent` where it was not done. */
async function looked(url: string, { own = tried("1"), others = [], args = { to, body }, linked }: Look): Promise<string> {
  const past = { own: async () => own, others: async () => others };
  const options = { action: "send", args, uncertain: true, ifUncertain: "hold", past, linked } as const;
  const outcome = await attempted(twilio, { config: { ...account, baseUrl: url }, ...options });
  if (outcome.kind !== "accepted") return outcome.code;
  return outcome.receipt["reconciled"] === true ? String(outcome.receipt.id) : "sent";
}

interface Row extends Look {
  readonly name: string;
  /** How many messages with its text there are. @default 0 */
  readonly messages?: number;
  /** What becomes of it: a code, `sent`, or the number of the message that is its own. */
  readonly expected: string | number;
  /** Of those messages, which are receipts of the others, by number. */
  readonly receipts?: readonly number[];
}

/** By their ids. */
const [FIRST = "", SECOND = ""] = ["1", "2"].toSorted((left, right) => (idOf(left) < idOf(right) ? -1 : 1));
const other = (fields: Partial<PastAttempts> = {}): PastAttempts => tried("other", fields);

describe("messages and deliveries of one text", () => {
  const rows: readonly Row[] = [
    { name: "one message, one delivery", messages: 1, expected: 0 },
    { name: "none, and Twilio has had the time to list it", expected: "sent" },
    { name: "none, and it may not be listed yet", own: tried("1", { askedAgain: false }), expected: "TOO_EARLY" },
    { name: "the receipt of another", messages: 1, receipts: [0], others: [other({ doubts: 0 })], expected: "sent" },
    { name: "one of another and one that is nobody's", messages: 2, receipts: [0], others: [other({ doubts: 0 })], expected: 1 },
    { name: "one message, two uncertain deliveries", messages: 1, others: [other()], expected: "CANNOT_TELL" },
    {
      name: "the same, and others may not be listed yet",
      messages: 1,
      others: [other()],
      own: tried("1", { askedAgain: false }),
      expected: "TOO_EARLY",
    },
    { name: "no message, two uncertain deliveries", others: [other()], expected: "sent" },
    { name: "two messages, two uncertain deliveries", messages: 2, others: [tried(SECOND)], own: tried(FIRST), expected: 0 },
    { name: "the same, seen from the second", messages: 2, others: [tried(FIRST)], own: tried(SECOND), expected: 1 },
    { name: "two messages, three uncertain deliveries", messages: 2, others: [other(), tried("3")], expected: "CANNOT_TELL" },
    { name: "two messages and one delivery that was tried once: one is not ours", messages: 2, expected: "CANNOT_TELL" },
    { name: "two messages and one delivery that was tried twice", own: tried("1", { doubts: 2 }), messages: 2, expected: 0 },
    { name: "another was tried twice and may have made both", messages: 2, others: [other({ doubts: 2 })], expected: "CANNOT_TELL" },
    {
      name: "another is under way and may have made it",
      messages: 1,
      others: [other({ doubts: 0, underWay: true })],
      expected: "TOO_EARLY",
    },
    { name: "another is under way, and there is nothing", others: [other({ doubts: 0, underWay: true })], expected: "sent" },
  ];
  test.each(rows)("$name: $expected", async ({ messages = 0, receipts = [], others = [], expected, ...look }) => {
    const peer = await twilioPeer();
    try {
      const sids: string[] = [];
      for (let made = 0; made < messages; made += 1) sids.push(await sent(peer));
      const owning = others.map((one) => ({ ...one, receipts: receipts.map((index) => sids[index] ?? "") }));
      const found = await looked(peer.url, { ...look, others: owning });
      expect(sids.includes(found) ? sids.indexOf(found) : found).toBe(expected);
      expect(peer.received()).toHaveLength(messages + (expected === "sent" ? 1 : 0));
    } finally {
      await peer.close();
    }
  });
});

describe("which messages are looked at", () => {
  const rows: readonly (Look & { readonly name: string; readonly message: Parameters<typeof sent>[1]; readonly expected: string })[] = [
    { name: "another text", message: { body: "Order 8 is late" }, expected: "sent" },
    { name: "a longer text that ends alike", message: { body: `Sorry: ${body}` }, expected: "sent" },
    { name: "another recipient", message: { to: "+15551230000" }, expected: "sent" },
    { name: "quotation marks that Twilio made plain", message: { body: '"late"' }, args: { to, body: "“late”" }, expected: "found" },
    { name: "what a trial account puts before it", message: { body: `Sent from your Twilio trial account - ${body}` }, expected: "found" },
    { name: "our clock an hour ahead", message: {}, own: tried("1", { recordedAt: Date.now() + DAY_MS / 24 }), expected: "found" },
    {
      name: "our clock a day and more ahead",
      message: {},
      own: tried("1", { recordedAt: Date.now() + 26 * (DAY_MS / 24) }),
      expected: "found",
    },
    { name: "our clock a day behind", message: {}, own: tried("1", { recordedAt: Date.now() - DAY_MS }), expected: "found" },
    {
      name: "older than the delivery, whatever the clocks",
      message: {},
      own: tried("1", { recordedAt: Date.now() + 4 * DAY_MS }),
      expected: "sent",
    },
    { name: "a number that is written in another way", message: {}, args: { to: "+1 (555) 123-0987", body }, expected: "found" },
    {
      name: "what a template makes of itself",
      message: {},
      args: { to: "+15551230987", contentSid: `HX${"1".repeat(32)}` },
      expected: "CANNOT_TELL",
    },
  ];
  test.each(rows)("$name: $expected", async ({ message, expected, ...look }) => {
    const peer = await twilioPeer();
    try {
      const sid = await sent(peer, message);
      expect(await looked(peer.url, look)).toBe(expected === "found" ? sid : expected);
    } finally {
      await peer.close();
    }
  });

  test.each([
    ["a link that was signed at another time", "See https://b.example/a.pdf?X-Signature=aaaa&x=1.", "found"],
    ["a link to something else", "See https://b.example/b.pdf?X-Signature=aaaa&x=1.", "sent"],
    ["other words around a link", "Look at https://b.example/a.pdf?X-Signature=aaaa&x=1.", "sent"],
    ["no link", "See.", "sent"],
  ])("%s: %s", async (_name, earlier, expected) => {
    const peer = await twilioPeer();
    try {
      const sid = await sent(peer, { body: earlier });
      const linked = { mark: "backstitch-link-x", link: "https://b.example/a.pdf?X-Signature=bbbb&x=1" };
      expect(await looked(peer.url, { args: { to, body: `See ${linked.mark}.` }, linked })).toBe(expected === "found" ? sid : expected);
    } finally {
      await peer.close();
    }
  });

  test("those of all pages", async () => {
    const peer = await twilioPeer();
    try {
      const sid = await sent(peer);
      for (let made = 0; made < 220; made += 1) await sent(peer, { body: `Order ${made + 10} is late` });
      expect(await looked(peer.url, {})).toBe(sid);
    } finally {
      await peer.close();
    }
  });
});

describe("a list that cannot be relied on", () => {
  const message = {
    sid: `SM${"1".repeat(32)}`,
    to,
    body: "Another text",
    direction: "outbound-api",
    date_created: new Date().toUTCString(),
  };
  const page = (messages: readonly object[], next: string | null = null): string => JSON.stringify({ messages, next_page_uri: next });
  const rows: readonly [name: string, status: number, answer: string, expected: string][] = [
    ["pages without end", 200, page([message], `/2010-04-01/Accounts/${accountSid}/Messages.json?Page=1`), "CANNOT_TELL"],
    ["texts that are redacted", 200, page([{ ...message, body: "" }]), "CANNOT_TELL"],
    ["we may not list", 403, "", "CANNOT_TELL"],
    ["it fails", 500, "", "LOOK_UP_FAILED"],
    ["nonsense", 200, '{"messages": [{"sid"', "LOOK_UP_FAILED"],
    ["too fast", 429, "", "TWILIO_HTTP_429"],
    ["a wrong token", 401, "", "TWILIO_HTTP_401"],
  ];
  test.each(rows)("%s", async (_name, status, answer, expected) => {
    await using far = await answering((response) => response.writeHead(status, { "content-type": "application/json" }).end(answer));
    expect(await looked(far.url, {})).toBe(expected);
    expect(far.requests.map(({ method }) => method)).not.toContain("POST");
  });

  test("received messages are nobody's", async () => {
    const inbound = { ...message, body, direction: "inbound" };
    await using far = await answering((response, { method }) => {
      response.writeHead(method === "GET" ? 200 : 201, { "content-type": "application/json" });
      response.end(method === "GET" ? page([inbound]) : JSON.stringify({ sid: message.sid, status: "queued" }));
    });
    expect(await looked(far.url, {})).toBe("sent");
  });
});

test("without a journal nobody can tell", async () => {
  const config = { ...account, baseUrl: "http://127.0.0.1:1" };
  const options = { action: "send", args: { to, body }, uncertain: true, ifUncertain: "hold" } as const;
  expect(await attempted(twilio, { config, ...options })).toMatchObject({ code: "CANNOT_TELL" });
});

test("the delivery's id is in the address that Twilio calls back", async () => {
  const peer = await twilioPeer();
  try {
    const config = { ...account, baseUrl: peer.url, statusCallback: "https://hooks.example.com/sms?shop=1" };
    await attempted(twilio, { config, action: "send", args: { to, body } });
    expect(peer.received()[0]?.fields).toMatchObject({ StatusCallback: `https://hooks.example.com/sms?shop=1&delivery=${idOf("1")}` });
  } finally {
    await peer.close();
  }
});
