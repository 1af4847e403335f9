/** What is sent, against Twilio's own published description of it: every field is one that there is, and of its type. */
import { Secret } from "@backstitch/core/connector";
import type { Row } from "@backstitch/core/values";
import { twilio } from "@backstitch/connectors/twilio";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import published from "./fixtures/twilio-create-message.json" with { type: "json" };
import { answering } from "./support/answering.ts";
import { open } from "./support/open.ts";

const MG = `MG${"1".repeat(32)}`;
const HX = `HX${"2".repeat(32)}`;
const to = "+15551230987";
const sendAt = new Date(Date.now() + 86_400_000).toISOString();

// A form has texts only, and a list of one is one text. Formats are Twilio's own.
const ajv = new Ajv2020({ coerceTypes: "array", strict: false, validateFormats: false, allErrors: true });
const check = ajv.compile({ ...published.schema, additionalProperties: false });

async function asked(args: Row): Promise<Record<string, string | string[]>> {
  await using far = await answering((response) => response.writeHead(201, { "content-type": "application/json" }).end("{}"));
  const config = {
    accountSid: `AC${"0".repeat(32)}`,
    authToken: new Secret("canary-token-1f4b"),
    statusCallback: "https://a.example/s",
    baseUrl: far.url,
  };
  await using service = open(twilio, config);
  await service.attempt("send", args);
  const form = new URLSearchParams(far.requests[0]?.body.toString());
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => [name, name === "MediaUrl" ? form.getAll(name) : (form.get(name) ?? "")]),
  );
}

test.each<[name: string, args: Row]>([
  ["a text", { to, body: "late", from: "ACME" }],
  ["pictures", { to, from: "ACME", mediaUrl: ["https://a.example/1.png", "https://a.example/2.png"] }],
  ["a WhatsApp template", { to: `whatsapp:${to}`, messagingServiceSid: MG, contentSid: HX, contentVariables: { 1: "x" } }],
  [
    "one for later, for so long",
    { to, body: "late", from: "ACME", messagingServiceSid: MG, sendAt, validityPeriod: 60, smartEncoded: true },
  ],
])("%s", async (_name, args) => {
  const form = await asked(args);
  expect(Object.keys(form)).toContain("To");
  check(form);
  expect(check.errors ?? []).toEqual([]);
});

test.each<[name: string, form: object]>([
  ["a field that there is not", { To: to, Form: "ACME" }],
  ["no recipient", { From: "ACME" }],
  ["a time in words", { To: to, ValidityPeriod: "soon" }],
])("and %s would be seen", (_name, form) => {
  expect(check(form)).toBe(false);
});
