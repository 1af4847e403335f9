import { ses } from "@backstitch/connectors/ses";
import type { Row } from "@backstitch/core/values";
import { sesPeer, type SesPeerOptions } from "@backstitch/sandbox";
import { expect, test } from "vitest";
import { attempted, idOf } from "./support/attempted.ts";
import { awsConfig } from "./support/aws.ts";

const to = "buyer.canary@shop.example";
const templates = { late: { subject: "Order {{order.id}}", text: "For {{plain}}", html: "<p>For {{name}}</p>" } };
const seen = { from: "Shop <shop@shop.example>", configurationSet: "events", reportsRenderingFailures: true };

async function send(args: Row, config: object = seen, options: SesPeerOptions = { templates }) {
  const peer = await sesPeer(options);
  try {
    const given = { to, template: "late", ...args };
    const outcome = await attempted(ses, { config: { ...awsConfig(peer.url), ...config }, action: "sendTemplated", args: given });
    return { outcome, received: peer.received() };
  } finally {
    await peer.close();
  }
}

test("data are escaped for HTML, wherever they lie, and those that are not to be are not", async () => {
  const data = { name: `<b>"Zoë" & 'Co'`, list: [{ x: "<" }], order: { id: 12 }, big: 9_007_199_254_740_993n };
  const { outcome, received } = await send({ data, unescapedData: { plain: "<Zoë> & Co" }, tags: { kind: "late" } });
  expect(outcome).toMatchObject({ kind: "accepted", receipt: { recipients: 1 } });
  expect(received[0]).toMatchObject({
    operation: "SendTemplatedEmail",
    fields: {
      from: '"Shop" <shop@shop.example>',
      to,
      subject: "Order 12",
      text: "For <Zoë> & Co",
      html: "<p>For &lt;b&gt;&quot;Zoë&quot; &amp; &#39;Co&#39;</p>",
      template: "late",
      configurationSet: "events",
      tags: { "backstitch-delivery": idOf("1"), kind: "late" },
    },
  });
  expect(JSON.parse(received[0]?.fields["data"] as string)).toMatchObject({ list: [{ x: "&lt;" }], big: "9007199254740993" });
});

test.each([
  ["no configuration set", { from: seen.from, reportsRenderingFailures: true }],
  ["one that tells nothing of it", { from: seen.from, configurationSet: "events" }],
  ["one that says so", { ...seen, reportsRenderingFailures: false }],
])("since SES drops what it cannot render, it is refused with %s", async (_name, config) => {
  const { outcome, received } = await send({ data: {} }, config);
  expect(outcome).toMatchObject({
    kind: "rejected",
    code: "SES_RENDERING_UNSEEN",
    reason: expect.stringContaining('"reportsRenderingFailures": true') as string,
  });
  expect(received).toEqual([]);
});

test("the trap is there: what cannot be rendered is accepted, and never sent", async () => {
  const { outcome, received } = await send({ data: { name: "Zoë" } });
  expect(outcome.kind).toBe("accepted");
  expect(received).toEqual([]);
});

test.each<[name: string, args: Row, code: string]>([
  ["a template that is not there", { template: "later" }, "SES_TemplateDoesNotExistException"],
  ["a template's name with a blank", { template: "a b" }, "ARGUMENTS_INVALID"],
  ["a second header in an address", { to: `${to}\r\nBcc: x@shop.example` }, "ARGUMENTS_INVALID"],
  ["more data than SES takes", { data: { name: "x".repeat(262_144) } }, "SES_TOO_LARGE"],
])("%s is rejected", async (_name, args, code) => {
  const { outcome, received } = await send(args);
  expect(outcome).toMatchObject({ kind: "rejected", code });
  expect(received).toEqual([]);
});
