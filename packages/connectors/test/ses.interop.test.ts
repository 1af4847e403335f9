/** A SES that was written by others, so that the stand-in does not mark its own homework. */
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { ses } from "@backstitch/connectors/ses";
import type { Row } from "@backstitch/core/values";
import { expect, test } from "vitest";
import { attempted } from "./support/attempted.ts";
import { awsConfig } from "./support/aws.ts";

// A CommonJS package, whose default export Node and vitest read differently.
const { default: startLocalSes } = createRequire(import.meta.url)("aws-ses-v2-local") as {
  default: (config: { readonly host: string; readonly port: number }) => Promise<Server>;
};

const to = "buyer.canary@shop.example";
const mail = { to, subject: "Late", text: "Your order is late." };

async function stored(action: string, args: Row, { more = {}, deadlineMs = 30_000 } = {}) {
  const server = await startLocalSes({ host: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const config = { ...awsConfig(url), from: "Shop <shop@shop.example>", ...more };
    const outcome = await attempted(ses, { config, action, args, deadlineMs });
    const { emails } = (await (await fetch(`${url}/store`)).json()) as { emails: readonly { readonly messageId: string }[] };
    // It remembers what earlier ones were sent.
    return { outcome, emails: emails.slice(-1) };
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

// It keeps the first address of each field only.
test("takes the mail", async () => {
  const args = { ...mail, cc: "Second <second.canary@shop.example>", replyTo: "care@shop.example", html: "<b>Zoë</b>" };
  const { outcome, emails } = await stored("send", args);
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
});

test("takes a mail in MIME, and reads in it what was written", async () => {
  const args = {
    ...mail,
    to: `Zoë <${to}>`,
    subject: "Zu spät",
    html: "<b>Zoë</b>",
    attachments: [{ filename: "Rechnung für Zoë.csv", content: "a;b\n1;2\n", contentType: "text/csv" }],
  };
  const { outcome, emails } = await stored("sendRaw", args);
  expect(outcome.kind).toBe("accepted");
  expect(emails).toMatchObject([
    {
      from: '"Shop" <shop@shop.example>',
      destination: { to: [`"Zoë" <${to}>`] },
      subject: "Zu spät",
      body: { html: "<b>Zoë</b>" },
      attachments: [{ filename: "Rechnung für Zoë.csv", contentType: "text/csv", content: Buffer.from("a;b\n1;2\n").toString("base64") }],
    },
  ]);
});

// Why sendTemplated is tried over our stand-in alone. Where a later one answers, this fails, and more can be tried: docs/connectors/ses.md says so too.
test("never answers a mail by a template", async () => {
  const more = { configurationSet: "events", reportsRenderingFailures: true };
  const { outcome } = await stored("sendTemplated", { to, template: "late", data: {} }, { more, deadlineMs: 1_500 });
  expect(outcome).toMatchObject({ kind: "uncertain", code: "DEADLINE" });
});
